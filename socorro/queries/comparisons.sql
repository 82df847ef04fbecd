-- name: installs
-- Active installs of one side: days with and without them, from its first day on, and their sum.
WITH active AS (
    SELECT day, sum(adi) AS adi
    FROM (SELECT day, adi FROM adi
          WHERE %(built)s::date IS NULL AND product_version_id = ANY(%(versions)s::int[])
            AND day >= %(start)s AND day < %(end)s
          UNION ALL
          SELECT day, adi FROM adi_build
          WHERE build_day = %(built)s AND product_version_id = ANY(%(versions)s::int[])
            AND day >= %(start)s AND day < %(end)s) AS installs
    GROUP BY day
)
SELECT coalesce(array_agg(moment::date ORDER BY moment) FILTER (WHERE adi > 0), '{}'),
       coalesce(array_agg(moment::date ORDER BY moment) FILTER (WHERE adi IS NULL), '{}'),
       coalesce(sum(adi), 0)::bigint
FROM generate_series(greatest(%(start)s::date, %(first)s::date),
                     least(%(end)s::date - 1, %(built)s::date + 6), interval '1 day')
    AS days (moment)
LEFT JOIN active ON active.day = moment::date

-- name: signatures
-- Crashes of two sides by signature, per 1,000 active installs and day, on days with these.
WITH active AS (
    SELECT is_new, NULL::date AS built, product_version_id, day, sum(adi) AS adi
    FROM (VALUES (false, %(old)s::int[], %(old_built)s::date),
                 (true, %(new)s::int[], %(new_built)s::date)) AS sides (is_new, versions, built)
    JOIN adi ON product_version_id = ANY(versions)
    WHERE built IS NULL AND day >= %(start)s AND day < %(end)s
    GROUP BY is_new, product_version_id, day HAVING sum(adi) > 0
    UNION ALL
    SELECT is_new, built, product_version_id, day, sum(adi)
    FROM (VALUES (false, %(old)s::int[], %(old_built)s::date),
                 (true, %(new)s::int[], %(new_built)s::date)) AS sides (is_new, versions, built)
    JOIN adi_build ON product_version_id = ANY(versions) AND build_day = built
    WHERE day >= %(start)s AND day < %(end)s
    GROUP BY is_new, built, product_version_id, day HAVING sum(adi) > 0
), installs AS (
    SELECT sum(adi) FILTER (WHERE is_new)::float8 AS new,
           sum(adi) FILTER (WHERE NOT is_new)::float8 AS old
    FROM active
), crashes AS (
    SELECT is_new, signature_id, reports, estimated
    FROM active JOIN top_crashers USING (product_version_id, day) WHERE built IS NULL
    UNION ALL
    SELECT is_new, signature_id, reports, estimated
    FROM active JOIN top_crashers_build USING (product_version_id, day) WHERE build_day = built
), counted AS (
    SELECT signature,
           coalesce(sum(reports) FILTER (WHERE NOT is_new), 0)::int AS old_count,
           coalesce(sum(reports) FILTER (WHERE is_new), 0)::int AS new_count,
           coalesce(sum(estimated) FILTER (WHERE NOT is_new), 0) AS old_estimated,
           coalesce(sum(estimated) FILTER (WHERE is_new), 0) AS new_estimated
    FROM crashes JOIN signatures USING (signature_id)
    WHERE NOT %(only_null)s OR is_null_signature(signature)
    GROUP BY signature
), rates AS (
    SELECT signature, old_count, new_count,
           old_estimated * 1000 / installs.old AS old_rate,
           new_estimated * 1000 / installs.new AS new_rate
    FROM counted CROSS JOIN installs
)
SELECT rates.*, new_rate - old_rate AS difference
FROM rates
ORDER BY CASE WHEN %(by_size)s THEN abs(new_rate - old_rate) ELSE new_rate - old_rate END
             DESC NULLS LAST,
         new_count DESC, signature COLLATE "C"
LIMIT %(most)s OFFSET %(skip)s

-- name: facts
-- The same, of what crashes have in common: without a useful signature, or the Flash version.
WITH active AS (
    SELECT is_new, product_version_id, day, sum(adi) AS adi
    FROM (VALUES (false, %(old)s::int[]), (true, %(new)s::int[])) AS sides (is_new, versions)
    JOIN adi ON product_version_id = ANY(versions)
    WHERE day >= %(start)s AND day < %(end)s
    GROUP BY is_new, product_version_id, day HAVING sum(adi) > 0
), installs AS (
    SELECT sum(adi) FILTER (WHERE is_new)::float8 AS new,
           sum(adi) FILTER (WHERE NOT is_new)::float8 AS old
    FROM active
), each AS (
    -- facts are kept by the version itself, installs of betas together by their common row
    SELECT active.is_new, active.day, versions.product_version_id
    FROM active JOIN product_versions AS versions
        ON active.product_version_id IN (versions.product_version_id, versions.rapid_beta_id)
), facts AS (
    SELECT is_new, value, reports, estimated
    FROM each JOIN null_signature_facts USING (product_version_id, day)
    WHERE kind = %(kind)s
    UNION ALL
    -- Flash is counted in reports only: as many crashes stand for one as for any of the version
    SELECT is_new, flash_version, flash_counts.reports,
           flash_counts.reports * of_day.estimated / of_day.reports
    FROM each JOIN flash_counts USING (product_version_id, day)
    JOIN flash_versions USING (flash_version_id)
    CROSS JOIN LATERAL (
        SELECT sum(estimated) AS estimated, sum(reports) AS reports FROM crash_counts
        WHERE crash_counts.product_version_id = each.product_version_id
          AND crash_counts.day = each.day
    ) AS of_day
    WHERE %(kind)s = 'flash'
), counted AS (
    SELECT coalesce(nullif(value, ''), %(none)s) AS value,
           coalesce(sum(reports) FILTER (WHERE NOT is_new), 0)::int AS old_count,
           coalesce(sum(reports) FILTER (WHERE is_new), 0)::int AS new_count,
           coalesce(sum(estimated) FILTER (WHERE NOT is_new), 0) AS old_estimated,
           coalesce(sum(estimated) FILTER (WHERE is_new), 0) AS new_estimated
    FROM facts
    GROUP BY 1
), rates AS (
    SELECT value, old_count, new_count,
           old_estimated * 1000 / installs.old AS old_rate,
           new_estimated * 1000 / installs.new AS new_rate
    FROM counted CROSS JOIN installs
)
SELECT rates.*, new_rate - old_rate AS difference
FROM rates
ORDER BY CASE WHEN %(by_size)s THEN abs(new_rate - old_rate) ELSE new_rate - old_rate END
             DESC NULLS LAST,
         new_count DESC, value COLLATE "C"
LIMIT %(most)s OFFSET %(skip)s
