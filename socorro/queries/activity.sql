-- name: hours
-- Crashes by hour and product; all but the %(series)s largest products are one group, NULL.
WITH counted AS (
    SELECT date_trunc('hour', submitted_at, 'UTC') AS hour, product, count(*)::int AS crash_count
    FROM reports
    WHERE submitted_at >= %(start)s AND submitted_at < %(end)s
      AND (%(product)s::text IS NULL OR product = %(product)s)
      AND (%(version)s::text IS NULL OR version = %(version)s)
    GROUP BY 1, 2
), largest AS (
    SELECT product FROM counted GROUP BY product ORDER BY sum(crash_count) DESC, product
    LIMIT %(series)s
)
SELECT counted.hour, largest.product, sum(counted.crash_count)::int
FROM counted LEFT JOIN largest USING (product)
GROUP BY 1, 2
ORDER BY 1, 2

-- name: versions
-- What a reader may choose from: the versions that crash, most crashes first.
SELECT product, version, crash_count, version_sort(version)
FROM (SELECT product, version, count(*)::int AS crash_count
      FROM reports
      WHERE submitted_at >= %(start)s AND submitted_at < %(end)s
      GROUP BY product, version
      ORDER BY crash_count DESC, product, version
      LIMIT %(most)s) AS counted
ORDER BY crash_count DESC, product, version

-- name: requested
-- Crashes that somebody looked at before they were processed, next ones first.
SELECT crash_id, state, queued_at
FROM jobs
WHERE priority >= %(priority)s AND state IN ('waiting', 'running')
ORDER BY priority DESC, queued_at
LIMIT %(most)s
