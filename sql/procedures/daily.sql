-- The daily tables: day_changes of count_span.sql is added to them, one day at a time.
-- A crash counts for its version and, where there are any, for its rapid betas together.

CREATE OR REPLACE FUNCTION add_to_days(of_day date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    ANALYZE day_changes;  -- for whole days of millions; an hour gains nothing measurable
    CREATE TEMP VIEW day_measures AS
    SELECT product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, reports,
           estimated,
           -- numbers as in operating_systems and crash_types
           CASE WHEN os = 1 THEN reports ELSE 0 END AS win,
           CASE WHEN os = 2 THEN reports ELSE 0 END AS mac,
           CASE WHEN os = 3 THEN reports ELSE 0 END AS lin,
           CASE WHEN os = 4 THEN reports ELSE 0 END AS android,
           CASE WHEN crash_type IN (1, 3) THEN reports ELSE 0 END AS browser,
           CASE WHEN crash_type IN (2, 4) THEN reports ELSE 0 END AS plugin,
           CASE WHEN crash_type = 5 THEN reports ELSE 0 END AS content,
           CASE WHEN hang THEN reports ELSE 0 END AS hang,
           CASE WHEN startup THEN reports ELSE 0 END AS startup
    FROM day_changes;
    PERFORM sum_installs(of_day);
    PERFORM add_top_crashers(of_day), add_top_crashers_build(of_day);
    PERFORM add_crash_counts(of_day), add_crash_counts_build(of_day);
    PERFORM add_install_counts(of_day), add_install_counts_build(of_day);
    IF EXISTS (SELECT FROM earliest_removed) THEN
        PERFORM drop_empty(of_day);
    END IF;
    PERFORM stale_rankings(of_day, changed_versions());
END
$$;
COMMENT ON FUNCTION add_to_days(date) IS
    'A step of count_span(): reads day_changes (through its view day_measures) and day_installs; adds '
    'them to the six daily tables and marks the rankings of the day.';

CREATE OR REPLACE FUNCTION changed_versions() RETURNS integer[]
LANGUAGE plpgsql AS $$
BEGIN
    RETURN ARRAY(
        SELECT product_version_id FROM day_changes UNION SELECT rapid_beta_id FROM day_changes);
END
$$;
COMMENT ON FUNCTION changed_versions() IS
    'A step of count_span(): the versions that day_changes touches, rapid betas together too.';

CREATE OR REPLACE FUNCTION add_top_crashers(of_day date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO top_crashers AS counted
        (product_version_id, day, signature_id, reports, estimated, win, mac, lin, android,
         browser, plugin, content, hang, startup, installs, win_installs, mac_installs,
         lin_installs, android_installs, squares)
    SELECT counts_for, of_day, signature_id, summed.reports, summed.estimated, summed.win,
           summed.mac, summed.lin, summed.android, summed.browser, summed.plugin, summed.content,
           summed.hang, summed.startup, installs, win_installs, mac_installs, lin_installs,
           android_installs, squares
    FROM (SELECT counts_for, signature_id, sum(reports) AS reports, sum(estimated) AS estimated,
                 sum(win) AS win, sum(mac) AS mac, sum(lin) AS lin, sum(android) AS android,
                 sum(browser) AS browser, sum(plugin) AS plugin, sum(content) AS content,
                 sum(hang) AS hang, sum(startup) AS startup
          FROM day_measures
          CROSS JOIN LATERAL (VALUES (product_version_id), (rapid_beta_id)) AS versions (counts_for)
          WHERE counts_for IS NOT NULL
          GROUP BY counts_for, signature_id) AS summed
    JOIN signature_installs USING (counts_for, signature_id)
    ON CONFLICT (product_version_id, day, signature_id) DO UPDATE SET
        reports = counted.reports + excluded.reports,
        estimated = counted.estimated + excluded.estimated,
        win = counted.win + excluded.win, mac = counted.mac + excluded.mac,
        lin = counted.lin + excluded.lin, android = counted.android + excluded.android,
        browser = counted.browser + excluded.browser, plugin = counted.plugin + excluded.plugin,
        content = counted.content + excluded.content, hang = counted.hang + excluded.hang,
        startup = counted.startup + excluded.startup,
        installs = counted.installs + excluded.installs,
        win_installs = counted.win_installs + excluded.win_installs,
        mac_installs = counted.mac_installs + excluded.mac_installs,
        lin_installs = counted.lin_installs + excluded.lin_installs,
        android_installs = counted.android_installs + excluded.android_installs,
        squares = counted.squares + excluded.squares;
END
$$;
COMMENT ON FUNCTION add_top_crashers(date) IS
    'A step of count_span(): adds day_measures and signature_installs to top_crashers.';

CREATE OR REPLACE FUNCTION add_top_crashers_build(of_day date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO top_crashers_build AS counted
        (product_version_id, build_day, day, signature_id, reports, estimated, win, mac, lin,
         android, browser, plugin, content, hang, startup, installs, win_installs, mac_installs,
         lin_installs, android_installs, squares)
    SELECT build_version_id, build_day, of_day, signature_id, summed.reports, summed.estimated,
           summed.win, summed.mac, summed.lin, summed.android, summed.browser, summed.plugin,
           summed.content, summed.hang, summed.startup, installs, win_installs, mac_installs,
           lin_installs, android_installs, squares
    FROM (SELECT build_version_id, build_day, signature_id, sum(reports) AS reports,
                 sum(estimated) AS estimated, sum(win) AS win, sum(mac) AS mac, sum(lin) AS lin,
                 sum(android) AS android, sum(browser) AS browser, sum(plugin) AS plugin,
                 sum(content) AS content, sum(hang) AS hang, sum(startup) AS startup
          FROM day_measures
          WHERE build_version_id IS NOT NULL AND build_day BETWEEN of_day - 6 AND of_day
          GROUP BY build_version_id, build_day, signature_id) AS summed
    JOIN build_installs USING (build_version_id, build_day, signature_id)
    ON CONFLICT (product_version_id, build_day, day, signature_id) DO UPDATE SET
        reports = counted.reports + excluded.reports,
        estimated = counted.estimated + excluded.estimated,
        win = counted.win + excluded.win, mac = counted.mac + excluded.mac,
        lin = counted.lin + excluded.lin, android = counted.android + excluded.android,
        browser = counted.browser + excluded.browser, plugin = counted.plugin + excluded.plugin,
        content = counted.content + excluded.content, hang = counted.hang + excluded.hang,
        startup = counted.startup + excluded.startup,
        installs = counted.installs + excluded.installs,
        win_installs = counted.win_installs + excluded.win_installs,
        mac_installs = counted.mac_installs + excluded.mac_installs,
        lin_installs = counted.lin_installs + excluded.lin_installs,
        android_installs = counted.android_installs + excluded.android_installs,
        squares = counted.squares + excluded.squares;
END
$$;
COMMENT ON FUNCTION add_top_crashers_build(date) IS
    'A step of count_span(): adds day_measures and build_installs to top_crashers_build.';

CREATE OR REPLACE FUNCTION add_crash_counts(of_day date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO crash_counts AS counted
        (product_version_id, day, os, crash_type, reports, estimated)
    SELECT counts_for, of_day, os, crash_type, sum(reports), sum(estimated)
    FROM day_changes
    CROSS JOIN LATERAL (VALUES (product_version_id), (rapid_beta_id)) AS versions (counts_for)
    WHERE counts_for IS NOT NULL
    GROUP BY counts_for, os, crash_type
    ON CONFLICT (product_version_id, day, os, crash_type) DO UPDATE SET
        reports = counted.reports + excluded.reports,
        estimated = counted.estimated + excluded.estimated;
END
$$;
COMMENT ON FUNCTION add_crash_counts(date) IS
    'A step of count_span(): adds day_changes to crash_counts.';

CREATE OR REPLACE FUNCTION add_crash_counts_build(of_day date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO crash_counts_build AS counted
        (product_version_id, build_day, day, os, crash_type, reports, estimated)
    SELECT build_version_id, build_day, of_day, os, crash_type, sum(reports), sum(estimated)
    FROM day_changes
    WHERE build_version_id IS NOT NULL AND build_day BETWEEN of_day - 14 AND of_day
    GROUP BY build_version_id, build_day, os, crash_type
    ON CONFLICT (product_version_id, build_day, day, os, crash_type) DO UPDATE SET
        reports = counted.reports + excluded.reports,
        estimated = counted.estimated + excluded.estimated;
END
$$;
COMMENT ON FUNCTION add_crash_counts_build(date) IS
    'A step of count_span(): adds day_changes to crash_counts_build.';

CREATE OR REPLACE FUNCTION drop_empty(of_day date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    versions integer[] := changed_versions();
BEGIN
    DELETE FROM top_crashers
    WHERE product_version_id = ANY(versions) AND day = of_day AND reports = 0;
    DELETE FROM crash_counts
    WHERE product_version_id = ANY(versions) AND day = of_day AND reports = 0;
    DELETE FROM top_crashers_build WHERE day = of_day AND reports = 0;
    DELETE FROM crash_counts_build WHERE day = of_day AND reports = 0;
    DELETE FROM install_counts
    WHERE product_version_id = ANY(versions) AND day = of_day AND installs = 0;
    DELETE FROM install_counts_build WHERE day = of_day AND installs = 0;
END
$$;
COMMENT ON FUNCTION drop_empty(date) IS
    'A step of count_span(): deletes the rows of a day in the daily tables that count nothing now.';

CREATE OR REPLACE FUNCTION forget_day(of_day date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    versions integer[] := ARRAY(SELECT product_version_id FROM product_versions);
BEGIN
    PERFORM stale_rankings(of_day, versions);
    DELETE FROM top_crashers WHERE product_version_id = ANY(versions) AND day = of_day;
    DELETE FROM crash_counts WHERE product_version_id = ANY(versions) AND day = of_day;
    DELETE FROM top_crashers_build WHERE day = of_day;
    DELETE FROM crash_counts_build WHERE day = of_day;
    DELETE FROM install_counts WHERE product_version_id = ANY(versions) AND day = of_day;
    DELETE FROM install_counts_build WHERE day = of_day;
END
$$;
COMMENT ON FUNCTION forget_day(date) IS
    'A step of count_span(): deletes a day from the daily tables, to be counted from scratch.';
