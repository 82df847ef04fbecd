-- Active daily installs (ADI), from what was imported to the versions that crashes are counted by.

-- A day that nobody told of has no rows, which is not 0. A beta needs its build when builds are
-- known; installs that fit no version are left out, and counted by missing_adi.
CREATE OR REPLACE FUNCTION update_adi(today date, checkdata boolean DEFAULT true) RETURNS boolean
LANGUAGE plpgsql SET timezone = 'UTC' SET client_min_messages = warning AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM adi_raw WHERE day = today) THEN
        IF checkdata THEN
            RAISE EXCEPTION 'no ADI for %', today;
        END IF;
        DELETE FROM adi USING product_versions AS known
        WHERE known.product_version_id = adi.product_version_id AND day = today;
        DELETE FROM adi_build USING product_versions AS known
        WHERE known.product_version_id = adi_build.product_version_id AND day = today;
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('update_product_versions'));
    PERFORM match_installs(today);
    DELETE FROM adi USING product_versions AS known
    WHERE known.product_version_id = adi.product_version_id AND day = today;
    INSERT INTO adi (product_version_id, day, os, adi)
    SELECT id, today, os, sum(adi)
    FROM (SELECT product_version_id AS id, os, adi FROM span_installs
          UNION ALL
          SELECT rapid_beta_id, os, adi FROM span_installs WHERE rapid_beta_id IS NOT NULL) AS told
    GROUP BY id, os;
    DELETE FROM adi_build USING product_versions AS known
    WHERE known.product_version_id = adi_build.product_version_id AND day = today;
    INSERT INTO adi_build (product_version_id, build_day, day, os, adi)
    SELECT build_version_id, build_day, today, os, sum(adi)
    FROM span_installs
    WHERE build_version_id IS NOT NULL AND build_day BETWEEN today - 6 AND today
    GROUP BY build_version_id, build_day, os;
    RETURN true;
END
$$;
COMMENT ON FUNCTION update_adi(date, boolean) IS
    'Sum the installs of one day by version and system. Nothing imported: an error, or false.';

CREATE OR REPLACE FUNCTION backfill_adi(day date) RETURNS boolean
LANGUAGE sql AS $$
    SELECT update_adi(day, false)
$$;
COMMENT ON FUNCTION backfill_adi(date) IS 'As update_adi(), without an error for a missing day.';

CREATE OR REPLACE FUNCTION match_installs(today date) RETURNS void
LANGUAGE plpgsql SET client_min_messages = warning AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.span_installs, pg_temp.span_versions CASCADE;
    CREATE TEMP TABLE span_versions ON COMMIT DROP AS
    SELECT DISTINCT product, version, version AS told_version, release_channel AS told_channel,
           build_id, NULL::text AS channel, NULL::date AS build_day,
           NULL::integer AS product_version_id, NULL::integer AS rapid_beta_id,
           NULL::integer AS build_version_id, NULL::text AS reason
    FROM adi_raw WHERE day = today;
    PERFORM match_versions(today, true);
    CREATE TEMP TABLE span_installs ON COMMIT DROP AS
    SELECT product_version_id, rapid_beta_id, build_version_id, build_day, adi,
           os_code(os_name) AS os
    FROM adi_raw AS told
    JOIN span_versions AS matched
        ON (told.product, told.version, told.release_channel, told.build_id)
         = (matched.product, matched.told_version, matched.told_channel, matched.build_id)
    WHERE told.day = today AND matched.reason IS NULL;
END
$$;
COMMENT ON FUNCTION match_installs(date) IS 'A step of update_adi().';

CREATE OR REPLACE FUNCTION missing_adi(today date)
RETURNS TABLE (product text, version text, release_channel text, build_id text, adi bigint,
               reason text)
LANGUAGE plpgsql SET timezone = 'UTC' SET client_min_messages = warning AS $$
BEGIN
    PERFORM match_installs(today);
    RETURN QUERY
    SELECT told.product, told.version, told.release_channel, told.build_id,
           sum(told.adi)::bigint, matched.reason
    FROM adi_raw AS told
    JOIN span_versions AS matched
        ON (told.product, told.version, told.release_channel, told.build_id)
         = (matched.product, matched.told_version, matched.told_channel, matched.build_id)
    WHERE told.day = today AND matched.reason IS NOT NULL
    GROUP BY told.product, told.version, told.release_channel, told.build_id, matched.reason
    ORDER BY 5 DESC, 1, 2, 3, 4;
END
$$;
COMMENT ON FUNCTION missing_adi(date) IS
    'Imported installs of a day that belong to no version that is counted, and why.';
