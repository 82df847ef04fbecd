-- The steps of counting a span of time within one UTC day. They hand temporary tables on.

-- An hour at a time, also of a day: what an hour needs stays in the processor's cache. What is to
-- be added to the daily tables is gathered in span_cube.
-- "again" throws the daily rows away and adds all of the span, which must be the whole day then;
-- otherwise only the difference between what is and what was counted is added.
-- One counter per day at a time: daily rows are added to, and two would lock them crosswise.
CREATE OR REPLACE FUNCTION count_span(first timestamptz, after timestamptz, again boolean)
RETURNS integer
LANGUAGE plpgsql SET timezone = 'UTC' SET work_mem = '256MB' SET jit = off
SET default_statistics_target = 10 SET parallel_tuple_cost = 0.001 SET parallel_setup_cost = 0
SET client_min_messages = warning AS $$
DECLARE
    day date := (first AT TIME ZONE 'UTC')::date;
    hour timestamptz;
    counted integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('count_span'), -1);  -- see update_signatures()
    PERFORM pg_advisory_xact_lock(hashtext('count_span'), day - date '2000-01-01');
    DELETE FROM hours_to_count AS marked WHERE marked.hour >= first AND marked.hour < after;
    IF NOT reports_are_kept(day) THEN
        RETURN 0;  -- dropped after its retention: what was counted stays
    ELSIF to_regclass('reports_clean' || to_char(week_of(first), '_YYYYMMDD')) IS NULL THEN
        PERFORM make_partitions(first, first);
    END IF;
    PERFORM make_span_tables();
    FOR hour IN SELECT generate_series(first, after - interval '1 hour', interval '1 hour') LOOP
        counted := counted + count_hour_of_span(hour, hour + interval '1 hour', again);
    END LOOP;
    PERFORM save_signatures();
    IF again THEN
        PERFORM forget_day(day);
    END IF;
    PERFORM add_to_days(day);
    RETURN counted;
END
$$;
COMMENT ON FUNCTION count_span(timestamptz, timestamptz, boolean) IS
    'Count [first, after), whole hours within one UTC day; use count_hour() or backfill_counts().';

CREATE OR REPLACE FUNCTION make_span_tables() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.span_cube, pg_temp.span_gone CASCADE;
    CREATE TEMP TABLE span_cube (
        product_version_id integer, rapid_beta_id integer, build_version_id integer,
        build_day date, signature_id integer, os smallint, crash_type smallint, hang boolean,
        startup boolean, reports integer, estimated double precision, first_report timestamptz,
        first_build text
    ) ON COMMIT DROP;
    CREATE TEMP TABLE span_gone (
        signature_id integer, product_version_id integer, first_report timestamptz,
        first_build text
    ) ON COMMIT DROP;
END
$$;
COMMENT ON FUNCTION make_span_tables() IS 'A step of count_span().';

-- Rows of reports are wide, so workers read them, twice: to tell what versions and signatures there
-- are, and to clean. These are handed on as jsonb, as workers cannot see temporary tables.
CREATE OR REPLACE FUNCTION count_hour_of_span(first timestamptz, after timestamptz, again boolean)
RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    versions jsonb;
    names jsonb;
    counted integer;
BEGIN
    DROP TABLE IF EXISTS pg_temp.span_told, pg_temp.span_clean, pg_temp.span_changed CASCADE;
    PERFORM read_told(first, after), read_versions();
    PERFORM match_versions((first AT TIME ZONE 'UTC')::date, false);
    PERFORM save_bad(first, after);
    versions := (SELECT jsonb_agg(matched) FROM span_versions AS matched WHERE reason IS NULL);
    names := number_signatures();
    counted := clean_reports(first, after, versions, names);
    PERFORM compare_reports(first, after, counted, again), save_clean(first, after);
    PERFORM add_to_cube();
    RETURN counted;
END
$$;
COMMENT ON FUNCTION count_hour_of_span(timestamptz, timestamptz, boolean) IS
    'A step of count_span().';

-- By bitmap, here and when cleaning: reports of an hour lie scattered over its pages, and a bitmap
-- visits each page once.
CREATE OR REPLACE FUNCTION read_told(first timestamptz, after timestamptz) RETURNS void
LANGUAGE plpgsql SET enable_indexscan = off SET enable_seqscan = off AS $$
BEGIN
    CREATE TEMP TABLE span_told ON COMMIT DROP AS
    SELECT DISTINCT product, version, coalesce(release_channel, '') AS told_channel,
           coalesce(build_id, '') AS build_id, signature, flash_version
    FROM reports
    WHERE submitted_at >= first AND submitted_at < after AND is_counted(crash_id);
END
$$;
COMMENT ON FUNCTION read_told(timestamptz, timestamptz) IS 'A step of count_span().';

CREATE OR REPLACE FUNCTION read_versions() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.span_versions;
    CREATE TEMP TABLE span_versions ON COMMIT DROP AS
    SELECT product, version, version AS told_version, told_channel, build_id,
           NULL::text AS channel, NULL::date AS build_day, NULL::integer AS product_version_id,
           NULL::integer AS rapid_beta_id, NULL::integer AS build_version_id, NULL::text AS reason
    FROM (SELECT DISTINCT product, version, told_channel, build_id FROM span_told) AS told;
    ANALYZE span_versions;
END
$$;
COMMENT ON FUNCTION read_versions() IS 'A step of count_span().';

-- A new signature has no first report yet: save_signatures() enters it, or takes the row away.
CREATE OR REPLACE FUNCTION number_signatures() RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO flash_versions (flash_version)
    SELECT told.flash_version
    FROM (SELECT DISTINCT flash_version FROM span_told WHERE flash_version IS NOT NULL) AS told
    LEFT JOIN flash_versions AS known USING (flash_version)
    WHERE known.flash_version IS NULL
    ORDER BY told.flash_version ON CONFLICT DO NOTHING;

    DROP TABLE IF EXISTS pg_temp.span_signatures;
    CREATE TEMP TABLE span_signatures ON COMMIT DROP AS
    SELECT DISTINCT signature FROM span_told WHERE signature <> '';
    ANALYZE span_signatures;
    INSERT INTO signatures (signature, first_report)
    SELECT told.signature, 'infinity'
    FROM span_signatures AS told
    LEFT JOIN signatures AS known USING (signature)
    WHERE known.signature IS NULL
    ORDER BY told.signature ON CONFLICT DO NOTHING;
    RETURN (SELECT jsonb_object_agg(signature, signature_id)
            FROM span_signatures JOIN signatures USING (signature));
END
$$;
COMMENT ON FUNCTION number_signatures() IS
    'A step of count_span(): the numbers of the signatures that reports tell.';

-- Left joins, though what joins nothing is left out: so the planner, which cannot guess how many
-- reports fit a version, makes hash tables of the small sides. coalesce() and not IS NOT NULL, or
-- it would see through that.
CREATE OR REPLACE FUNCTION cleaned_reports(
    first timestamptz, after timestamptz, versions jsonb, names jsonb)
RETURNS SETOF reports_clean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT submitted_at, crash_id, estimated_crashes(throttle_rate), signature_id,
           product_version_id, rapid_beta_id, build_version_id, build_day, uptime, install_age,
           flash_version_id, os_code(os_name), crash_type(process_type, nullif(hang_id, '')),
           uptime_level(uptime), CASE WHEN build_day IS NOT NULL THEN told.build_id END,
           nullif(hang_id, '')
    FROM reports AS told
    LEFT JOIN jsonb_to_recordset(versions) AS matched
        (product text, told_version text, told_channel text, build_id text,
         product_version_id integer, rapid_beta_id integer, build_version_id integer,
         build_day date)
        ON (told.product, told.version, coalesce(told.release_channel, ''),
            coalesce(told.build_id, ''))
         = (matched.product, matched.told_version, matched.told_channel, matched.build_id)
    LEFT JOIN (SELECT key AS signature, value::integer AS signature_id
               FROM jsonb_each_text(names)) AS named USING (signature)
    LEFT JOIN flash_versions USING (flash_version)
    WHERE submitted_at >= first AND submitted_at < after AND is_counted(crash_id)
          AND signature <> '' AND coalesce(product_version_id, 0) > 0
$$;
COMMENT ON FUNCTION cleaned_reports(timestamptz, timestamptz, jsonb, jsonb) IS
    'A step of count_span(): what reports_clean should have.';

CREATE OR REPLACE FUNCTION clean_reports(
    first timestamptz, after timestamptz, versions jsonb, names jsonb)
RETURNS integer
LANGUAGE plpgsql SET enable_mergejoin = off SET enable_nestloop = off
SET enable_indexscan = off SET enable_seqscan = off AS $$
DECLARE
    counted integer;
BEGIN
    CREATE TEMP TABLE span_clean ON COMMIT DROP AS
    SELECT * FROM cleaned_reports(first, after, versions, names);
    GET DIAGNOSTICS counted = ROW_COUNT;
    RETURN counted;
END
$$;
COMMENT ON FUNCTION clean_reports(timestamptz, timestamptz, jsonb, jsonb) IS
    'A step of count_span().';

-- Makes two views: span_changes, what differs from what was counted, for what is kept by crash;
-- and span_moves, what is to be added to the daily tables.
CREATE OR REPLACE FUNCTION compare_reports(
    first timestamptz, after timestamptz, counted integer, again boolean)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    before bigint := (SELECT count(*) FROM reports_clean
                      WHERE submitted_at >= first AND submitted_at < after);
BEGIN
    CREATE TEMP TABLE span_changed (sign integer, LIKE reports_clean) ON COMMIT DROP;
    CREATE OR REPLACE TEMP VIEW span_moves AS SELECT 1 AS sign, * FROM span_clean;
    IF before = 0 THEN
        CREATE OR REPLACE TEMP VIEW span_changes AS SELECT * FROM span_moves;
        RETURN;
    END IF;
    INSERT INTO span_changed
    SELECT 1, * FROM (
        TABLE span_clean
        EXCEPT SELECT * FROM reports_clean WHERE submitted_at >= first AND submitted_at < after
    ) AS new;
    IF FOUND OR before <> counted THEN  -- else both are the same
        INSERT INTO span_changed
        SELECT -1, * FROM (
            SELECT * FROM reports_clean WHERE submitted_at >= first AND submitted_at < after
            EXCEPT TABLE span_clean
        ) AS old;
    END IF;
    CREATE OR REPLACE TEMP VIEW span_changes AS SELECT * FROM span_changed;
    IF NOT again THEN
        CREATE OR REPLACE TEMP VIEW span_moves AS SELECT * FROM span_changed;
    END IF;
END
$$;
COMMENT ON FUNCTION compare_reports(timestamptz, timestamptz, integer, boolean) IS
    'A step of count_span().';

-- In the order of submission: the index grows at its end, and an hour lies together.
CREATE OR REPLACE FUNCTION save_clean(first timestamptz, after timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM span_changed WHERE sign = -1) THEN
        INSERT INTO span_gone
        SELECT signature_id, product_version_id, min(submitted_at), min(build_id)
        FROM span_changed WHERE sign = -1 GROUP BY signature_id, product_version_id;
        DELETE FROM reports_clean AS was USING span_changed AS change
        WHERE change.sign = -1
              AND was.submitted_at >= first AND was.submitted_at < after
              AND (was.submitted_at, was.crash_id) = (change.submitted_at, change.crash_id);
    END IF;
    INSERT INTO reports_clean
        (submitted_at, crash_id, estimated, signature_id, product_version_id, rapid_beta_id,
         build_version_id, build_day, uptime, install_age, flash_version_id, os, crash_type,
         uptime_level, build_id, hang_id)
    SELECT submitted_at, crash_id, estimated, signature_id, product_version_id, rapid_beta_id,
           build_version_id, build_day, uptime, install_age, flash_version_id, os, crash_type,
           uptime_level, build_id, hang_id
    FROM span_changes WHERE sign = 1 ORDER BY submitted_at, crash_id;
END
$$;
COMMENT ON FUNCTION save_clean(timestamptz, timestamptz) IS 'A step of count_span().';

CREATE OR REPLACE FUNCTION save_bad(first timestamptz, after timestamptz) RETURNS void
LANGUAGE plpgsql SET client_min_messages = warning AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.span_bad;
    CREATE TEMP TABLE span_bad (submitted_at timestamptz, crash_id uuid, reason text)
    ON COMMIT DROP;
    IF EXISTS (SELECT FROM span_versions WHERE reason IS NOT NULL)
       OR EXISTS (SELECT FROM span_told WHERE signature = '') THEN
        INSERT INTO span_bad
        SELECT submitted_at, crash_id, coalesce(matched.reason, 'no signature')
        FROM reports AS told
        JOIN span_versions AS matched
            ON (told.product, told.version, coalesce(told.release_channel, ''),
                coalesce(told.build_id, ''))
             = (matched.product, matched.told_version, matched.told_channel, matched.build_id)
        WHERE submitted_at >= first AND submitted_at < after AND is_counted(crash_id)
              AND (matched.reason IS NOT NULL OR signature = '');
    END IF;
    DELETE FROM reports_bad AS was
    WHERE submitted_at >= first AND submitted_at < after
          AND NOT EXISTS (SELECT FROM span_bad AS now
                          WHERE (now.submitted_at, now.crash_id)
                              = (was.submitted_at, was.crash_id));
    INSERT INTO reports_bad AS was (submitted_at, crash_id, reason)
    SELECT submitted_at, crash_id, reason FROM span_bad
    ON CONFLICT (submitted_at, crash_id) DO UPDATE SET reason = excluded.reason
        WHERE was.reason <> excluded.reason;
END
$$;
COMMENT ON FUNCTION save_bad(timestamptz, timestamptz) IS 'A step of count_span().';

CREATE OR REPLACE FUNCTION add_to_cube() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO span_cube
    SELECT product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, os,
           crash_type, hang_id IS NOT NULL, uptime_level IS NOT DISTINCT FROM 1, sum(sign),
           sum(sign * estimated), min(submitted_at) FILTER (WHERE sign = 1),
           min(build_id) FILTER (WHERE sign = 1)
    FROM span_moves
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;
END
$$;
COMMENT ON FUNCTION add_to_cube() IS 'A step of count_span().';
