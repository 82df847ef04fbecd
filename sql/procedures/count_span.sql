-- The steps of counting a span of time within one UTC day. They hand temporary tables on.

-- "again" throws the daily rows away and adds all of the span, which must be the whole day then;
-- otherwise only the difference between what is and what was counted is added.
-- One counter per day at a time: daily rows are added to, and two would lock them crosswise.
CREATE OR REPLACE FUNCTION count_span(first timestamptz, after timestamptz, again boolean)
RETURNS integer
LANGUAGE plpgsql SET timezone = 'UTC' SET work_mem = '256MB' SET jit = off
SET default_statistics_target = 10 SET client_min_messages = warning AS $$
DECLARE
    day date := (first AT TIME ZONE 'UTC')::date;
    counted integer;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('count_span'), -1);  -- see update_signatures()
    PERFORM pg_advisory_xact_lock(hashtext('count_span'), day - date '2000-01-01');
    DELETE FROM hours_to_count WHERE hour >= first AND hour < after;
    IF NOT reports_are_kept(day) THEN
        RETURN 0;  -- dropped after its retention: what was counted stays
    ELSIF to_regclass('reports_clean' || to_char(week_of(first), '_YYYYMMDD')) IS NULL THEN
        PERFORM make_partitions(first, first);
    END IF;
    DROP TABLE IF EXISTS pg_temp.span_versions, pg_temp.span_signatures, pg_temp.span_clean,
                         pg_temp.span_changed CASCADE;
    PERFORM read_versions(first, after);
    PERFORM match_versions(day, false);
    PERFORM read_signatures(first, after);
    counted := clean_reports(first, after);
    PERFORM compare_reports(first, after, again);
    PERFORM save_clean(first, after), save_bad(first, after);
    PERFORM save_signatures();
    IF again THEN
        PERFORM forget_day(day);
    END IF;
    PERFORM add_top_crashers(day), add_top_crashers_build(day);
    PERFORM add_crash_counts(day), add_crash_counts_build(day);
    PERFORM stale_rankings(day, ARRAY(
        SELECT product_version_id FROM span_moves UNION SELECT rapid_beta_id FROM span_moves));
    RETURN counted;
END
$$;
COMMENT ON FUNCTION count_span(timestamptz, timestamptz, boolean) IS
    'Count [first, after), within one UTC day; use count_hour() or backfill_counts().';

-- Reading the reports of the span several times, a few columns each, is cheaper than to copy them.
CREATE OR REPLACE FUNCTION read_versions(first timestamptz, after timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMP TABLE span_versions ON COMMIT DROP AS
    SELECT product, version, version AS told_version, release_channel AS told_channel, build_id,
           NULL::text AS channel, NULL::date AS build_day, NULL::integer AS product_version_id,
           NULL::integer AS rapid_beta_id, NULL::integer AS build_version_id, NULL::text AS reason
    FROM (SELECT DISTINCT product, version, coalesce(release_channel, '') AS release_channel,
                 coalesce(build_id, '') AS build_id
          FROM reports
          WHERE submitted_at >= first AND submitted_at < after AND is_counted(crash_id)) AS told;
    ANALYZE span_versions;
END
$$;
COMMENT ON FUNCTION read_versions(timestamptz, timestamptz) IS 'A step of count_span().';

-- A new signature has no first report yet: save_signatures() enters it, or takes the row away.
CREATE OR REPLACE FUNCTION read_signatures(first timestamptz, after timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO flash_versions (flash_version)
    SELECT told.flash_version
    FROM (SELECT DISTINCT flash_version FROM reports
          WHERE submitted_at >= first AND submitted_at < after AND flash_version IS NOT NULL
                AND is_counted(crash_id)) AS told
    LEFT JOIN flash_versions AS known USING (flash_version)
    WHERE known.flash_version IS NULL
    ORDER BY told.flash_version ON CONFLICT DO NOTHING;

    CREATE TEMP TABLE span_signatures ON COMMIT DROP AS
    SELECT signature, NULL::integer AS signature_id
    FROM (SELECT DISTINCT signature FROM reports
          WHERE submitted_at >= first AND submitted_at < after AND is_counted(crash_id)) AS told;
    ANALYZE span_signatures;
    INSERT INTO signatures (signature, first_report)
    SELECT told.signature, 'infinity'
    FROM span_signatures AS told
    LEFT JOIN signatures AS known USING (signature)
    WHERE known.signature IS NULL AND told.signature <> ''
    ORDER BY told.signature ON CONFLICT DO NOTHING;
    UPDATE span_signatures AS told SET signature_id = known.signature_id
    FROM signatures AS known WHERE known.signature = told.signature;
END
$$;
COMMENT ON FUNCTION read_signatures(timestamptz, timestamptz) IS 'A step of count_span().';

-- The columns of span_clean are those of reports_clean, in their order. Hash joins only: the
-- planner cannot guess how many reports fit a version, and would sort them all, or worse.
CREATE OR REPLACE FUNCTION clean_reports(first timestamptz, after timestamptz) RETURNS integer
LANGUAGE plpgsql SET enable_mergejoin = off SET enable_nestloop = off AS $$
DECLARE
    counted integer;
BEGIN
    CREATE TEMP TABLE span_clean ON COMMIT DROP AS
    SELECT submitted_at, crash_id, estimated_crashes(throttle_rate) AS estimated, signature_id,
           product_version_id, rapid_beta_id, build_version_id, build_day, uptime, install_age,
           flash_version_id, os_code(os_name) AS os,
           crash_type(process_type, nullif(hang_id, '')) AS crash_type,
           uptime_level(uptime) AS uptime_level,
           CASE WHEN build_day IS NOT NULL THEN told.build_id END AS build_id,
           nullif(hang_id, '') AS hang_id
    FROM reports AS told
    JOIN span_versions AS matched
        ON (told.product, told.version, coalesce(told.release_channel, ''),
            coalesce(told.build_id, ''))
         = (matched.product, matched.told_version, matched.told_channel, matched.build_id)
    JOIN span_signatures USING (signature)
    LEFT JOIN flash_versions USING (flash_version)
    WHERE submitted_at >= first AND submitted_at < after AND is_counted(crash_id)
          AND matched.reason IS NULL AND signature <> '';
    GET DIAGNOSTICS counted = ROW_COUNT;
    ANALYZE span_clean;
    RETURN counted;
END
$$;
COMMENT ON FUNCTION clean_reports(timestamptz, timestamptz) IS 'A step of count_span().';

-- Makes two views: span_changes, what differs from what was counted, for what is kept by crash;
-- and span_moves, what is to be added to the daily tables.
CREATE OR REPLACE FUNCTION compare_reports(first timestamptz, after timestamptz, again boolean)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMP VIEW span_moves AS SELECT 1 AS sign, * FROM span_clean;
    IF NOT EXISTS (SELECT FROM reports_clean WHERE submitted_at >= first AND submitted_at < after)
    THEN
        CREATE TEMP VIEW span_changes AS SELECT * FROM span_moves;
        RETURN;
    END IF;
    CREATE TEMP TABLE span_changed ON COMMIT DROP AS
    WITH was AS (SELECT * FROM reports_clean WHERE submitted_at >= first AND submitted_at < after)
    SELECT 1 AS sign, new.* FROM (TABLE span_clean EXCEPT TABLE was) AS new
    UNION ALL
    SELECT -1, old.* FROM (TABLE was EXCEPT TABLE span_clean) AS old;
    ANALYZE span_changed;
    CREATE TEMP VIEW span_changes AS SELECT * FROM span_changed;
    IF NOT again THEN
        CREATE OR REPLACE TEMP VIEW span_moves AS SELECT * FROM span_changed;
    END IF;
END
$$;
COMMENT ON FUNCTION compare_reports(timestamptz, timestamptz, boolean) IS 'A step of count_span().';

CREATE OR REPLACE FUNCTION save_clean(first timestamptz, after timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM reports_clean AS was USING span_changes AS change
    WHERE change.sign = -1 AND was.submitted_at >= first AND was.submitted_at < after
          AND (was.submitted_at, was.crash_id) = (change.submitted_at, change.crash_id);
    INSERT INTO reports_clean
        (submitted_at, crash_id, estimated, signature_id, product_version_id, rapid_beta_id,
         build_version_id, build_day, uptime, install_age, flash_version_id, os, crash_type,
         uptime_level, build_id, hang_id)
    SELECT submitted_at, crash_id, estimated, signature_id, product_version_id, rapid_beta_id,
           build_version_id, build_day, uptime, install_age, flash_version_id, os, crash_type,
           uptime_level, build_id, hang_id
    FROM span_changes WHERE sign = 1;
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
       OR EXISTS (SELECT FROM span_signatures WHERE signature = '') THEN
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
