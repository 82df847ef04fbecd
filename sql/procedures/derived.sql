-- What is derived from the daily tables, a UTC day at a time; run again at any time.
-- Each update_x(day) replaces what the day has, so it may run twice; backfill_x(day) is its other
-- name. Both return how many rows they wrote. What reads crashes stays as it is when these were
-- dropped after their retention.

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

-- The formula of 2012. Rates are reports per million ADI; days without a crash are 0, and so are
-- days before the version was built. A version that lacks ADI on one of the ten days gets nothing:
-- queries/explosive.py says which.
CREATE OR REPLACE FUNCTION update_explosiveness(wanted date) RETURNS integer
LANGUAGE plpgsql SET work_mem = '128MB' AS $$
DECLARE
    written integer;
BEGIN
    DELETE FROM explosiveness WHERE explosiveness.day = wanted;
    INSERT INTO explosiveness
    WITH days AS (
        SELECT versions.product_version_id, wanted - back AS day, back,
               nullif(sum(adi.adi), 0)::float8 AS adi, versions.build_date <= wanted - back AS built
        FROM product_versions AS versions
        CROSS JOIN generate_series(0, 9) AS back
        LEFT JOIN adi ON adi.product_version_id = versions.product_version_id
                     AND adi.day = wanted - back
        WHERE versions.build_date <= wanted
          AND EXISTS (SELECT FROM adi AS today
                      WHERE today.product_version_id = versions.product_version_id
                        AND today.day = wanted)
        GROUP BY versions.product_version_id, back
    ), usable AS (
        SELECT product_version_id,
               30e6 / max(adi) FILTER (WHERE back = 0) AS clamp,
               avg(30e6 / adi) FILTER (WHERE back <= 2) AS clamp3
        FROM days
        GROUP BY product_version_id
        HAVING bool_and(adi IS NOT NULL OR NOT built)
    ), recent AS (
        SELECT product_version_id, signature_id
        FROM usable
        JOIN days USING (product_version_id)
        JOIN top_crashers USING (product_version_id, day)
        WHERE back <= 2
        GROUP BY product_version_id, signature_id
        HAVING sum(reports * 1e6 / days.adi) > 10
    ), counted AS (
        SELECT product_version_id, signature_id, back, reports * 1e6 / days.adi AS rate
        FROM recent
        JOIN days USING (product_version_id)
        JOIN top_crashers USING (product_version_id, day, signature_id)
    ), filled AS (
        SELECT product_version_id, signature_id,
               array_agg(coalesce(rate, 0) ORDER BY back) AS rates,
               avg(coalesce(rate, 0)) FILTER (WHERE back >= 1) AS mean9,
               max(coalesce(rate, 0)) FILTER (WHERE back >= 1) AS max9,
               avg(coalesce(rate, 0)) FILTER (WHERE back <= 2) AS mean3,
               avg(coalesce(rate, 0)) FILTER (WHERE back >= 3) AS mean7,
               stddev_samp(coalesce(rate, 0)) FILTER (WHERE back >= 3) AS deviation7
        FROM recent
        CROSS JOIN generate_series(0, 9) AS back
        LEFT JOIN counted USING (product_version_id, signature_id, back)
        GROUP BY product_version_id, signature_id
    ), told AS (
        SELECT filled.*,
               CASE WHEN rates[1] > 10 THEN
                   round(((rates[1] - mean9) / greatest(max9 - mean9, clamp))::numeric, 2)
               END AS oneday,
               CASE WHEN mean3 > 10 THEN
                   round(((mean3 - mean7) / greatest(deviation7, clamp3))::numeric, 2)
               END AS threeday
        FROM filled JOIN usable USING (product_version_id)
    )
    SELECT wanted, product_version_id, signature_id, oneday, threeday, rates[1], rates[2],
           rates[3], rates[4], rates[5], rates[6], rates[7], rates[8], rates[9], rates[10]
    FROM told
    WHERE greatest(oneday, threeday) > 0;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;

CREATE OR REPLACE FUNCTION update_rank_changes(wanted date) RETURNS integer
LANGUAGE plpgsql SET work_mem = '128MB' AS $$
DECLARE
    written integer;
BEGIN
    DELETE FROM rank_changes WHERE rank_changes.day = wanted;
    INSERT INTO rank_changes
    WITH ranked AS (
        SELECT day, product_version_id, signature_id, reports,
               dense_rank() OVER daily AS rank,
               row_number() OVER daily AS place,
               round(reports::numeric / sum(reports) OVER (PARTITION BY product_version_id, day), 5) AS share
        FROM product_versions
        CROSS JOIN (VALUES (wanted), (wanted - 1)) AS days (day)
        JOIN top_crashers USING (product_version_id, day)
        WINDOW daily AS (PARTITION BY product_version_id, day ORDER BY reports DESC)
    )
    SELECT wanted, product_version_id, signature_id, now.reports, now.rank, now.share,
           before.reports, before.rank, before.share
    FROM ranked AS now
    LEFT JOIN (SELECT * FROM ranked WHERE day = wanted - 1) AS before
        USING (product_version_id, signature_id)
    WHERE now.day = wanted AND now.place <= 300;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;

CREATE OR REPLACE FUNCTION is_null_signature(signature text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT signature = '' OR signature LIKE 'EMPTY%'
$$;
COMMENT ON FUNCTION is_null_signature(text) IS 'The signature says nothing about the crash.';

CREATE OR REPLACE FUNCTION update_null_signatures(wanted date) RETURNS integer
LANGUAGE plpgsql SET work_mem = '128MB' AS $$
DECLARE
    starts timestamptz := wanted::timestamp AT TIME ZONE 'UTC';
    ends timestamptz := (wanted + 1)::timestamp AT TIME ZONE 'UTC';
    written integer;
BEGIN
    IF NOT reports_are_kept(wanted) THEN
        RETURN 0;
    END IF;
    DELETE FROM null_signature_facts WHERE null_signature_facts.day = wanted;
    INSERT INTO null_signature_facts
    SELECT wanted, product_version_id, kind, value, sum(reports), sum(estimated)
    FROM (SELECT clean.product_version_id, clean.os, coalesce(clean.build_id, '') AS build,
                 split_part(split_part(coalesce(reports.fields ->> 'modules_in_stack', ''),
                                       ';', 1), '/', 1) AS module,
                 coalesce(reports.reason, '') AS reason,
                 count(*) AS reports, sum(clean.estimated) AS estimated
          FROM signatures
          JOIN reports_clean AS clean USING (signature_id)
          JOIN reports USING (submitted_at, crash_id)
          WHERE is_null_signature(signatures.signature)
            AND clean.submitted_at >= starts AND clean.submitted_at < ends
            AND reports.submitted_at >= starts AND reports.submitted_at < ends
          GROUP BY 1, 2, 3, 4, 5) AS told
    JOIN operating_systems USING (os)
    CROSS JOIN LATERAL (VALUES ('build', build), ('module', module),
                               ('os', operating_systems.name), ('reason', reason)
    ) AS fact (kind, value)
    GROUP BY product_version_id, kind, value;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;

CREATE OR REPLACE FUNCTION update_flash(wanted date) RETURNS integer
LANGUAGE plpgsql SET work_mem = '128MB' AS $$
DECLARE
    written integer;
BEGIN
    IF NOT reports_are_kept(wanted) THEN
        RETURN 0;
    END IF;
    DELETE FROM flash_counts WHERE flash_counts.day = wanted;
    INSERT INTO flash_counts
    SELECT wanted, product_version_id, signature_id, flash_version_id, count(*)
    FROM reports_clean
    WHERE submitted_at >= wanted::timestamp AT TIME ZONE 'UTC'
      AND submitted_at < (wanted + 1)::timestamp AT TIME ZONE 'UTC'
      AND flash_version_id IS NOT NULL
    GROUP BY product_version_id, signature_id, flash_version_id;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;

CREATE OR REPLACE FUNCTION update_builds(wanted date) RETURNS integer
LANGUAGE plpgsql SET work_mem = '128MB' AS $$
DECLARE
    written integer;
BEGIN
    IF NOT reports_are_kept(wanted) THEN
        RETURN 0;
    END IF;
    DELETE FROM build_counts WHERE build_counts.day = wanted;
    INSERT INTO build_counts
    SELECT wanted, product_version_id, build_id, count(*), sum(estimated)
    FROM reports_clean
    WHERE submitted_at >= wanted::timestamp AT TIME ZONE 'UTC'
      AND submitted_at < (wanted + 1)::timestamp AT TIME ZONE 'UTC'
      AND build_id IS NOT NULL
    GROUP BY product_version_id, build_id;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;

CREATE OR REPLACE FUNCTION backfill_explosiveness(wanted date) RETURNS integer
LANGUAGE sql AS 'SELECT update_explosiveness(wanted)';
CREATE OR REPLACE FUNCTION backfill_rank_changes(wanted date) RETURNS integer
LANGUAGE sql AS 'SELECT update_rank_changes(wanted)';
CREATE OR REPLACE FUNCTION backfill_null_signatures(wanted date) RETURNS integer
LANGUAGE sql AS 'SELECT update_null_signatures(wanted)';
CREATE OR REPLACE FUNCTION backfill_builds(wanted date) RETURNS integer
LANGUAGE sql AS 'SELECT update_builds(wanted)';
CREATE OR REPLACE FUNCTION backfill_flash(wanted date) RETURNS integer
LANGUAGE sql AS 'SELECT update_flash(wanted)';
