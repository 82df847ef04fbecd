-- name: shares
WITH counted AS (
    SELECT signature_id, flash_version_id, sum(reports) AS reports
    FROM flash_counts
    WHERE product_version_id = ANY((SELECT each_version(%(versions)s::int[]))::int[])
      AND day >= %(start)s AND day < %(end)s
    GROUP BY signature_id, flash_version_id
), baseline AS (
    SELECT flash_version_id, sum(reports) AS reports FROM counted GROUP BY flash_version_id
), everything AS (
    SELECT sum(reports) AS reports FROM crash_counts
    WHERE product_version_id = ANY(%(versions)s::int[]) AND day >= %(start)s AND day < %(end)s
), crowded AS (
    SELECT * FROM counted
    WHERE reports >= %(fewest)s
      AND (%(signature)s::text IS NULL
           OR signature_id = (SELECT signature_id FROM signatures WHERE signature = %(signature)s))
), total AS (
    SELECT signature_id, sum(reports) AS reports
    FROM top_crashers
    WHERE product_version_id = ANY(%(versions)s::int[]) AND day >= %(start)s AND day < %(end)s
      AND signature_id IN (SELECT signature_id FROM crowded)
    GROUP BY signature_id
), shares AS (
    SELECT signature_id, flash_version_id, crowded.reports,
           crowded.reports * 100 / total.reports::float8 AS percent,
           baseline.reports * 100 / everything.reports::float8 AS baseline_percent
    FROM crowded
    JOIN total USING (signature_id)
    JOIN baseline USING (flash_version_id)
    CROSS JOIN everything
)
SELECT signature, flash_version, reports::int, percent, baseline_percent,
       percent - baseline_percent AS difference
FROM shares JOIN signatures USING (signature_id) JOIN flash_versions USING (flash_version_id)
ORDER BY difference DESC, signature COLLATE "C", flash_version COLLATE "C"
LIMIT %(most)s OFFSET %(skip)s
