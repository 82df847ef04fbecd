-- Product versions: from the release feed, and from crashes of versions that no feed tells of.

CREATE OR REPLACE FUNCTION sunset(build_date date, release_channel text) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT build_date + 7 * CASE WHEN release_channel IN ('release', 'esr') THEN 18 ELSE 9 END
$$;
COMMENT ON FUNCTION sunset(date, text) IS 'Last day on which a version counts as current.';

-- new_versions(product, version, release_channel, release_version, beta_number, build_date,
-- source) is a temporary table of the caller's. A rapid beta's parent comes before its child,
-- and a child is never without it: what was counted for the child was counted for both.
CREATE OR REPLACE FUNCTION add_versions() RETURNS integer
LANGUAGE plpgsql SET client_min_messages = warning AS $$
DECLARE
    added integer;
BEGIN
    INSERT INTO product_versions AS known
        (product, version, release_channel, release_version, version_sort, build_date, sunset_date,
         is_rapid_beta, has_builds, source)
    SELECT product, release_version || 'b', 'beta', release_version,
           version_sort(release_version || 'b'), min(build_date), sunset(min(build_date), 'beta'),
           true, true, min(source)
    FROM new_versions JOIN products USING (product)
    WHERE release_channel = 'beta' AND rapid_beta_version IS NOT NULL
          AND version_sort(release_version) COLLATE "C" >= version_sort(rapid_beta_version)
    GROUP BY product, release_version ORDER BY product, release_version
    ON CONFLICT (product, version, release_channel) DO UPDATE
        SET build_date = excluded.build_date, sunset_date = excluded.sunset_date,
            source = excluded.source
        WHERE known.source <> 'people' AND excluded.source IN ('builds', known.source)
              AND (excluded.build_date < known.build_date OR excluded.source <> known.source);

    INSERT INTO product_versions AS known
        (product, version, release_channel, release_version, beta_number, version_sort, build_date,
         sunset_date, rapid_beta_id, has_builds, source)
    SELECT told.product, told.version, told.release_channel, told.release_version,
           told.beta_number, version_sort(told.version), told.build_date,
           sunset(told.build_date, told.release_channel), parent.product_version_id,
           told.release_channel IN ('nightly', 'aurora'), told.source
    FROM new_versions AS told
    LEFT JOIN product_versions AS parent
        ON told.release_channel = 'beta' AND parent.is_rapid_beta
           AND parent.product = told.product AND parent.release_version = told.release_version
    ORDER BY told.product, told.version, told.release_channel
    ON CONFLICT (product, version, release_channel) DO UPDATE
        SET build_date = excluded.build_date, sunset_date = excluded.sunset_date,
            source = excluded.source
        WHERE known.source <> 'people' AND excluded.source IN ('builds', known.source)
              AND (excluded.build_date < known.build_date OR excluded.source <> known.source);
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN added;
END
$$;
COMMENT ON FUNCTION add_versions() IS 'A step of update_product_versions() and match_versions().';

-- Kept are builds whose version fits the channel: 142.0a1 on nightly, a2 or a beta on aurora, no
-- "a" on the others. Then counts that could not know the build are made again.
CREATE OR REPLACE FUNCTION update_product_versions() RETURNS integer
LANGUAGE plpgsql SET timezone = 'UTC' SET client_min_messages = warning AS $$
DECLARE
    added integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('update_product_versions'));
    DROP TABLE IF EXISTS pg_temp.told_builds, pg_temp.new_versions, pg_temp.new_builds;
    CREATE TEMP TABLE told_builds ON COMMIT DROP AS
    SELECT product, release_version, beta AS beta_number, channel AS release_channel, build_id,
           platform, repository, day,
           release_version || CASE WHEN channel = 'esr' THEN 'esr'
               WHEN channel IN ('beta', 'aurora') AND beta > 0 THEN 'b' || beta
               ELSE '' END AS version
    FROM (SELECT told.*, match_channel(release_channel) AS channel, build_day(build_id) AS day,
                 regexp_replace(version, '(esr|b[0-9]+)$', '') AS release_version,
                 CASE WHEN beta_number > 0 THEN beta_number
                      ELSE coalesce(substring(version FROM 'b([0-9]{1,4})$')::smallint, 0)
                      END AS beta
          FROM releases_raw AS told) AS told
    JOIN products USING (product)
    WHERE day <= seen_at::date + 1 AND version ~ '^[0-9]+(\.[0-9]+)*(a[12]|esr|b[0-9]+)?$'
          AND CASE channel WHEN 'nightly' THEN version ~ 'a1$'
                           WHEN 'aurora' THEN version ~ 'a2$' OR beta > 0
                           ELSE version !~ 'a' END
          AND (rapid_release_version IS NULL
               OR version_sort(version) COLLATE "C" >= version_sort(rapid_release_version));

    CREATE TEMP TABLE new_versions ON COMMIT DROP AS
    SELECT product, version, release_channel, release_version, max(beta_number) AS beta_number,
           min(day) AS build_date, 'builds' AS source
    FROM told_builds GROUP BY product, version, release_channel, release_version;
    added := add_versions();

    CREATE TEMP TABLE new_builds (product_version_id integer, build_id text) ON COMMIT DROP;
    WITH put AS (
        INSERT INTO product_version_builds (product_version_id, build_id, platform, repository)
        SELECT product_version_id, build_id, platform, max(repository)
        FROM told_builds JOIN product_versions USING (product, version, release_channel)
        GROUP BY product_version_id, build_id, platform
        ON CONFLICT (product_version_id, build_id, platform) DO NOTHING
        RETURNING product_version_id, build_id)
    INSERT INTO new_builds SELECT DISTINCT product_version_id, build_id FROM put;
    PERFORM mark_new_builds();
    RETURN added;
END
$$;
COMMENT ON FUNCTION update_product_versions() IS
    'Bring versions and builds up to releases_raw; returns how many versions are new or changed.';

-- Betas need their build; others are counted without it as soon as they crash, unless told not to.
-- Two weeks back are enough for a feed that was down; older counts stay until they are rebuilt.
-- No nested loops: reports that just came have no statistics, and would be read for each build.
CREATE OR REPLACE FUNCTION mark_new_builds() RETURNS void
LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
    since timestamptz := date_trunc('day', now(), 'UTC') - interval '14 days';
BEGIN
    ANALYZE new_builds;
    INSERT INTO changed_hours (hour)
    SELECT DISTINCT date_trunc('hour', submitted_at, 'UTC')
    FROM new_builds
    JOIN product_versions AS known USING (product_version_id)
    JOIN reports ON reports.product = known.product AND reports.build_id = new_builds.build_id
         AND reports.version IN (known.version, known.release_version)
    WHERE (known.release_channel = 'beta'
           OR NOT (SELECT versions_from_reports FROM count_settings))
          AND submitted_at >= since
          AND submitted_at >= (build_day(new_builds.build_id) - 1)::timestamptz
    ORDER BY 1
    ON CONFLICT (hour) DO NOTHING;
    PERFORM update_adi(day, false)
    FROM (SELECT DISTINCT day FROM adi_raw
          WHERE day >= since::date
                AND product IN (SELECT product FROM new_builds
                                JOIN product_versions USING (product_version_id))) AS days;
END
$$;
COMMENT ON FUNCTION mark_new_builds() IS
    'A step of update_product_versions(): count crashes and installs of new builds again.';
