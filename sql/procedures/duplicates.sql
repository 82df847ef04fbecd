-- Duplicates: one crash that was sent several times under different ids.

CREATE OR REPLACE FUNCTION within_a_minute(crashes interval, ages integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(abs(extract(epoch FROM crashes) - ages) <= 60, true)
$$;
COMMENT ON FUNCTION within_a_minute(interval, integer) IS
    'Time between two crashes equals the difference of their ages in seconds, +-60; NULL: true.';

-- Reports that agree in what does not change are compared with the earliest of them, by the
-- client's clock: they are one event when uptime and age of the installation grew as time did.
-- A second of uptime tells little when there were less than sixty.
-- A crash may be in two windows: the earliest crash that it duplicates in any of them stays,
-- so windows may run in any order and again.
CREATE OR REPLACE FUNCTION update_duplicates(first timestamptz, after timestamptz) RETURNS integer
LANGUAGE plpgsql SET timezone = 'UTC' SET work_mem = '256MB' SET jit = off
SET client_min_messages = warning AS $$
DECLARE
    found integer;
BEGIN
    IF after - first > interval '1 day' THEN
        RAISE EXCEPTION 'a window for duplicates has a day at most';
    END IF;
    IF NOT EXISTS (SELECT FROM reports WHERE submitted_at >= first AND submitted_at < after) THEN
        RETURN 0;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('update_duplicates'));
    PERFORM make_partitions_of_counts(first, after);
    DROP TABLE IF EXISTS pg_temp.alike, pg_temp.duplicates;

    -- Cheap first: a hash of what must agree; most reports are alone with theirs.
    CREATE TEMP TABLE alike ON COMMIT DROP AS
    SELECT submitted_at, crash_id
    FROM (SELECT submitted_at, crash_id, count(*) OVER (PARTITION BY likeness) AS number
          FROM (SELECT submitted_at, crash_id,
                       hash_record_extended(ROW(product, version, build_id, signature, os_name,
                                                os_version, address, reason), 0) AS likeness
                FROM reports
                WHERE submitted_at >= first AND submitted_at < after AND is_counted(crash_id)
               ) AS hashed) AS numbered
    WHERE number > 1;
    ANALYZE alike;

    CREATE TEMP TABLE duplicates ON COMMIT DROP AS
    SELECT submitted_at, crash_id, first_crash_id, first_crash_time
    FROM (SELECT submitted_at, crash_id, uptime, install_age,
                 coalesce(crash_time, submitted_at) AS crash_time,
                 first_value(crash_id) OVER same AS first_crash_id,
                 first_value(coalesce(crash_time, submitted_at)) OVER same AS first_crash_time,
                 first_value(uptime) OVER same AS first_uptime,
                 first_value(install_age) OVER same AS first_install_age
          FROM alike
          JOIN reports USING (submitted_at, crash_id)
          LEFT JOIN (SELECT submitted_at, crash_id, url FROM reports_user_info
                     WHERE submitted_at >= first AND submitted_at < after) AS told
              USING (submitted_at, crash_id)
          WHERE submitted_at >= first AND submitted_at < after
          WINDOW same AS (PARTITION BY product, version, build_id, signature, cpu_arch, cpu_info,
                                       os_name, os_version, address, topmost_filenames, reason,
                                       app_notes, url
                          ORDER BY coalesce(crash_time, submitted_at), crash_id)) AS followers
    WHERE crash_id <> first_crash_id
          AND (uptime < 60
               OR within_a_minute(crash_time - first_crash_time, uptime - first_uptime))
          AND within_a_minute(crash_time - first_crash_time, install_age - first_install_age);
    GET DIAGNOSTICS found = ROW_COUNT;

    INSERT INTO reports_duplicates AS was (submitted_at, crash_id, duplicate_of, first_crash_time)
    SELECT submitted_at, crash_id, first_crash_id, first_crash_time FROM duplicates
    UNION ALL
    SELECT submitted_at, crash_id, crash_id, first_crash_time
    FROM (SELECT DISTINCT first_crash_id AS crash_id, first_crash_time FROM duplicates) AS firsts
    JOIN alike USING (crash_id)
    ON CONFLICT (submitted_at, crash_id) DO UPDATE
        SET duplicate_of = excluded.duplicate_of, first_crash_time = excluded.first_crash_time
        WHERE (excluded.first_crash_time, excluded.duplicate_of)
            < (was.first_crash_time, was.duplicate_of);
    RETURN found;
END
$$;
COMMENT ON FUNCTION update_duplicates(timestamptz, timestamptz) IS
    'Find duplicates among the reports submitted in [first, after); returns how many. Run it for '
    'each hour, and for each hour that begins at half past: pairs across the hour meet there.';

CREATE OR REPLACE FUNCTION backfill_duplicates(day date) RETURNS integer
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    midnight timestamptz := day::timestamptz;
    found integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('update_duplicates'));
    DELETE FROM reports_duplicates
    WHERE submitted_at >= midnight AND submitted_at < midnight + interval '1 day';
    PERFORM update_duplicates(hour, hour + interval '1 hour')
    FROM generate_series(midnight - interval '30 minutes', midnight + interval '23.5 hours',
                         interval '30 minutes') AS hour;
    SELECT count(*) INTO found FROM reports_duplicates
    WHERE submitted_at >= midnight AND submitted_at < midnight + interval '1 day'
          AND duplicate_of <> crash_id;
    RETURN found;
END
$$;
COMMENT ON FUNCTION backfill_duplicates(date) IS
    'Find the duplicates of one UTC day anew, as its windows of an hour would; returns how many.';
