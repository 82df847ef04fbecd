-- Active daily installs (ADI), from what was imported to the versions that crashes are counted by.

-- A day without an import has no rows, which is not 0. A beta needs its build when builds are
-- known; installs that fit no version are left out, and listed by missing_adi().
CREATE OR REPLACE FUNCTION update_adi(of_day date, checkdata boolean DEFAULT true) RETURNS boolean
LANGUAGE plpgsql SET timezone = 'UTC' SET client_min_messages = warning AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM adi_raw WHERE day = of_day) THEN
        IF checkdata THEN
            RAISE EXCEPTION 'no ADI for %', of_day;
        END IF;
        PERFORM delete_adi(of_day);
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('update_product_versions'));
    PERFORM match_installs(of_day);
    PERFORM delete_adi(of_day);
    INSERT INTO adi (product_version_id, day, os, adi)
    SELECT counts_for, of_day, os, sum(adi)
    FROM matched_installs
    CROSS JOIN LATERAL (VALUES (product_version_id), (rapid_beta_id)) AS versions (counts_for)
    WHERE counts_for IS NOT NULL
    GROUP BY counts_for, os;
    INSERT INTO adi_build (product_version_id, build_day, day, os, adi)
    SELECT build_version_id, build_day, of_day, os, sum(adi)
    FROM matched_installs
    WHERE build_version_id IS NOT NULL AND build_day BETWEEN of_day - 6 AND of_day
    GROUP BY build_version_id, build_day, os;
    RETURN true;
END
$$;
COMMENT ON FUNCTION update_adi(date, boolean) IS
    'Sum the installs of one day by version and system: from adi_raw into adi and adi_build. '
    'Nothing imported: an error, or false.';

CREATE OR REPLACE FUNCTION backfill_adi(day date) RETURNS boolean
LANGUAGE sql AS $$
    SELECT update_adi(day, false)
$$;
COMMENT ON FUNCTION backfill_adi(date) IS 'As update_adi(), without an error for a missing day.';

-- By version, because that is the first column of the index: there is none by day.
CREATE OR REPLACE FUNCTION delete_adi(of_day date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM adi USING product_versions AS versions
    WHERE versions.product_version_id = adi.product_version_id AND day = of_day;
    DELETE FROM adi_build USING product_versions AS versions
    WHERE versions.product_version_id = adi_build.product_version_id AND day = of_day;
END
$$;
COMMENT ON FUNCTION delete_adi(date) IS 'A step of update_adi(): a day of adi and adi_build goes.';

CREATE OR REPLACE FUNCTION match_installs(of_day date) RETURNS void
LANGUAGE plpgsql SET client_min_messages = warning AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.matched_installs, pg_temp.versions_to_match;
    CREATE TEMP TABLE versions_to_match ON COMMIT DROP AS
    SELECT DISTINCT product, version, version AS sent_version, release_channel AS sent_channel,
           build_id, NULL::text AS channel, NULL::date AS build_day,
           NULL::integer AS product_version_id, NULL::integer AS rapid_beta_id,
           NULL::integer AS build_version_id, NULL::text AS reason
    FROM adi_raw WHERE day = of_day;
    PERFORM match_versions(of_day, true);
    CREATE TEMP TABLE matched_installs ON COMMIT DROP AS
    SELECT product_version_id, rapid_beta_id, build_version_id, build_day, adi,
           os_code(os_name) AS os
    FROM adi_raw
    JOIN versions_to_match AS matched
        ON (adi_raw.product, adi_raw.version, adi_raw.release_channel, adi_raw.build_id)
         = (matched.product, matched.sent_version, matched.sent_channel, matched.build_id)
    WHERE adi_raw.day = of_day AND matched.reason IS NULL;
END
$$;
COMMENT ON FUNCTION match_installs(date) IS
    'A step of update_adi() and missing_adi(): reads adi_raw; makes versions_to_match (see '
    'match_versions()) and matched_installs.';

CREATE OR REPLACE FUNCTION missing_adi(of_day date)
RETURNS TABLE (product text, version text, release_channel text, build_id text, adi bigint,
               reason text)
LANGUAGE plpgsql SET timezone = 'UTC' SET client_min_messages = warning AS $$
BEGIN
    PERFORM match_installs(of_day);
    RETURN QUERY
    SELECT raw.product, raw.version, raw.release_channel, raw.build_id,
           sum(raw.adi)::bigint AS installs, matched.reason
    FROM adi_raw AS raw
    JOIN versions_to_match AS matched
        ON (raw.product, raw.version, raw.release_channel, raw.build_id)
         = (matched.product, matched.sent_version, matched.sent_channel, matched.build_id)
    WHERE raw.day = of_day AND matched.reason IS NOT NULL
    GROUP BY raw.product, raw.version, raw.release_channel, raw.build_id, matched.reason
    ORDER BY installs DESC, raw.product, raw.version, raw.release_channel, raw.build_id;
END
$$;
COMMENT ON FUNCTION missing_adi(date) IS
    'Imported installs of a day that belong to no version that is counted, and why.';
