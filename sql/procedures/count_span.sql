-- Counting a span of hours within one UTC day. count_hour() and backfill_counts() call it.
--
-- The steps pass on temporary tables, which go with the transaction:
--
-- table               columns                               made by               read by
-- ------------------- ------------------------------------- --------------------- ---------------------
-- of one hour:
-- hour_combinations   product, version, sent_channel,       read_combinations     read_versions,
--                     build_id, signature, flash_version:                         number_signatures,
--                     what its reports say, once each                             save_bad
-- versions_to_match   product, version, sent_version,       read_versions         match_versions (fills
--                     sent_channel, build_id; channel,                            in the second half),
--                     build_day, product_version_id,                              count_hour_of_span,
--                     rapid_beta_id, build_version_id,                            save_bad
--                     reason: none, and it is counted
-- hour_signatures     signature                             number_signatures     number_signatures
-- hour_bad_reports    those of reports_bad                  save_bad              save_bad
-- hour_reports        those of reports_clean: how the       clean_reports         compare_reports,
--                     hour should be counted                                      changes_of_hour
-- to_add              those of reports_clean                compare_reports       save_clean,
--                                                                                 changes_of_hour
-- to_remove           those of reports_clean                compare_reports       save_clean,
--                                                                                 changes_of_hour
-- changes_of_hour     sign (1 or -1) and those of           compare_reports       add_to_day_changes
-- (a view)            reports_clean
-- of the whole span:
-- day_changes         what daily tables group by; reports   make_span_tables,     save_signatures,
--                     and estimated: what they grow by      add_to_day_changes    add_to_days (its view
--                     (or shrink); first_report,                                  day_measures)
--                     first_build: of what is added
-- earliest_removed    signature_id, product_version_id,     make_span_tables,     save_signatures,
--                     first_report, first_build             save_clean            add_to_days
-- earliest_added      the same                              save_signatures       save_signatures
-- day_installs        see day_installs.sql                  make_span_tables      add_to_days
--
-- "sent" is what the client said; the column without it is what we made of that.
--
-- Figures below are seconds of processor time, lowest of seven runs on a busy machine: "four hours"
-- are 13,000 to 16,000 reports each and take 1.5 s as it is, "a large hour" has 130,000 and takes 2.0.

-- "again" throws the daily rows away and adds all of the span, which must be the whole day then;
-- otherwise only the difference between what is and what was counted is added.
-- One count per day at a time: daily rows are added to, and two would lock them crosswise.
-- By the hour, also for a day: what an hour needs stays in the processor's cache, and memory does
-- not grow with the day.
CREATE OR REPLACE FUNCTION count_span(first timestamptz, after timestamptz, again boolean)
RETURNS integer
LANGUAGE plpgsql SET timezone = 'UTC' SET client_min_messages = warning
SET jit = off  -- four hours: 3.7 with it
-- For whole days of millions; an hour gains nothing measurable by either.
SET work_mem = '256MB' SET default_statistics_target = 10
SET parallel_tuple_cost = 0.001 SET parallel_setup_cost = 0  -- else no workers for 13,000 reports
AS $$
DECLARE
    of_day date := (first AT TIME ZONE 'UTC')::date;
    hour timestamptz;
    counted integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('count_span'), -1);  -- see update_signatures()
    PERFORM pg_advisory_xact_lock(hashtext('count_span'), of_day - date '2000-01-01');
    IF NOT again AND EXISTS (SELECT FROM days_without_installs WHERE day = of_day) THEN
        again := true;  -- differences need a sum to be added to
        first := of_day::timestamptz;
        after := first + interval '1 day';
    END IF;
    DELETE FROM hours_to_count AS marked WHERE marked.hour >= first AND marked.hour < after;
    IF NOT reports_are_kept(of_day) THEN
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
        PERFORM forget_day(of_day);
        DELETE FROM days_without_installs WHERE day = of_day;
    END IF;
    PERFORM add_to_days(of_day);
    RETURN counted;
END
$$;
COMMENT ON FUNCTION count_span(timestamptz, timestamptz, boolean) IS
    'Count [first, after), whole hours within one UTC day; use count_hour() or backfill_counts(). '
    'Reads reports; writes reports_clean, reports_bad, signatures and the daily tables. Returns how '
    'many cleaned reports the span has.';

CREATE OR REPLACE FUNCTION make_span_tables() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.day_changes, pg_temp.earliest_removed, pg_temp.day_installs
        CASCADE;
    CREATE TEMP TABLE day_changes (
        product_version_id integer, rapid_beta_id integer, build_version_id integer,
        build_day date, signature_id integer, os smallint, crash_type smallint, hang boolean,
        startup boolean, reports integer, estimated double precision, first_report timestamptz,
        first_build text
    ) ON COMMIT DROP;
    CREATE TEMP TABLE earliest_removed (
        signature_id integer, product_version_id integer, first_report timestamptz,
        first_build text
    ) ON COMMIT DROP;
    CREATE TEMP TABLE day_installs (
        product_version_id integer, rapid_beta_id integer, build_version_id integer,
        build_day date, signature_id integer, os smallint, install_time bigint, changed integer,
        estimated_changed double precision, squares_changed double precision, before integer,
        estimated_before double precision, is_changed boolean
    ) ON COMMIT DROP;
END
$$;
COMMENT ON FUNCTION make_span_tables() IS
    'A step of count_span(): makes day_changes, earliest_removed and day_installs, empty.';

-- Reports are wide, so parallel workers read them, twice: to see which versions and signatures
-- there are, and to clean. Their numbers go to the second reading as jsonb, because workers cannot
-- see temporary tables. Workers took a third off the time of the counting process for a day.
CREATE OR REPLACE FUNCTION count_hour_of_span(first timestamptz, after timestamptz, again boolean)
RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    versions jsonb;
    signature_ids jsonb;
    counted integer;
BEGIN
    DROP TABLE IF EXISTS pg_temp.hour_combinations, pg_temp.hour_reports, pg_temp.to_add,
                         pg_temp.to_remove CASCADE;
    PERFORM read_combinations(first, after);
    PERFORM read_versions();
    PERFORM match_versions((first AT TIME ZONE 'UTC')::date, false);
    PERFORM save_bad(first, after);
    versions := (SELECT jsonb_agg(matched) FROM versions_to_match AS matched WHERE reason IS NULL);
    signature_ids := number_signatures();
    counted := clean_reports(first, after, versions, signature_ids);
    PERFORM compare_reports(first, after, counted, again);
    PERFORM add_install_changes();
    PERFORM read_installs((first AT TIME ZONE 'UTC')::date) WHERE NOT again;
    PERFORM save_clean(first, after);
    PERFORM add_to_day_changes();
    RETURN counted;
END
$$;
COMMENT ON FUNCTION count_hour_of_span(timestamptz, timestamptz, boolean) IS
    'A step of count_span(): one hour, from reports to reports_clean, reports_bad and day_changes. '
    'Returns how many cleaned reports the hour has.';

CREATE OR REPLACE FUNCTION resent_between(first timestamptz, after timestamptz)
RETURNS TABLE (submitted_at timestamptz, crash_id uuid, is_resent boolean, counted_rate real)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT submitted_at, crash_id, true, counted_rate FROM reports_resent
    WHERE submitted_at >= first AND submitted_at < after
$$;
COMMENT ON FUNCTION resent_between(timestamptz, timestamptz) IS
    'The reports submitted in [first, after) whose crash was sent more than once: for is_counted().';

-- By bitmap, as in clean_reports(): an hour of 16,000 gains nothing measurable by it.
CREATE OR REPLACE FUNCTION read_combinations(first timestamptz, after timestamptz) RETURNS void
LANGUAGE plpgsql SET enable_indexscan = off SET enable_seqscan = off AS $$
BEGIN
    CREATE TEMP TABLE hour_combinations ON COMMIT DROP AS
    SELECT DISTINCT product, version, coalesce(release_channel, '') AS sent_channel,
           coalesce(build_id, '') AS build_id, signature, flash_version
    FROM reports
    LEFT JOIN resent_between(first, after) AS resent USING (submitted_at, crash_id)
    WHERE submitted_at >= first AND submitted_at < after
          AND is_counted(crash_id, is_resent, counted_rate);
END
$$;
COMMENT ON FUNCTION read_combinations(timestamptz, timestamptz) IS
    'A step of count_span(): reads reports; makes hour_combinations.';

-- ANALYZE: a large hour has a median of 2.3, and of 2.5 without.
CREATE OR REPLACE FUNCTION read_versions() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.versions_to_match;
    CREATE TEMP TABLE versions_to_match ON COMMIT DROP AS
    SELECT product, version, version AS sent_version, sent_channel, build_id,
           NULL::text AS channel, NULL::date AS build_day, NULL::integer AS product_version_id,
           NULL::integer AS rapid_beta_id, NULL::integer AS build_version_id, NULL::text AS reason
    FROM (SELECT DISTINCT product, version, sent_channel, build_id
          FROM hour_combinations) AS combinations;
    ANALYZE versions_to_match;
END
$$;
COMMENT ON FUNCTION read_versions() IS
    'A step of count_span(): reads hour_combinations; makes versions_to_match, for match_versions().';

-- A new signature has no first report yet: save_signatures() enters it, or takes the row away.
CREATE OR REPLACE FUNCTION number_signatures() RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO flash_versions (flash_version)
    SELECT sent.flash_version
    FROM (SELECT DISTINCT flash_version FROM hour_combinations
          WHERE flash_version IS NOT NULL) AS sent
    LEFT JOIN flash_versions USING (flash_version)
    WHERE flash_version_id IS NULL
    ORDER BY sent.flash_version ON CONFLICT DO NOTHING;

    DROP TABLE IF EXISTS pg_temp.hour_signatures;
    CREATE TEMP TABLE hour_signatures ON COMMIT DROP AS
    SELECT DISTINCT signature FROM hour_combinations WHERE signature <> '';
    ANALYZE hour_signatures;  -- for many new signatures; an ordinary hour gains nothing measurable
    INSERT INTO signatures (signature, first_report)
    SELECT hour_signatures.signature, 'infinity'
    FROM hour_signatures
    LEFT JOIN signatures USING (signature)
    WHERE signature_id IS NULL
    ORDER BY hour_signatures.signature ON CONFLICT DO NOTHING;
    RETURN (SELECT jsonb_object_agg(signature, signature_id)
            FROM hour_signatures JOIN signatures USING (signature));
END
$$;
COMMENT ON FUNCTION number_signatures() IS
    'A step of count_span(): reads hour_combinations; adds to signatures and flash_versions what is '
    'new. Returns the signature_id of each signature of the hour, by its text.';

-- Left joins, though rows without a match are left out: the planner cannot guess how many reports
-- fit a version, and so makes hash tables of the small sides. It would see through IS NOT NULL;
-- it does not see through coalesce(). Four hours: 1.8 with plain joins; 13.0 with IS NOT NULL where
-- clean_reports() allows nested loops.
CREATE OR REPLACE FUNCTION cleaned_reports(
    first timestamptz, after timestamptz, versions jsonb, signature_ids jsonb)
RETURNS SETOF reports_clean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT submitted_at, crash_id,
           estimated_crashes(coalesce(counted_rate, throttle_rate)) AS estimated, signature_id,
           product_version_id, rapid_beta_id, build_version_id, build_day, uptime, install_age,
           flash_version_id, os_code(os_name) AS os,
           crash_type(process_type, nullif(hang_id, '')) AS crash_type,
           uptime_level(uptime) AS uptime_level,
           nullif(reports.build_id, '') AS build_id,
           nullif(hang_id, '') AS hang_id,
           CASE WHEN isfinite(crash_time)
                THEN floor(extract(epoch FROM crash_time))::bigint - install_age END AS install_time
    FROM reports
    LEFT JOIN jsonb_to_recordset(versions) AS matched
        (product text, sent_version text, sent_channel text, build_id text,
         product_version_id integer, rapid_beta_id integer, build_version_id integer,
         build_day date)
        ON (reports.product, reports.version, coalesce(reports.release_channel, ''),
            coalesce(reports.build_id, ''))
         = (matched.product, matched.sent_version, matched.sent_channel, matched.build_id)
    LEFT JOIN (SELECT key AS signature, value::integer AS signature_id
               FROM jsonb_each_text(signature_ids)) AS numbered USING (signature)
    LEFT JOIN flash_versions USING (flash_version)
    LEFT JOIN resent_between(first, after) AS resent USING (submitted_at, crash_id)
    WHERE submitted_at >= first AND submitted_at < after
          AND is_counted(crash_id, is_resent, counted_rate)
          AND signature <> '' AND coalesce(product_version_id, 0) > 0
$$;
COMMENT ON FUNCTION cleaned_reports(timestamptz, timestamptz, jsonb, jsonb) IS
    'A step of count_span(): reads reports, and the versions and signatures that it is given; '
    'returns what reports_clean should have.';

-- By bitmap, which visits each page of the hour once: four hours take 1.8 otherwise.
-- By hash joins only: see above.
CREATE OR REPLACE FUNCTION clean_reports(
    first timestamptz, after timestamptz, versions jsonb, signature_ids jsonb)
RETURNS integer
LANGUAGE plpgsql
SET enable_mergejoin = off SET enable_nestloop = off
SET enable_indexscan = off SET enable_seqscan = off
AS $$
DECLARE
    counted integer;
BEGIN
    CREATE TEMP TABLE hour_reports ON COMMIT DROP AS
    SELECT * FROM cleaned_reports(first, after, versions, signature_ids);
    GET DIAGNOSTICS counted = ROW_COUNT;
    RETURN counted;
END
$$;
COMMENT ON FUNCTION clean_reports(timestamptz, timestamptz, jsonb, jsonb) IS
    'A step of count_span(): makes hour_reports of cleaned_reports(). Returns how many they are.';

-- EXCEPT goes by position: all of these have the columns of reports_clean, in its order.
CREATE OR REPLACE FUNCTION compare_reports(
    first timestamptz, after timestamptz, counted integer, again boolean)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    counted_before bigint := (SELECT count(*) FROM reports_clean
                              WHERE submitted_at >= first AND submitted_at < after);
    added integer;
BEGIN
    CREATE TEMP TABLE to_remove (LIKE reports_clean) ON COMMIT DROP;
    IF counted_before = 0 THEN  -- nothing to compare; four hours: 1.9 without this shortcut
        ALTER TABLE hour_reports RENAME TO to_add;
    ELSE
        CREATE TEMP TABLE to_add ON COMMIT DROP AS
        TABLE hour_reports
        EXCEPT SELECT * FROM reports_clean WHERE submitted_at >= first AND submitted_at < after;
        GET DIAGNOSTICS added = ROW_COUNT;
        IF added > 0 OR counted_before <> counted THEN  -- else both are the same
            INSERT INTO to_remove
            SELECT * FROM reports_clean WHERE submitted_at >= first AND submitted_at < after
            EXCEPT TABLE hour_reports;
        END IF;
    END IF;
    IF again AND counted_before > 0 THEN
        CREATE TEMP VIEW changes_of_hour AS SELECT 1 AS sign, * FROM hour_reports;
    ELSE
        CREATE TEMP VIEW changes_of_hour AS
        SELECT 1 AS sign, * FROM to_add UNION ALL SELECT -1 AS sign, * FROM to_remove;
    END IF;
END
$$;
COMMENT ON FUNCTION compare_reports(timestamptz, timestamptz, integer, boolean) IS
    'A step of count_span(): reads hour_reports and reports_clean; makes to_add, to_remove and the '
    'view changes_of_hour.';

-- In the order of submission: the index grows at its end, and is a fifth smaller (12 MB, not 15, for
-- 320,000 reports).
CREATE OR REPLACE FUNCTION save_clean(first timestamptz, after timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM to_remove) THEN
        INSERT INTO earliest_removed (signature_id, product_version_id, first_report, first_build)
        SELECT signature_id, product_version_id, min(submitted_at),
               min(build_id) FILTER (WHERE build_day IS NOT NULL)
        FROM to_remove GROUP BY signature_id, product_version_id;
        DELETE FROM reports_clean USING to_remove
        WHERE reports_clean.submitted_at >= first AND reports_clean.submitted_at < after
              AND (reports_clean.submitted_at, reports_clean.crash_id)
                = (to_remove.submitted_at, to_remove.crash_id);
    END IF;
    INSERT INTO reports_clean
        (submitted_at, crash_id, estimated, signature_id, product_version_id, rapid_beta_id,
         build_version_id, build_day, uptime, install_age, flash_version_id, os, crash_type,
         uptime_level, build_id, hang_id, install_time)
    SELECT submitted_at, crash_id, estimated, signature_id, product_version_id, rapid_beta_id,
           build_version_id, build_day, uptime, install_age, flash_version_id, os, crash_type,
           uptime_level, build_id, hang_id, install_time
    FROM to_add ORDER BY submitted_at, crash_id;
END
$$;
COMMENT ON FUNCTION save_clean(timestamptz, timestamptz) IS
    'A step of count_span(): reads to_add and to_remove; brings reports_clean up to them, and adds '
    'to earliest_removed.';

CREATE OR REPLACE FUNCTION save_bad(first timestamptz, after timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.hour_bad_reports;
    CREATE TEMP TABLE hour_bad_reports (LIKE reports_bad) ON COMMIT DROP;
    IF EXISTS (SELECT FROM versions_to_match WHERE reason IS NOT NULL)
       OR EXISTS (SELECT FROM hour_combinations WHERE signature = '') THEN
        INSERT INTO hour_bad_reports (submitted_at, crash_id, reason, product, version)
        SELECT submitted_at, crash_id, coalesce(matched.reason, 'no signature'), reports.product,
               reports.version
        FROM reports
        JOIN versions_to_match AS matched
            ON (reports.product, reports.version, coalesce(reports.release_channel, ''),
                coalesce(reports.build_id, ''))
             = (matched.product, matched.sent_version, matched.sent_channel, matched.build_id)
        LEFT JOIN resent_between(first, after) AS resent USING (submitted_at, crash_id)
        WHERE submitted_at >= first AND submitted_at < after
              AND is_counted(crash_id, is_resent, counted_rate)
              AND (matched.reason IS NOT NULL OR signature = '');
    END IF;
    DELETE FROM reports_bad AS saved
    WHERE submitted_at >= first AND submitted_at < after
          AND NOT EXISTS (SELECT FROM hour_bad_reports AS bad
                          WHERE (bad.submitted_at, bad.crash_id)
                              = (saved.submitted_at, saved.crash_id));
    INSERT INTO reports_bad AS saved (submitted_at, crash_id, reason, product, version)
    SELECT submitted_at, crash_id, reason, product, version FROM hour_bad_reports
    ON CONFLICT (submitted_at, crash_id) DO UPDATE
        SET reason = excluded.reason, product = excluded.product, version = excluded.version
        WHERE (saved.reason, saved.product, saved.version)
           <> (excluded.reason, excluded.product, excluded.version);
END
$$;
COMMENT ON FUNCTION save_bad(timestamptz, timestamptz) IS
    'A step of count_span(): reads versions_to_match, hour_combinations and reports; makes '
    'hour_bad_reports, and brings reports_bad up to it.';

CREATE OR REPLACE FUNCTION add_to_day_changes() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO day_changes
        (product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, os,
         crash_type, hang, startup, reports, estimated, first_report, first_build)
    SELECT product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, os,
           crash_type, hang, startup, sum(sign), sum(sign * estimated),
           min(submitted_at) FILTER (WHERE sign = 1),
           min(build_id) FILTER (WHERE sign = 1 AND build_day IS NOT NULL)
    FROM (SELECT *, hang_id IS NOT NULL AS hang,
                 uptime_level IS NOT DISTINCT FROM 1 AS startup
          FROM changes_of_hour) AS changes
    GROUP BY product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, os,
             crash_type, hang, startup;
END
$$;
COMMENT ON FUNCTION add_to_day_changes() IS
    'A step of count_span(): reads changes_of_hour; adds its sums to day_changes.';
