-- Different installs that crashed on a day: the part of count_span() that is no plain sum.
--
-- An install is an install time on one system. Whether a crash adds one depends on the other crashes
-- of that day, so these are looked up in reports_clean by the install times of what changed: as many
-- index look-ups as reports changed, never more rows than the day has.
-- 100,000 new reports of an hour take 2.4 s with it and 1.0 without (2.7 when they are looked up after
-- they were saved); a day of 300,000: 4.5 and 2.4.
--
-- table               columns                               made by               read by
-- ------------------- ------------------------------------- --------------------- ---------------------
-- day_installs        what daily tables group by, and       make_span_tables,     sum_installs,
--                     install_time; changed, estimated_     add_install_changes,  add_install_counts,
--                     changed, squares_changed: what was    read_installs         add_install_counts_build
--                     added less what was taken away;
--                     before, estimated_before: reports of
--                     these installs that were counted on
--                     the day before that; is_changed: the
--                     row is a change
-- signature_installs  counts_for, signature_id, installs    sum_installs          add_top_crashers
--                     (by system too), squares: differences
-- build_installs      build_version_id, build_day,          sum_installs          add_top_crashers_build
--                     signature_id, and the same

CREATE OR REPLACE FUNCTION add_install_changes() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO day_installs
        (product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, os,
         install_time, changed, estimated_changed, squares_changed, before, estimated_before,
         is_changed)
    SELECT product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, os,
           install_time, sum(sign), sum(sign * estimated), sum(sign * estimated * estimated), 0, 0,
           true
    FROM changes_of_hour
    GROUP BY product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, os,
             install_time;
END
$$;
COMMENT ON FUNCTION add_install_changes() IS
    'A step of count_span(): reads changes_of_hour; adds it to day_installs.';

-- Before reports_clean changes, and so only for a span of one hour: most installs of an hour have no
-- other crash on its day, and then there is no row to read, nor one more to sum.
-- Each install is looked up in an index, whatever the planner thinks of a week that has just begun
-- and has no statistics yet: OFFSET keeps the look-up apart. A join took minutes for 100,000 reports.
-- An install that sent all crashes of a day is one look-up.
CREATE OR REPLACE FUNCTION read_installs(of_day date) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
    INSERT INTO day_installs
        (product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, os,
         install_time, changed, estimated_changed, squares_changed, before, estimated_before,
         is_changed)
    SELECT product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, os,
           install_time, 0, 0, 0, before, estimated_before, false
    FROM (SELECT DISTINCT install_time FROM day_installs WHERE install_time IS NOT NULL) AS changes
    CROSS JOIN LATERAL (
        SELECT product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, os,
               count(*) AS before, sum(estimated) AS estimated_before
        FROM reports_clean
        WHERE reports_clean.install_time = changes.install_time
              AND submitted_at >= of_day::timestamp AT TIME ZONE 'UTC'
              AND submitted_at < (of_day + 1)::timestamp AT TIME ZONE 'UTC'
        GROUP BY product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, os
        OFFSET 0
    ) AS crashes;
END
$$;
COMMENT ON FUNCTION read_installs(date) IS
    'A step of count_span(): reads day_installs and reports_clean, as it was counted before; adds to '
    'day_installs.';

CREATE OR REPLACE FUNCTION sum_installs(of_day date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    ANALYZE day_installs;
    DROP TABLE IF EXISTS pg_temp.signature_installs, pg_temp.build_installs;
    CREATE TEMP TABLE signature_installs ON COMMIT DROP AS
    SELECT counts_for, signature_id, sum(installs) AS installs,
           coalesce(sum(installs) FILTER (WHERE os = 1), 0) AS win_installs,
           coalesce(sum(installs) FILTER (WHERE os = 2), 0) AS mac_installs,
           coalesce(sum(installs) FILTER (WHERE os = 3), 0) AS lin_installs,
           coalesce(sum(installs) FILTER (WHERE os = 4), 0) AS android_installs,
           sum(squares) AS squares
    FROM (SELECT counts_for, signature_id, os,
                 changed_installs(install_time, sum(before), sum(changed)) AS installs,
                 changed_squares(install_time, sum(estimated_before), sum(estimated_changed),
                                 sum(squares_changed)) AS squares
          FROM day_installs
          CROSS JOIN LATERAL (VALUES (product_version_id), (rapid_beta_id)) AS versions (counts_for)
          WHERE counts_for IS NOT NULL
          GROUP BY counts_for, signature_id, os, install_time) AS by_install
    GROUP BY counts_for, signature_id;
    CREATE TEMP TABLE build_installs ON COMMIT DROP AS
    SELECT build_version_id, build_day, signature_id, sum(installs) AS installs,
           coalesce(sum(installs) FILTER (WHERE os = 1), 0) AS win_installs,
           coalesce(sum(installs) FILTER (WHERE os = 2), 0) AS mac_installs,
           coalesce(sum(installs) FILTER (WHERE os = 3), 0) AS lin_installs,
           coalesce(sum(installs) FILTER (WHERE os = 4), 0) AS android_installs,
           sum(squares) AS squares
    FROM (SELECT build_version_id, build_day, signature_id, os,
                 changed_installs(install_time, sum(before), sum(changed)) AS installs,
                 changed_squares(install_time, sum(estimated_before), sum(estimated_changed),
                                 sum(squares_changed)) AS squares
          FROM day_installs
          WHERE build_version_id IS NOT NULL AND build_day BETWEEN of_day - 6 AND of_day
          GROUP BY build_version_id, build_day, signature_id, os, install_time) AS by_install
    GROUP BY build_version_id, build_day, signature_id;
END
$$;
COMMENT ON FUNCTION sum_installs(date) IS
    'A step of count_span(): reads day_installs; makes signature_installs and build_installs.';

CREATE OR REPLACE FUNCTION changed_installs(install_time bigint, before bigint, changed bigint)
RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN install_time IS NULL THEN changed
                ELSE (before + changed > 0)::int - (before > 0)::int END
$$;
COMMENT ON FUNCTION changed_installs(bigint, bigint, bigint) IS
    'By how much an install changes a number of installs: so many of its reports were there before, '
    'and so many came. Without install time each report is an install.';

CREATE OR REPLACE FUNCTION changed_squares(
    install_time bigint, estimated_before double precision, estimated_changed double precision,
    squares_changed double precision)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN install_time IS NULL THEN squares_changed
                ELSE estimated_changed * (2 * estimated_before + estimated_changed) END
$$;
COMMENT ON FUNCTION changed_squares(bigint, double precision, double precision, double precision) IS
    'By how much an install changes a sum of squares of estimated crashes: now^2 - before^2.';

CREATE OR REPLACE FUNCTION add_install_counts(of_day date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO install_counts AS counted
        (product_version_id, day, os, installs, without_time, squares)
    SELECT counts_for, of_day, os, sum(installs), sum(without_time), sum(squares)
    FROM (SELECT counts_for, os, bool_or(is_changed) AS is_changed,
                 changed_installs(install_time, sum(before), sum(changed)) AS installs,
                 CASE WHEN install_time IS NULL THEN sum(changed) ELSE 0 END AS without_time,
                 changed_squares(install_time, sum(estimated_before), sum(estimated_changed),
                                 sum(squares_changed)) AS squares
          FROM day_installs
          CROSS JOIN LATERAL (VALUES (product_version_id), (rapid_beta_id)) AS versions (counts_for)
          WHERE counts_for IS NOT NULL
          GROUP BY counts_for, os, install_time) AS by_install
    WHERE is_changed
    GROUP BY counts_for, os
    ON CONFLICT (product_version_id, day, os) DO UPDATE SET
        installs = counted.installs + excluded.installs,
        without_time = counted.without_time + excluded.without_time,
        squares = counted.squares + excluded.squares;
END
$$;
COMMENT ON FUNCTION add_install_counts(date) IS
    'A step of count_span(): adds day_installs to install_counts.';

CREATE OR REPLACE FUNCTION add_install_counts_build(of_day date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO install_counts_build AS counted
        (product_version_id, build_day, day, os, installs, without_time, squares)
    SELECT build_version_id, build_day, of_day, os, sum(installs), sum(without_time), sum(squares)
    FROM (SELECT build_version_id, build_day, os, bool_or(is_changed) AS is_changed,
                 changed_installs(install_time, sum(before), sum(changed)) AS installs,
                 CASE WHEN install_time IS NULL THEN sum(changed) ELSE 0 END AS without_time,
                 changed_squares(install_time, sum(estimated_before), sum(estimated_changed),
                                 sum(squares_changed)) AS squares
          FROM day_installs
          WHERE build_version_id IS NOT NULL AND build_day BETWEEN of_day - 14 AND of_day
          GROUP BY build_version_id, build_day, os, install_time) AS by_install
    WHERE is_changed
    GROUP BY build_version_id, build_day, os
    ON CONFLICT (product_version_id, build_day, day, os) DO UPDATE SET
        installs = counted.installs + excluded.installs,
        without_time = counted.without_time + excluded.without_time,
        squares = counted.squares + excluded.squares;
END
$$;
COMMENT ON FUNCTION add_install_counts_build(date) IS
    'A step of count_span(): adds day_installs to install_counts_build.';
