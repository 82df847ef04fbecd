-- name: reasons
SELECT reason, count(*)::int AS crash_count
FROM reports_bad
WHERE submitted_at >= %(start)s AND submitted_at < %(end)s
  AND (%(product)s::text IS NULL OR product = %(product)s)
  AND (%(version)s::text IS NULL OR version = %(version)s)
GROUP BY reason
ORDER BY crash_count DESC, reason

-- name: bad_reports
-- The newest crash of a group is the last in the order of the index.
WITH period AS (
    SELECT submitted_at, crash_id, product, version, reason,
           product = %(product)s AS is_exact
    FROM reports_bad
    WHERE submitted_at >= %(start)s AND submitted_at < %(end)s
      AND (%(product)s::text IS NULL OR lower(product) = lower(%(product)s))
)
SELECT product, version, reason, count(*)::int AS crash_count, max(submitted_at),
       (array_agg(crash_id ORDER BY submitted_at DESC, crash_id))[1]
FROM period
WHERE is_exact OR NOT coalesce((SELECT bool_or(is_exact) FROM period), false)
GROUP BY product, version, reason
ORDER BY crash_count DESC, product, version, reason
LIMIT %(most)s OFFSET %(skip)s
