-- name: installs
SELECT coalesce(array_agg(days.day ORDER BY days.day) FILTER (WHERE installs.adi > 0), '{}'),
       coalesce(array_agg(days.day ORDER BY days.day) FILTER (WHERE installs.adi IS NULL), '{}'),
       coalesce(sum(installs.adi), 0)::bigint
FROM product_versions
JOIN generate_series(%(start)s::date, %(end)s::date - 1, interval '1 day') AS series (moment)
    ON moment::date >= build_date
CROSS JOIN LATERAL (SELECT moment::date AS day) AS days
LEFT JOIN LATERAL (
    SELECT sum(adi) AS adi FROM adi
    WHERE adi.product_version_id = product_versions.product_version_id AND adi.day = days.day
) AS installs ON true
WHERE product_version_id = %(version)s

-- name: signatures
WITH days AS (
    SELECT product_version_id, day, product_version_id = ANY(%(new)s::int[]) AS is_new,
           sum(adi) AS adi
    FROM adi
    WHERE product_version_id = ANY(%(old)s::int[] || %(new)s::int[])
      AND day >= %(start)s AND day < %(end)s
    GROUP BY product_version_id, day HAVING sum(adi) > 0
), installs AS (
    SELECT sum(adi) FILTER (WHERE is_new)::float8 AS new,
           sum(adi) FILTER (WHERE NOT is_new)::float8 AS old
    FROM days
), counted AS (
    SELECT signature,
           coalesce(sum(reports) FILTER (WHERE NOT is_new), 0)::int AS old_count,
           coalesce(sum(reports) FILTER (WHERE is_new), 0)::int AS new_count,
           coalesce(sum(estimated) FILTER (WHERE NOT is_new), 0) AS old_estimated,
           coalesce(sum(estimated) FILTER (WHERE is_new), 0) AS new_estimated
    FROM days
    JOIN top_crashers USING (product_version_id, day)
    JOIN signatures USING (signature_id)
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
ORDER BY difference DESC NULLS LAST, new_count DESC, signature COLLATE "C"
LIMIT %(most)s OFFSET %(skip)s

-- name: facts
WITH days AS (
    SELECT product_version_id, day, product_version_id = ANY(%(new)s::int[]) AS is_new,
           sum(adi) AS adi
    FROM adi
    WHERE product_version_id = ANY(%(old)s::int[] || %(new)s::int[])
      AND day >= %(start)s AND day < %(end)s
    GROUP BY product_version_id, day HAVING sum(adi) > 0
), installs AS (
    SELECT sum(adi) FILTER (WHERE is_new)::float8 AS new,
           sum(adi) FILTER (WHERE NOT is_new)::float8 AS old
    FROM days
), each AS (
    -- facts are kept by the version itself, installs of betas together by their common row
    SELECT days.is_new, days.day, versions.product_version_id
    FROM days JOIN product_versions AS versions
        ON days.product_version_id IN (versions.product_version_id, versions.rapid_beta_id)
), counted AS (
    SELECT coalesce(nullif(value, ''), %(none)s) AS value,
           coalesce(sum(reports) FILTER (WHERE NOT is_new), 0)::int AS old_count,
           coalesce(sum(reports) FILTER (WHERE is_new), 0)::int AS new_count,
           coalesce(sum(estimated) FILTER (WHERE NOT is_new), 0) AS old_estimated,
           coalesce(sum(estimated) FILTER (WHERE is_new), 0) AS new_estimated
    FROM each JOIN null_signature_facts USING (product_version_id, day)
    WHERE kind = %(kind)s
    GROUP BY 1
), rates AS (
    SELECT value, old_count, new_count,
           old_estimated * 1000 / installs.old AS old_rate,
           new_estimated * 1000 / installs.new AS new_rate
    FROM counted CROSS JOIN installs
)
SELECT rates.*, new_rate - old_rate AS difference
FROM rates
ORDER BY difference DESC NULLS LAST, new_count DESC, value COLLATE "C"
LIMIT %(most)s OFFSET %(skip)s

-- name: shares
-- Crashes of a version, and those with an empty signature; ADI is not needed for shares.
SELECT coalesce(sum(reports), 0)::bigint,
       coalesce(sum(reports) FILTER (WHERE is_null_signature(signature)), 0)::bigint
FROM top_crashers JOIN signatures USING (signature_id)
WHERE product_version_id = ANY(%(versions)s::int[]) AND day >= %(start)s AND day < %(end)s
