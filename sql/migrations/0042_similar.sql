-- 0042: similar stacks: the distinct stacks of the last weeks, and the index that finds similar ones.
-- Lock: none that anybody waits for (new tables only).
-- The job `similar` fills them, and can do so again at any time from the files of search.
-- depends: 0036_feature_versions

CREATE TABLE similar_stacks (
    stack_id    bigint  PRIMARY KEY,
    signature   text    NOT NULL,
    frames      text    NOT NULL,
    crash_id    uuid    NOT NULL,
    crash_count integer NOT NULL,
    first_day   date    NOT NULL,
    last_day    date    NOT NULL,
    systems     jsonb   NOT NULL,
    builds      jsonb   NOT NULL
);
COMMENT ON TABLE similar_stacks IS
    'Distinct stacks of processed crashes of the last weeks; the job `similar` makes them anew.';
COMMENT ON COLUMN similar_stacks.stack_id IS 'A hash of signature and frames.';
COMMENT ON COLUMN similar_stacks.frames IS 'Names of the frames, as proto_signature has them.';
COMMENT ON COLUMN similar_stacks.crash_id IS 'One of its newest crashes.';
COMMENT ON COLUMN similar_stacks.systems IS
    'Installs by system and reason; each install counts once for a signature.';
COMMENT ON COLUMN similar_stacks.builds IS 'Installs by build id, likewise.';
CREATE INDEX similar_stacks_signature ON similar_stacks (signature, crash_count DESC);

CREATE TABLE similar_index (
    made_at timestamptz NOT NULL,
    part    smallint    NOT NULL,
    bytes   bytea       NOT NULL,
    PRIMARY KEY (made_at, part)
);
COMMENT ON TABLE similar_index IS
    'Posting lists of the frames of similar_stacks, in parts; socorro/stats/similar.py reads them.';

CREATE TABLE similar_state (
    made_at     timestamptz PRIMARY KEY,
    since       timestamptz,
    until       timestamptz,
    stacks      integer NOT NULL,
    signatures  integer NOT NULL,
    crash_count bigint  NOT NULL,
    left_out    bigint  NOT NULL,
    complete    boolean NOT NULL,
    shares      jsonb   NOT NULL
);
COMMENT ON TABLE similar_state IS 'What the index of similar stacks was made of: one row.';
COMMENT ON COLUMN similar_state.left_out IS
    'Crashes since then whose stack is beyond the limits of the index.';
COMMENT ON COLUMN similar_state.complete IS 'false: older hours were left out.';
COMMENT ON COLUMN similar_state.shares IS
    'Shares of all installs by system and reason, and by build.';
