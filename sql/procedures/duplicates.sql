-- Duplicates: one crash that was sent several times under different ids.

CREATE OR REPLACE FUNCTION within_a_minute(crashes interval, ages integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(abs(extract(epoch FROM crashes) - ages) <= 60, true)
$$;
COMMENT ON FUNCTION within_a_minute(interval, integer) IS
    'Time between two crashes equals the difference of their ages in seconds, +-60; NULL: true.';

-- Reports that agree in what does not change are compared with the earliest of them, by the
-- client's clock: they are one event when uptime and age of the installation grew as time did.
-- Uptimes of less than sixty seconds are too short to compare.
-- A crash may be in two windows: the earliest crash that it duplicates in any of them stays,
-- so windows may run in any order and again.
CREATE OR REPLACE FUNCTION update_duplicates(first timestamptz, after timestamptz) RETURNS integer
LANGUAGE plpgsql SET timezone = 'UTC' SET work_mem = '256MB' SET jit = off
SET client_min_messages = warning AS $$
BEGIN
    IF after - first > interval '1 day' THEN
        RAISE EXCEPTION 'a window for duplicates has a day at most';
    END IF;
    IF NOT EXISTS (SELECT FROM reports WHERE submitted_at >= first AND submitted_at < after) THEN
        RETURN 0;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('update_duplicates'));
    PERFORM make_partitions_of_counts(first, after);
    PERFORM read_candidates(first, after, after - first);
    RETURN compare_candidates(ARRAY[first], after - first);
END
$$;
COMMENT ON FUNCTION update_duplicates(timestamptz, timestamptz) IS
    'Find duplicates among the reports submitted in [first, after); returns how many. Run it for '
    'each hour, and for each hour that begins at half past: pairs across the hour meet there. Reads '
    'reports and reports_user_info; adds to reports_duplicates.';

-- Reports are read once, and of the twelve columns that must agree only a hash is kept (NULL is not
-- ""): most are alone with theirs in the time before and after them that a window may take. The page
-- of the others is looked up, and becomes part of the hash.
-- 64 bits tell a hundred million reports of a window apart, but for one chance in a thousand; and
-- ages have to agree as well.
CREATE OR REPLACE FUNCTION read_candidates(
    first timestamptz, after timestamptz, longest interval)
RETURNS void
LANGUAGE plpgsql SET parallel_tuple_cost = 0.01 AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.candidates_but_page, pg_temp.candidates;
    CREATE TEMP TABLE candidates_but_page ON COMMIT DROP AS
    WITH hashed AS (
        SELECT submitted_at, crash_id, coalesce(crash_time, submitted_at) AS crash_time, uptime,
               install_age,
               hash_record_extended(
                   (product, version, build_id, signature, cpu_arch, cpu_info, os_name, os_version,
                    address, topmost_filenames, reason, app_notes), 0) AS likeness
        FROM reports
        WHERE submitted_at >= first AND submitted_at < after AND is_counted(crash_id)
    )
    SELECT submitted_at, crash_id, crash_time, uptime, install_age, likeness
    FROM (SELECT *, submitted_at - lag(submitted_at) OVER same AS since,
                 lead(submitted_at) OVER same - submitted_at AS until
          FROM hashed WINDOW same AS (PARTITION BY likeness ORDER BY submitted_at)) AS placed
    WHERE since < longest OR until < longest;
    ANALYZE candidates_but_page;

    CREATE TEMP TABLE candidates ON COMMIT DROP AS
    SELECT submitted_at, crash_id, crash_time, uptime, install_age,
           hash_record_extended((likeness, info.url), 0) AS likeness
    FROM candidates_but_page
    LEFT JOIN (SELECT submitted_at, crash_id, url FROM reports_user_info
               WHERE submitted_at >= first AND submitted_at < after) AS info
        USING (submitted_at, crash_id);
    CREATE INDEX ON candidates (submitted_at);
    ANALYZE candidates;
END
$$;
COMMENT ON FUNCTION read_candidates(timestamptz, timestamptz, interval) IS
    'A step of update_duplicates(): reads reports and reports_user_info; makes candidates '
    '(submitted_at, crash_id, crash_time, uptime, install_age, likeness), those that agree with '
    'another one, less than "longest" apart.';

CREATE OR REPLACE FUNCTION compare_candidates(starts timestamptz[], length interval)
RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    duplicate_count integer;
BEGIN
    DROP TABLE IF EXISTS pg_temp.duplicates;
    CREATE TEMP TABLE duplicates ON COMMIT DROP AS
    SELECT submitted_at, crash_id, first_submitted_at, first_crash_id, first_crash_time
    FROM (SELECT submitted_at, crash_id, uptime, install_age, crash_time,
                 first_value(submitted_at) OVER same AS first_submitted_at,
                 first_value(crash_id) OVER same AS first_crash_id,
                 first_value(crash_time) OVER same AS first_crash_time,
                 first_value(uptime) OVER same AS first_uptime,
                 first_value(install_age) OVER same AS first_install_age
          FROM unnest(starts) AS start
          JOIN candidates ON submitted_at >= start AND submitted_at < start + length
          WINDOW same AS (PARTITION BY start, likeness ORDER BY crash_time, crash_id)) AS followers
    WHERE crash_id <> first_crash_id
          AND (uptime < 60
               OR within_a_minute(crash_time - first_crash_time, uptime - first_uptime))
          AND within_a_minute(crash_time - first_crash_time, install_age - first_install_age);
    GET DIAGNOSTICS duplicate_count = ROW_COUNT;

    INSERT INTO reports_duplicates AS saved
        (submitted_at, crash_id, duplicate_of, first_crash_time)
    SELECT DISTINCT ON (submitted_at, crash_id)
           submitted_at, crash_id, first_crash_id, first_crash_time
    FROM (SELECT submitted_at, crash_id, first_crash_id, first_crash_time FROM duplicates
          UNION
          SELECT first_submitted_at, first_crash_id, first_crash_id, first_crash_time
          FROM duplicates) AS duplicates_and_firsts
    ORDER BY submitted_at, crash_id, first_crash_time, first_crash_id
    ON CONFLICT (submitted_at, crash_id) DO UPDATE
        SET duplicate_of = excluded.duplicate_of, first_crash_time = excluded.first_crash_time
        WHERE (excluded.first_crash_time, excluded.duplicate_of)
            < (saved.first_crash_time, saved.duplicate_of);
    RETURN duplicate_count;
END
$$;
COMMENT ON FUNCTION compare_candidates(timestamptz[], interval) IS
    'A step of update_duplicates(): reads candidates in windows of one length; makes duplicates, and '
    'adds them and the crashes that they follow to reports_duplicates. Returns how many.';

CREATE OR REPLACE FUNCTION backfill_duplicates(day date) RETURNS integer
LANGUAGE plpgsql SET timezone = 'UTC' SET work_mem = '256MB' SET jit = off
SET client_min_messages = warning AS $$
DECLARE
    midnight timestamptz := day::timestamptz;
    duplicate_count integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('update_duplicates'));
    DELETE FROM reports_duplicates
    WHERE submitted_at >= midnight AND submitted_at < midnight + interval '1 day';
    PERFORM make_partitions_of_counts(midnight - interval '30 minutes', midnight + interval '1 day');
    PERFORM read_candidates(midnight - interval '30 minutes', midnight + interval '24.5 hours',
                            interval '1 hour');
    PERFORM compare_candidates(ARRAY(
        SELECT generate_series(midnight - interval '30 minutes', midnight + interval '23.5 hours',
                               interval '30 minutes')), interval '1 hour');
    SELECT count(*) INTO duplicate_count FROM reports_duplicates
    WHERE submitted_at >= midnight AND submitted_at < midnight + interval '1 day'
          AND duplicate_of <> crash_id;
    RETURN duplicate_count;
END
$$;
COMMENT ON FUNCTION backfill_duplicates(date) IS
    'Find the duplicates of one UTC day anew, as its windows of an hour would; returns how many.';
