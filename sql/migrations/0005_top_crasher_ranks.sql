-- 0005: who tells of a duplicate which crash came first; and top crashers by rank.
-- Lock: ACCESS EXCLUSIVE on reports_duplicates and reports_clean, brief (both new and empty).
-- depends: 0004_counts
SET LOCAL lock_timeout = '5s';

ALTER TABLE reports_duplicates ADD COLUMN first_crash_time timestamptz NOT NULL;
COMMENT ON COLUMN reports_duplicates.first_crash_time IS
    'When the crash that it duplicates happened, as its client says: the earliest one wins.';

COMMENT ON TABLE signatures IS 'Every signature that was counted.';
COMMENT ON COLUMN products.release_folder IS
    'Its folder in the release tree, such as firefox. Empty: it is not in the tree.';
COMMENT ON COLUMN reports_bad.reason IS
    'no product, no version, no signature, implausible product, implausible version, old version, '
    'unknown product, unknown version, unknown build, too many products, or too many versions.';

-- A third of what cleaning costs. Who looks for a signature finds it in reports, which has such an
-- index, and joins.
DROP INDEX reports_clean_signature;

CREATE TABLE top_crasher_rankings (
    product_version_id integer          NOT NULL,
    last_day           date             NOT NULL,
    days               smallint         NOT NULL CHECK (days IN (1, 3, 7, 14, 28)),
    ranked_at          timestamptz      NOT NULL,
    fresh              boolean          NOT NULL,
    reports            bigint           NOT NULL,
    estimated          double precision NOT NULL,
    signatures         integer          NOT NULL,
    PRIMARY KEY (product_version_id, last_day, days)
);
COMMENT ON TABLE top_crasher_rankings IS
    'Which rankings exist: the usual periods of days that end with last_day, and their totals. '
    'update_top_crasher_ranks(last_day) makes them; a period without a row is summed up from '
    'top_crashers.';
COMMENT ON COLUMN top_crasher_rankings.fresh IS
    'false: something was counted since ranked_at.';
CREATE INDEX top_crasher_rankings_last_day ON top_crasher_rankings (last_day);

CREATE TABLE top_crasher_ranks (
    product_version_id integer          NOT NULL,
    last_day           date             NOT NULL,
    days               smallint         NOT NULL,
    rank               integer          NOT NULL,
    signature_id       integer          NOT NULL,
    reports            integer          NOT NULL,
    estimated          double precision NOT NULL,
    win                integer          NOT NULL,
    mac                integer          NOT NULL,
    lin                integer          NOT NULL,
    android            integer          NOT NULL,
    browser            integer          NOT NULL,
    plugin             integer          NOT NULL,
    content            integer          NOT NULL,
    hang               integer          NOT NULL,
    startup            integer          NOT NULL,
    PRIMARY KEY (product_version_id, last_day, days, rank)
);
COMMENT ON TABLE top_crasher_ranks IS
    'The first 1,000 signatures of a ranking, rank 1 first: most reports, then by name.';
