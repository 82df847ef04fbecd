-- The daily tables: adding what span_cube has, one day at a time (steps of count_span).

CREATE OR REPLACE FUNCTION add_to_days(today date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    ANALYZE span_cube;
    CREATE TEMP VIEW span_measures AS
    SELECT product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, reports,
           estimated,
           CASE WHEN os = 1 THEN reports ELSE 0 END AS win,
           CASE WHEN os = 2 THEN reports ELSE 0 END AS mac,
           CASE WHEN os = 3 THEN reports ELSE 0 END AS lin,
           CASE WHEN os = 4 THEN reports ELSE 0 END AS android,
           CASE WHEN crash_type IN (1, 3) THEN reports ELSE 0 END AS browser,
           CASE WHEN crash_type IN (2, 4) THEN reports ELSE 0 END AS plugin,
           CASE WHEN crash_type = 5 THEN reports ELSE 0 END AS content,
           CASE WHEN hang THEN reports ELSE 0 END AS hang,
           CASE WHEN startup THEN reports ELSE 0 END AS startup
    FROM span_cube;
    PERFORM add_top_crashers(today), add_top_crashers_build(today);
    PERFORM add_crash_counts(today), add_crash_counts_build(today);
    IF EXISTS (SELECT FROM span_gone) THEN
        PERFORM drop_empty(today);
    END IF;
    PERFORM stale_rankings(today, versions_moved());
END
$$;
COMMENT ON FUNCTION add_to_days(date) IS 'A step of count_span().';

CREATE OR REPLACE FUNCTION versions_moved() RETURNS integer[]
LANGUAGE plpgsql AS $$
BEGIN
    RETURN ARRAY(
        SELECT product_version_id FROM span_cube UNION SELECT rapid_beta_id FROM span_cube);
END
$$;
COMMENT ON FUNCTION versions_moved() IS 'A step of count_span(): whose daily rows it adds to.';

CREATE OR REPLACE FUNCTION add_top_crashers(today date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO top_crashers AS was
        (product_version_id, day, signature_id, reports, estimated, win, mac, lin, android,
         browser, plugin, content, hang, startup)
    SELECT id, today, signature_id, sum(reports), sum(estimated), sum(win), sum(mac), sum(lin),
           sum(android), sum(browser), sum(plugin), sum(content), sum(hang), sum(startup)
    FROM (SELECT product_version_id AS id, * FROM span_measures
          UNION ALL
          SELECT rapid_beta_id, * FROM span_measures WHERE rapid_beta_id IS NOT NULL) AS moves
    GROUP BY id, signature_id
    ON CONFLICT (product_version_id, day, signature_id) DO UPDATE SET
        reports = was.reports + excluded.reports,
        estimated = was.estimated + excluded.estimated,
        win = was.win + excluded.win, mac = was.mac + excluded.mac,
        lin = was.lin + excluded.lin, android = was.android + excluded.android,
        browser = was.browser + excluded.browser, plugin = was.plugin + excluded.plugin,
        content = was.content + excluded.content, hang = was.hang + excluded.hang,
        startup = was.startup + excluded.startup;
END
$$;
COMMENT ON FUNCTION add_top_crashers(date) IS 'A step of count_span().';

CREATE OR REPLACE FUNCTION add_top_crashers_build(today date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO top_crashers_build AS was
        (product_version_id, build_day, day, signature_id, reports, estimated, win, mac, lin,
         android, browser, plugin, content, hang, startup)
    SELECT build_version_id, build_day, today, signature_id, sum(reports), sum(estimated),
           sum(win), sum(mac), sum(lin), sum(android), sum(browser), sum(plugin), sum(content),
           sum(hang), sum(startup)
    FROM span_measures
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
END
$$;
COMMENT ON FUNCTION add_top_crashers_build(date) IS 'A step of count_span().';

CREATE OR REPLACE FUNCTION add_crash_counts(today date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO crash_counts AS was
        (product_version_id, day, os, crash_type, reports, estimated)
    SELECT id, today, os, crash_type, sum(reports), sum(estimated)
    FROM (SELECT product_version_id AS id, * FROM span_cube
          UNION ALL
          SELECT rapid_beta_id, * FROM span_cube WHERE rapid_beta_id IS NOT NULL) AS moves
    GROUP BY id, os, crash_type
    ON CONFLICT (product_version_id, day, os, crash_type) DO UPDATE SET
        reports = was.reports + excluded.reports,
        estimated = was.estimated + excluded.estimated;
END
$$;
COMMENT ON FUNCTION add_crash_counts(date) IS 'A step of count_span().';

CREATE OR REPLACE FUNCTION add_crash_counts_build(today date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO crash_counts_build AS was
        (product_version_id, build_day, day, os, crash_type, reports, estimated)
    SELECT build_version_id, build_day, today, os, crash_type, sum(reports), sum(estimated)
    FROM span_cube
    WHERE build_version_id IS NOT NULL AND build_day BETWEEN today - 14 AND today
    GROUP BY build_version_id, build_day, os, crash_type
    ON CONFLICT (product_version_id, build_day, day, os, crash_type) DO UPDATE SET
        reports = was.reports + excluded.reports,
        estimated = was.estimated + excluded.estimated;
END
$$;
COMMENT ON FUNCTION add_crash_counts_build(date) IS 'A step of count_span().';

CREATE OR REPLACE FUNCTION drop_empty(today date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    versions integer[] := versions_moved();
BEGIN
    DELETE FROM top_crashers
    WHERE product_version_id = ANY(versions) AND day = today AND reports = 0;
    DELETE FROM crash_counts
    WHERE product_version_id = ANY(versions) AND day = today AND reports = 0;
    DELETE FROM top_crashers_build WHERE day = today AND reports = 0;
    DELETE FROM crash_counts_build WHERE day = today AND reports = 0;
END
$$;
COMMENT ON FUNCTION drop_empty(date) IS 'A step of count_span(): rows that nothing is left of.';

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
