-- 0029: how far jobs that remove old data got, so that a clock that jumps moves them a few days at most.
-- Lock: none that anybody waits for (new table only).
-- depends: 0028_comments

CREATE TABLE retention_stands (
    job     text        PRIMARY KEY,
    day     date        NOT NULL,
    clock   timestamptz NOT NULL,
    cutoffs jsonb       NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE retention_stands IS
    'Where the last successful run of a job that removes old data stood: the next goes a few days on.';
COMMENT ON COLUMN retention_stands.day IS 'The day, UTC, that the run took for today.';
COMMENT ON COLUMN retention_stands.clock IS 'The time by the clock of Postgres when the run began.';
COMMENT ON COLUMN retention_stands.cutoffs IS
    'What was removed up to, by kind: older crashes, personal data, files are gone.';
