-- 0037: installs that crashed, beside crashes: by day, version, system and signature.
-- Lock: ACCESS EXCLUSIVE on reports_clean and the daily tables, brief (no rewrite); SHARE on each
-- week of reports_clean while it is read once for an empty index: a few seconds for 100 million rows.
-- Counts that run between this and the procedures fail, keep their marks, and are made again.
-- Days of before are in days_without_installs: the job installs counts them again, the latest first.
-- depends: 0036_feature_versions

SET LOCAL lock_timeout = '5s';

ALTER TABLE reports_clean ADD COLUMN install_time bigint;
COMMENT ON COLUMN reports_clean.install_time IS
    'When the program was installed, by the client''s clock, seconds since 1970: tells installs '
    'apart, and is shown to nobody. NULL: the client did not send it, or its clocks disagree.';
CREATE INDEX reports_clean_install ON reports_clean (install_time, submitted_at)
    WHERE install_time IS NOT NULL;

ALTER TABLE top_crashers
    ADD COLUMN installs integer, ADD COLUMN win_installs integer, ADD COLUMN mac_installs integer,
    ADD COLUMN lin_installs integer, ADD COLUMN android_installs integer,
    ADD COLUMN squares double precision;
COMMENT ON COLUMN top_crashers.installs IS
    'Different installs (install times, by system) whose reports these are; a report without install '
    'time counts as an install. Not additive over signatures. NULL: not counted on that day.';
COMMENT ON COLUMN top_crashers.squares IS
    'Sum over these installs of the square of their estimated crashes: the variance of estimated.';

ALTER TABLE top_crashers_build
    ADD COLUMN installs integer, ADD COLUMN win_installs integer, ADD COLUMN mac_installs integer,
    ADD COLUMN lin_installs integer, ADD COLUMN android_installs integer,
    ADD COLUMN squares double precision;
COMMENT ON COLUMN top_crashers_build.installs IS 'As in top_crashers.';
COMMENT ON COLUMN top_crashers_build.squares IS 'As in top_crashers.';

ALTER TABLE top_crasher_ranks
    ADD COLUMN installs integer, ADD COLUMN squares double precision;
COMMENT ON COLUMN top_crasher_ranks.installs IS
    'Installs of each day, summed: one that crashed on two days counts twice. NULL: not counted on '
    'one of the days.';
COMMENT ON COLUMN top_crasher_ranks.squares IS 'As in top_crashers, summed.';

CREATE TABLE install_counts (
    product_version_id integer          NOT NULL,
    day                date             NOT NULL,
    os                 smallint         NOT NULL,
    installs           integer          NOT NULL,
    without_time       integer          NOT NULL,
    squares            double precision NOT NULL,
    PRIMARY KEY (product_version_id, day, os)
) WITH (fillfactor = 50);
COMMENT ON TABLE install_counts IS
    'Different installs that crashed, by UTC day of submission, version and system; rapid betas also '
    'together. A day of days_without_installs has no rows.';
COMMENT ON COLUMN install_counts.installs IS
    'Different install times; each report without one counts as an install.';
COMMENT ON COLUMN install_counts.without_time IS 'Reports without install time.';
COMMENT ON COLUMN install_counts.squares IS 'As in top_crashers, for all signatures together.';

CREATE TABLE install_counts_build (
    product_version_id integer          NOT NULL,
    build_day          date             NOT NULL,
    day                date             NOT NULL,
    os                 smallint         NOT NULL,
    installs           integer          NOT NULL,
    without_time       integer          NOT NULL,
    squares            double precision NOT NULL,
    PRIMARY KEY (product_version_id, build_day, day, os)
) WITH (fillfactor = 50);
COMMENT ON TABLE install_counts_build IS
    'As install_counts, by date of the build, submitted from the build''s day to 14 days later.';
COMMENT ON COLUMN install_counts_build.installs IS 'As in install_counts.';
COMMENT ON COLUMN install_counts_build.without_time IS 'As in install_counts.';
COMMENT ON COLUMN install_counts_build.squares IS 'As in install_counts.';
CREATE INDEX install_counts_build_day ON install_counts_build (day);

CREATE TABLE days_without_installs (
    day date PRIMARY KEY
);
COMMENT ON TABLE days_without_installs IS
    'UTC days that were counted before installs were. Counting any hour of one counts all of it. '
    'Days whose reports were dropped stay.';
INSERT INTO days_without_installs SELECT DISTINCT day FROM crash_counts;

UPDATE top_crasher_rankings SET fresh = false WHERE fresh;
