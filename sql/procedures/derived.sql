-- What is derived from the daily tables, a UTC day at a time; run again at any time.
-- Each update_x(day) replaces what the day has, so it may run twice, and returns how many rows it
-- wrote. What is derived from reports stays as it is when these were dropped after their retention.

CREATE OR REPLACE FUNCTION each_version(versions integer[]) RETURNS integer[]
LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(product_version_id), '{}') FROM product_versions
    WHERE product_version_id = ANY(versions) OR rapid_beta_id = ANY(versions)
$$;
COMMENT ON FUNCTION each_version(integer[]) IS
    'Versions, and the betas of those that count betas together: for tables that count each crash '
    'by its own version only.';

CREATE OR REPLACE VIEW nightly_builds AS
SELECT product_version_id, build_day, day, day - build_day AS days_out,
       sum(reports)::integer AS reports, sum(estimated) AS estimated
FROM crash_counts_build
WHERE day - build_day BETWEEN 0 AND 14
GROUP BY product_version_id, build_day, day;
COMMENT ON VIEW nightly_builds IS
    'How a build crashes from the day it came out to two weeks later.';

-- The formula of 2012, in the symbols of docs/counts.md: r0 to r9 are reports per million ADI on the
-- day and i days before it; they are 0 on days without a crash, also before the version was built. A
-- version that lacks ADI on one of the ten days gets nothing: socorro/queries/explosive.py says which.
CREATE OR REPLACE FUNCTION update_explosiveness(of_day date) RETURNS integer
LANGUAGE plpgsql SET work_mem = '128MB' AS $$
DECLARE
    written integer;
BEGIN
    DELETE FROM explosiveness WHERE explosiveness.day = of_day;
    INSERT INTO explosiveness
        (day, product_version_id, signature_id, oneday, threeday,
         day0, day1, day2, day3, day4, day5, day6, day7, day8, day9)
    WITH days AS (
        SELECT versions.product_version_id, of_day - i AS day, i,
               nullif(sum(adi.adi), 0)::float8 AS adi, versions.build_date <= of_day - i AS built
        FROM product_versions AS versions
        CROSS JOIN generate_series(0, 9) AS i
        LEFT JOIN adi ON adi.product_version_id = versions.product_version_id
                     AND adi.day = of_day - i
        WHERE versions.build_date <= of_day
          AND EXISTS (SELECT FROM adi AS today
                      WHERE today.product_version_id = versions.product_version_id
                        AND today.day = of_day)
        GROUP BY versions.product_version_id, i
    ), clamps AS (
        SELECT product_version_id,
               30 * 1e6 / max(adi) FILTER (WHERE i = 0) AS clamp,
               avg(30 * 1e6 / adi) FILTER (WHERE i <= 2) AS clamp3
        FROM days
        GROUP BY product_version_id
        HAVING bool_and(adi IS NOT NULL OR NOT built)
    ), frequent AS (  -- only these can have r0 > 10 or mean3 > 10
        SELECT product_version_id, signature_id
        FROM clamps
        JOIN days USING (product_version_id)
        JOIN top_crashers USING (product_version_id, day)
        WHERE i <= 2
        GROUP BY product_version_id, signature_id
        HAVING sum(reports * 1e6 / days.adi) > 10
    ), counted AS (
        SELECT product_version_id, signature_id, i, reports * 1e6 / days.adi AS r
        FROM frequent
        JOIN days USING (product_version_id)
        JOIN top_crashers USING (product_version_id, day, signature_id)
    ), rates AS (
        SELECT product_version_id, signature_id, i, coalesce(r, 0) AS r
        FROM frequent
        CROSS JOIN generate_series(0, 9) AS i
        LEFT JOIN counted USING (product_version_id, signature_id, i)
    ), summed AS (
        SELECT product_version_id, signature_id,
               max(r) FILTER (WHERE i = 0) AS r0, max(r) FILTER (WHERE i = 1) AS r1,
               max(r) FILTER (WHERE i = 2) AS r2, max(r) FILTER (WHERE i = 3) AS r3,
               max(r) FILTER (WHERE i = 4) AS r4, max(r) FILTER (WHERE i = 5) AS r5,
               max(r) FILTER (WHERE i = 6) AS r6, max(r) FILTER (WHERE i = 7) AS r7,
               max(r) FILTER (WHERE i = 8) AS r8, max(r) FILTER (WHERE i = 9) AS r9,
               avg(r) FILTER (WHERE i >= 1) AS mean9,
               max(r) FILTER (WHERE i >= 1) AS max9,
               avg(r) FILTER (WHERE i <= 2) AS mean3,
               avg(r) FILTER (WHERE i >= 3) AS mean7,
               stddev_samp(r) FILTER (WHERE i >= 3) AS deviation7
        FROM rates
        GROUP BY product_version_id, signature_id
    ), explosions AS (
        SELECT summed.*,
               CASE WHEN r0 > 10 THEN
                   round(((r0 - mean9) / greatest(max9 - mean9, clamp))::numeric, 2)
               END AS oneday,
               CASE WHEN mean3 > 10 THEN
                   round(((mean3 - mean7) / greatest(deviation7, clamp3))::numeric, 2)
               END AS threeday
        FROM summed JOIN clamps USING (product_version_id)
    )
    SELECT of_day, product_version_id, signature_id, oneday, threeday,
           r0, r1, r2, r3, r4, r5, r6, r7, r8, r9
    FROM explosions
    WHERE greatest(oneday, threeday) > 0;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;
COMMENT ON FUNCTION update_explosiveness(date) IS
    'Replace a day in explosiveness, from top_crashers and adi of the ten days that end with it. '
    'Returns how many rows it has.';

-- Both days are grouped, not joined: without statistics of top_crashers (a day that was just counted)
-- the join was a nested loop: 19 s of processor time for 19,000 rows of two days, not 0.3 s.
CREATE OR REPLACE FUNCTION update_rank_changes(of_day date) RETURNS integer
LANGUAGE plpgsql SET work_mem = '128MB' AS $$
DECLARE
    written integer;
BEGIN
    DELETE FROM rank_changes WHERE rank_changes.day = of_day;
    INSERT INTO rank_changes
        (day, product_version_id, signature_id, reports, rank, share,
         previous_reports, previous_rank, previous_share)
    WITH ranked AS (
        SELECT day, product_version_id, signature_id, reports,
               dense_rank() OVER (version_and_day ORDER BY reports DESC) AS rank,
               row_number() OVER (version_and_day ORDER BY reports DESC, signature_id) AS place,
               round(reports::numeric / sum(reports) OVER version_and_day, 5) AS share
        FROM product_versions
        CROSS JOIN (VALUES (of_day), (of_day - 1)) AS days (day)
        JOIN top_crashers USING (product_version_id, day)
        WINDOW version_and_day AS (PARTITION BY product_version_id, day)
    )
    SELECT of_day, product_version_id, signature_id,
           max(reports) FILTER (WHERE day = of_day), max(rank) FILTER (WHERE day = of_day),
           max(share) FILTER (WHERE day = of_day),
           max(reports) FILTER (WHERE day < of_day), max(rank) FILTER (WHERE day < of_day),
           max(share) FILTER (WHERE day < of_day)
    FROM ranked
    GROUP BY product_version_id, signature_id
    HAVING max(place) FILTER (WHERE day = of_day) <= 300;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;
COMMENT ON FUNCTION update_rank_changes(date) IS
    'Replace a day in rank_changes: the first 300 signatures of each version in top_crashers, against '
    'the day before. Returns how many rows it has.';

CREATE OR REPLACE FUNCTION is_null_signature(signature text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT signature = '' OR signature LIKE 'EMPTY%'
$$;
COMMENT ON FUNCTION is_null_signature(text) IS 'The signature says nothing about the crash.';

CREATE OR REPLACE FUNCTION update_null_signatures(of_day date) RETURNS integer
LANGUAGE plpgsql SET work_mem = '128MB' AS $$
DECLARE
    starts timestamptz := of_day::timestamp AT TIME ZONE 'UTC';
    ends timestamptz := (of_day + 1)::timestamp AT TIME ZONE 'UTC';
    written integer;
BEGIN
    IF NOT reports_are_kept(of_day) THEN
        RETURN 0;
    END IF;
    DELETE FROM null_signature_facts WHERE null_signature_facts.day = of_day;
    INSERT INTO null_signature_facts (day, product_version_id, kind, value, reports, estimated)
    SELECT of_day, product_version_id, kind, value, count(*), sum(estimated)
    FROM (SELECT clean.product_version_id, clean.os, coalesce(clean.build_id, '') AS build,
                 split_part(split_part(coalesce(reports.fields ->> 'modules_in_stack', ''),
                                       ';', 1), '/', 1) AS module,
                 coalesce(reports.reason, '') AS reason, clean.estimated
          FROM signatures
          JOIN reports_clean AS clean USING (signature_id)
          JOIN reports USING (submitted_at, crash_id)
          WHERE is_null_signature(signatures.signature)
            AND clean.submitted_at >= starts AND clean.submitted_at < ends
            AND reports.submitted_at >= starts AND reports.submitted_at < ends) AS crashes
    JOIN operating_systems USING (os)
    CROSS JOIN LATERAL (VALUES ('build', build), ('module', module),
                               ('os', operating_systems.name), ('reason', reason)
    ) AS fact (kind, value)
    GROUP BY product_version_id, kind, value;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;
COMMENT ON FUNCTION update_null_signatures(date) IS
    'Replace a day in null_signature_facts, from the reports whose signature says nothing. Returns how '
    'many rows it has.';

CREATE OR REPLACE FUNCTION update_flash(of_day date) RETURNS integer
LANGUAGE plpgsql SET work_mem = '128MB' AS $$
DECLARE
    written integer;
BEGIN
    IF NOT reports_are_kept(of_day) THEN
        RETURN 0;
    END IF;
    DELETE FROM flash_counts WHERE flash_counts.day = of_day;
    INSERT INTO flash_counts (day, product_version_id, signature_id, flash_version_id, reports)
    SELECT of_day, product_version_id, signature_id, flash_version_id, count(*)
    FROM reports_clean
    WHERE submitted_at >= of_day::timestamp AT TIME ZONE 'UTC'
      AND submitted_at < (of_day + 1)::timestamp AT TIME ZONE 'UTC'
      AND flash_version_id IS NOT NULL
    GROUP BY product_version_id, signature_id, flash_version_id;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;
COMMENT ON FUNCTION update_flash(date) IS
    'Replace a day in flash_counts, from reports_clean. Returns how many rows it has.';

CREATE OR REPLACE FUNCTION update_builds(of_day date) RETURNS integer
LANGUAGE plpgsql SET work_mem = '128MB' AS $$
DECLARE
    written integer;
BEGIN
    IF NOT reports_are_kept(of_day) THEN
        RETURN 0;
    END IF;
    DELETE FROM build_counts WHERE build_counts.day = of_day;
    INSERT INTO build_counts (day, product_version_id, build_id, reports, estimated)
    SELECT of_day, product_version_id, build_id, count(*), sum(estimated)
    FROM reports_clean
    WHERE submitted_at >= of_day::timestamp AT TIME ZONE 'UTC'
      AND submitted_at < (of_day + 1)::timestamp AT TIME ZONE 'UTC'
      AND build_id IS NOT NULL
    GROUP BY product_version_id, build_id;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;
COMMENT ON FUNCTION update_builds(date) IS
    'Replace a day in build_counts, from reports_clean. Returns how many rows it has.';
