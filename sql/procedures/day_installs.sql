-- Different installs that crashed on a day: the part of count_span() that is no plain sum.
--
-- An install is an install time on one system. Whether a crash adds one depends on the other crashes
-- of that day, so these are looked up in reports_clean by the install times of what changed: as many
-- index look-ups as reports changed, never more rows than the day has.
-- 100,000 new reports of an hour take 2.7 s with it and 1.0 without; a day of 300,000: 4.5 and 2.4.
--
-- table               columns                               made by               read by
-- ------------------- ------------------------------------- --------------------- ---------------------
-- install_changes     what daily tables group by, and       make_span_tables,     read_installs
--                     install_time; changed, estimated_     add_install_changes
--                     changed, squares_changed: what was
--                     added less what was taken away
-- day_installs        the same for all crashes of the day   read_installs         sum_installs,
--                     of these installs: is_now (reports),                        add_install_counts,
--                     estimated_now, what changed; is_changed                     add_install_counts_build
-- signature_installs  counts_for, signature_id, installs    sum_installs          add_top_crashers
--                     (by system too), squares: differences
-- build_installs      build_version_id, build_day,          sum_installs          add_top_crashers_build
--                     signature_id, and the same

CREATE OR REPLACE FUNCTION add_install_changes() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO install_changes
        (product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, os,
         install_time, changed, estimated_changed, squares_changed)
    SELECT product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, os,
           install_time, sum(sign), sum(sign * estimated), sum(sign * estimated * estimated)
    FROM changes_of_hour
    GROUP BY product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, os,
             install_time;
END
$$;
COMMENT ON FUNCTION add_install_changes() IS
    'A step of count_span(): reads changes_of_hour; adds it to install_changes.';

-- Each install is looked up in an index, whatever the planner thinks of a week that has just begun
-- and has no statistics yet: OFFSET keeps the look-up apart. A join took minutes for 100,000 reports.
-- An install that sent all crashes of a day is one look-up.
CREATE OR REPLACE FUNCTION read_installs(of_day date, again boolean) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.day_installs CASCADE;
    CREATE TEMP TABLE day_installs ON COMMIT DROP AS
    SELECT *, CASE WHEN again THEN changed ELSE 0 END AS is_now,
           CASE WHEN again THEN estimated_changed ELSE 0 END AS estimated_now, true AS is_changed
    FROM install_changes;
    IF NOT again THEN
        INSERT INTO day_installs
        SELECT product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, os,
               install_time, 0, 0, 0, is_now, estimated_now, false
        FROM (SELECT DISTINCT install_time FROM install_changes
              WHERE install_time IS NOT NULL) AS changes
        CROSS JOIN LATERAL (
            SELECT product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, os,
                   count(*) AS is_now, sum(estimated) AS estimated_now
            FROM reports_clean
            WHERE reports_clean.install_time = changes.install_time
                  AND submitted_at >= of_day::timestamp AT TIME ZONE 'UTC'
                  AND submitted_at < (of_day + 1)::timestamp AT TIME ZONE 'UTC'
            GROUP BY product_version_id, rapid_beta_id, build_version_id, build_day, signature_id, os
            OFFSET 0
        ) AS crashes;
    END IF;
    ANALYZE day_installs;
END
$$;
COMMENT ON FUNCTION read_installs(date, boolean) IS
    'A step of count_span(): reads install_changes and reports_clean; makes day_installs.';

CREATE OR REPLACE FUNCTION sum_installs(of_day date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.signature_installs, pg_temp.build_installs;
    CREATE TEMP TABLE signature_installs ON COMMIT DROP AS
    SELECT counts_for, signature_id, sum(installs) AS installs,
           coalesce(sum(installs) FILTER (WHERE os = 1), 0) AS win_installs,
           coalesce(sum(installs) FILTER (WHERE os = 2), 0) AS mac_installs,
           coalesce(sum(installs) FILTER (WHERE os = 3), 0) AS lin_installs,
           coalesce(sum(installs) FILTER (WHERE os = 4), 0) AS android_installs,
           sum(squares) AS squares
    FROM (SELECT counts_for, signature_id, os,
                 changed_installs(install_time, sum(is_now), sum(changed)) AS installs,
                 changed_squares(install_time, sum(estimated_now), sum(estimated_changed),
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
                 changed_installs(install_time, sum(is_now), sum(changed)) AS installs,
                 changed_squares(install_time, sum(estimated_now), sum(estimated_changed),
                                 sum(squares_changed)) AS squares
          FROM day_installs
          WHERE build_version_id IS NOT NULL AND build_day BETWEEN of_day - 6 AND of_day
          GROUP BY build_version_id, build_day, signature_id, os, install_time) AS by_install
    GROUP BY build_version_id, build_day, signature_id;
END
$$;
COMMENT ON FUNCTION sum_installs(date) IS
    'A step of count_span(): reads day_installs; makes signature_installs and build_installs.';

CREATE OR REPLACE FUNCTION changed_installs(install_time bigint, is_now bigint, changed bigint)
RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN install_time IS NULL THEN changed
                ELSE (is_now > 0)::int - (is_now > changed)::int END
$$;
COMMENT ON FUNCTION changed_installs(bigint, bigint, bigint) IS
    'By how much an install changes a number of installs: of its reports, so many are there now, of '
    'which so many came. Without install time each report is an install.';

CREATE OR REPLACE FUNCTION changed_squares(
    install_time bigint, estimated_now double precision, estimated_changed double precision,
    squares_changed double precision)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN install_time IS NULL THEN squares_changed
                ELSE estimated_changed * (2 * estimated_now - estimated_changed) END
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
                 changed_installs(install_time, sum(is_now), sum(changed)) AS installs,
                 CASE WHEN install_time IS NULL THEN sum(changed) ELSE 0 END AS without_time,
                 changed_squares(install_time, sum(estimated_now), sum(estimated_changed),
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
                 changed_installs(install_time, sum(is_now), sum(changed)) AS installs,
                 CASE WHEN install_time IS NULL THEN sum(changed) ELSE 0 END AS without_time,
                 changed_squares(install_time, sum(estimated_now), sum(estimated_changed),
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
