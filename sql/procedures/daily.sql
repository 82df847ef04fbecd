-- The daily tables: adding what span_moves has, one day at a time (steps of count_span).

CREATE OR REPLACE FUNCTION add_top_crashers(today date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO top_crashers AS was
        (product_version_id, day, signature_id, reports, estimated, win, mac, lin, android,
         browser, plugin, content, hang, startup)
    SELECT id, today, signature_id, sum(sign), sum(sign * estimated),
           coalesce(sum(sign) FILTER (WHERE os = 1), 0),
           coalesce(sum(sign) FILTER (WHERE os = 2), 0),
           coalesce(sum(sign) FILTER (WHERE os = 3), 0),
           coalesce(sum(sign) FILTER (WHERE os = 4), 0),
           coalesce(sum(sign) FILTER (WHERE crash_type IN (1, 3)), 0),
           coalesce(sum(sign) FILTER (WHERE crash_type IN (2, 4)), 0),
           coalesce(sum(sign) FILTER (WHERE crash_type = 5), 0),
           coalesce(sum(sign) FILTER (WHERE hang_id IS NOT NULL), 0),
           coalesce(sum(sign) FILTER (WHERE uptime_level = 1), 0)
    FROM (SELECT product_version_id AS id, sign, estimated, signature_id, os, crash_type, hang_id,
                 uptime_level
          FROM span_moves
          UNION ALL
          SELECT rapid_beta_id, sign, estimated, signature_id, os, crash_type, hang_id,
                 uptime_level
          FROM span_moves WHERE rapid_beta_id IS NOT NULL) AS moves
    GROUP BY id, signature_id
    ON CONFLICT (product_version_id, day, signature_id) DO UPDATE SET
        reports = was.reports + excluded.reports,
        estimated = was.estimated + excluded.estimated,
        win = was.win + excluded.win, mac = was.mac + excluded.mac,
        lin = was.lin + excluded.lin, android = was.android + excluded.android,
        browser = was.browser + excluded.browser, plugin = was.plugin + excluded.plugin,
        content = was.content + excluded.content, hang = was.hang + excluded.hang,
        startup = was.startup + excluded.startup;
    DELETE FROM top_crashers AS now
    USING (SELECT product_version_id AS id, signature_id FROM span_moves WHERE sign = -1
           UNION SELECT rapid_beta_id, signature_id FROM span_moves WHERE sign = -1) AS gone
    WHERE (now.product_version_id, now.day, now.signature_id) = (gone.id, today, gone.signature_id)
          AND reports = 0;
END
$$;
COMMENT ON FUNCTION add_top_crashers(date) IS 'A step of count_span().';

CREATE OR REPLACE FUNCTION add_top_crashers_build(today date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO top_crashers_build AS was
        (product_version_id, build_day, day, signature_id, reports, estimated, win, mac, lin,
         android, browser, plugin, content, hang, startup)
    SELECT build_version_id, build_day, today, signature_id, sum(sign), sum(sign * estimated),
           coalesce(sum(sign) FILTER (WHERE os = 1), 0),
           coalesce(sum(sign) FILTER (WHERE os = 2), 0),
           coalesce(sum(sign) FILTER (WHERE os = 3), 0),
           coalesce(sum(sign) FILTER (WHERE os = 4), 0),
           coalesce(sum(sign) FILTER (WHERE crash_type IN (1, 3)), 0),
           coalesce(sum(sign) FILTER (WHERE crash_type IN (2, 4)), 0),
           coalesce(sum(sign) FILTER (WHERE crash_type = 5), 0),
           coalesce(sum(sign) FILTER (WHERE hang_id IS NOT NULL), 0),
           coalesce(sum(sign) FILTER (WHERE uptime_level = 1), 0)
    FROM span_moves
    WHERE build_version_id IS NOT NULL AND build_day BETWEEN today - 6 AND today
    GROUP BY build_version_id, build_day, signature_id
    ON CONFLICT (product_version_id, build_day, day, signature_id) DO UPDATE SET
        reports = was.reports + excluded.reports,
        estimated = was.estimated + excluded.estimated,
        win = was.win + excluded.win, mac = was.mac + excluded.mac,
        lin = was.lin + excluded.lin, android = was.android + excluded.android,
        browser = was.browser + excluded.browser, plugin = was.plugin + excluded.plugin,
        content = was.content + excluded.content, hang = was.hang + excluded.hang,
        startup = was.startup + excluded.startup;
    DELETE FROM top_crashers_build AS now
    USING (SELECT DISTINCT build_version_id, build_day, signature_id
           FROM span_moves WHERE sign = -1) AS gone
    WHERE (now.product_version_id, now.build_day, now.day, now.signature_id)
        = (gone.build_version_id, gone.build_day, today, gone.signature_id)
          AND reports = 0;
END
$$;
COMMENT ON FUNCTION add_top_crashers_build(date) IS 'A step of count_span().';

CREATE OR REPLACE FUNCTION add_crash_counts(today date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO crash_counts AS was
        (product_version_id, day, os, crash_type, reports, estimated)
    SELECT id, today, os, crash_type, sum(sign), sum(sign * estimated)
    FROM (SELECT product_version_id AS id, sign, estimated, os, crash_type FROM span_moves
          UNION ALL
          SELECT rapid_beta_id, sign, estimated, os, crash_type
          FROM span_moves WHERE rapid_beta_id IS NOT NULL) AS moves
    GROUP BY id, os, crash_type
    ON CONFLICT (product_version_id, day, os, crash_type) DO UPDATE SET
        reports = was.reports + excluded.reports,
        estimated = was.estimated + excluded.estimated;
    DELETE FROM crash_counts AS now
    USING (SELECT DISTINCT unnest(ARRAY[product_version_id, rapid_beta_id]) AS id
           FROM span_moves WHERE sign = -1) AS gone
    WHERE now.product_version_id = gone.id AND now.day = today AND now.reports = 0;
END
$$;
COMMENT ON FUNCTION add_crash_counts(date) IS 'A step of count_span().';

CREATE OR REPLACE FUNCTION add_crash_counts_build(today date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO crash_counts_build AS was
        (product_version_id, build_day, day, os, crash_type, reports, estimated)
    SELECT build_version_id, build_day, today, os, crash_type, sum(sign), sum(sign * estimated)
    FROM span_moves
    WHERE build_version_id IS NOT NULL AND build_day BETWEEN today - 14 AND today
    GROUP BY build_version_id, build_day, os, crash_type
    ON CONFLICT (product_version_id, build_day, day, os, crash_type) DO UPDATE SET
        reports = was.reports + excluded.reports,
        estimated = was.estimated + excluded.estimated;
    DELETE FROM crash_counts_build AS now
    USING (SELECT DISTINCT build_version_id, build_day FROM span_moves WHERE sign = -1) AS gone
    WHERE (now.product_version_id, now.build_day, now.day)
        = (gone.build_version_id, gone.build_day, today) AND now.reports = 0;
END
$$;
COMMENT ON FUNCTION add_crash_counts_build(date) IS 'A step of count_span().';

CREATE OR REPLACE FUNCTION forget_day(today date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    versions integer[] := ARRAY(SELECT product_version_id FROM product_versions);
BEGIN
    PERFORM stale_rankings(today, versions);
    DELETE FROM top_crashers WHERE product_version_id = ANY(versions) AND day = today;
    DELETE FROM crash_counts WHERE product_version_id = ANY(versions) AND day = today;
    DELETE FROM top_crashers_build WHERE day = today;
    DELETE FROM crash_counts_build WHERE day = today;
END
$$;
COMMENT ON FUNCTION forget_day(date) IS 'A step of count_span(): the day is counted from scratch.';
