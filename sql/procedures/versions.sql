-- Product versions: from the release feed, and from crashes of versions that are in no feed.

CREATE OR REPLACE FUNCTION sunset(build_date date, release_channel text) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT build_date + 7 * CASE WHEN release_channel IN ('release', 'esr', 'unknown') THEN 18 ELSE 9 END
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
    INSERT INTO product_versions AS saved
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
        WHERE saved.source <> 'people' AND excluded.source IN ('builds', saved.source)
              AND (excluded.build_date < saved.build_date OR excluded.source <> saved.source);

    INSERT INTO product_versions AS saved
        (product, version, release_channel, release_version, beta_number, version_sort, build_date,
         sunset_date, rapid_beta_id, has_builds, source)
    SELECT new.product, new.version, new.release_channel, new.release_version,
           new.beta_number, version_sort(new.version), new.build_date,
           sunset(new.build_date, new.release_channel), parent.product_version_id,
           new.release_channel IN ('nightly', 'aurora'), new.source
    FROM new_versions AS new
    LEFT JOIN product_versions AS parent
        ON new.release_channel = 'beta' AND parent.is_rapid_beta
           AND parent.product = new.product AND parent.release_version = new.release_version
    ORDER BY new.product, new.version, new.release_channel
    ON CONFLICT (product, version, release_channel) DO UPDATE
        SET build_date = excluded.build_date, sunset_date = excluded.sunset_date,
            source = excluded.source
        WHERE saved.source <> 'people' AND excluded.source IN ('builds', saved.source)
              AND (excluded.build_date < saved.build_date OR excluded.source <> saved.source);
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN added;
END
$$;
COMMENT ON FUNCTION add_versions() IS
    'A step of update_product_versions() and match_versions(): reads new_versions; adds to '
    'product_versions what is new, and corrects what a feed knows better. Returns how many those were.';

-- Kept are builds whose version fits the channel: 142.0a1 on nightly, a2 or a beta on aurora, no
-- "a" on the others. Then counts that could not know the build are made again.
CREATE OR REPLACE FUNCTION update_product_versions() RETURNS integer
LANGUAGE plpgsql SET timezone = 'UTC' SET client_min_messages = warning AS $$
DECLARE
    added integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('update_product_versions'));
    DROP TABLE IF EXISTS pg_temp.feed_builds, pg_temp.new_versions, pg_temp.new_builds;
    CREATE TEMP TABLE feed_builds ON COMMIT DROP AS
    SELECT product, release_version, beta AS beta_number, channel AS release_channel, build_id,
           platform, repository, day,
           release_version || CASE WHEN channel = 'esr' THEN 'esr'
               WHEN channel IN ('beta', 'aurora') AND beta > 0 THEN 'b' || beta
               ELSE '' END AS version
    FROM (SELECT releases_raw.*, match_channel(release_channel) AS channel,
                 build_day(build_id) AS day,
                 regexp_replace(version, '(esr|b[0-9]+)$', '') AS release_version,
                 CASE WHEN beta_number > 0 THEN beta_number
                      ELSE coalesce(substring(version FROM 'b([0-9]{1,4})$')::smallint, 0)
                      END AS beta
          FROM releases_raw) AS feed
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
    FROM feed_builds GROUP BY product, version, release_channel, release_version;
    added := add_versions();

    CREATE TEMP TABLE new_builds (product_version_id integer, build_id text) ON COMMIT DROP;
    WITH added AS (
        INSERT INTO product_version_builds (product_version_id, build_id, platform, repository)
        SELECT product_version_id, build_id, platform, max(repository)
        FROM feed_builds JOIN product_versions USING (product, version, release_channel)
        GROUP BY product_version_id, build_id, platform
        ON CONFLICT (product_version_id, build_id, platform) DO NOTHING
        RETURNING product_version_id, build_id)
    INSERT INTO new_builds (product_version_id, build_id)
    SELECT DISTINCT product_version_id, build_id FROM added;
    PERFORM mark_new_builds();
    RETURN added;
END
$$;
COMMENT ON FUNCTION update_product_versions() IS
    'Bring product_versions and their builds up to releases_raw; returns how many versions are new '
    'or changed. Makes feed_builds, new_versions and new_builds for its steps.';

-- Betas need their build; others are counted without it as soon as they crash, unless count_settings say not to.
-- Two weeks back are enough for a feed that was down; older counts stay until they are rebuilt.
-- No nested loops: reports that just came have no statistics, and would be read for each build.
CREATE OR REPLACE FUNCTION mark_new_builds() RETURNS void
LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
    since timestamptz := date_trunc('day', now(), 'UTC') - interval '14 days';
BEGIN
    ANALYZE new_builds;
    DROP TABLE IF EXISTS pg_temp.reports_of_new_builds;
    CREATE TEMP TABLE reports_of_new_builds ON COMMIT DROP AS
    SELECT date_trunc('hour', submitted_at, 'UTC') AS hour, crash_id, submitted_at,
           reports.version <> versions.version AND versions.beta_number > 0
           AND reports.release_channel = versions.release_channel
           AND throttle_rule IS DISTINCT FROM 'fakedata' AS lacks_number
    FROM new_builds
    JOIN product_versions AS versions USING (product_version_id)
    JOIN reports ON reports.product = versions.product AND reports.build_id = new_builds.build_id
         AND reports.version IN (versions.version, versions.release_version)
    WHERE (versions.release_channel = 'beta' OR versions.beta_number > 0
           OR NOT (SELECT versions_from_reports FROM count_settings))
          AND submitted_at >= since
          AND submitted_at >= (build_day(new_builds.build_id) - 1)::timestamptz;
    INSERT INTO changed_hours (hour)
    SELECT DISTINCT hour FROM reports_of_new_builds
    ORDER BY hour
    ON CONFLICT (hour) DO NOTHING;
    INSERT INTO jobs (crash_id, ruleset, priority)
    SELECT crash_id, 'beta_version', -1  -- LOW, and a ruleset, of socorro.jobs
    FROM (SELECT DISTINCT crash_id, submitted_at FROM reports_of_new_builds
          WHERE lacks_number) AS betas
    ORDER BY submitted_at DESC, crash_id
    ON CONFLICT (crash_id) DO NOTHING;
    PERFORM update_adi(day, false)
    FROM (SELECT DISTINCT day FROM adi_raw
          WHERE day >= since::date
                AND product IN (SELECT product FROM new_builds
                                JOIN product_versions USING (product_version_id))) AS days;
END
$$;
COMMENT ON FUNCTION mark_new_builds() IS
    'A step of update_product_versions(): reads new_builds; marks the hours of their reports in '
    'changed_hours, queues those of betas that lack their number (makes reports_of_new_builds for '
    'both), and sums the installs of their products again.';

-- Rows that an earlier version_sort() made sort as today's does.
UPDATE product_versions SET version_sort = version_sort(version)
WHERE version_sort <> version_sort(version);
