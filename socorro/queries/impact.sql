-- name: counts
-- One signature in a product, by version and day: a step in the index for each day.
SELECT coalesce(sum(reports) FILTER (WHERE day >= %(start)s AND day < %(end)s), 0)::int
           AS crash_count,
       coalesce(sum(estimated) FILTER (WHERE day >= %(start)s AND day < %(end)s), 0)::float8
           AS estimated_count,
       coalesce(sum(reports) FILTER (WHERE day < %(start)s), 0)::int AS previous_count,
       coalesce(sum(estimated) FILTER (WHERE day < %(start)s), 0)::float8 AS previous_estimated,
       coalesce(sum(estimated) FILTER (WHERE day = %(end)s), 0)::float8 AS today_estimated
FROM top_crashers JOIN product_versions USING (product_version_id)
WHERE signature_id = (SELECT signature_id FROM signatures WHERE signature = %(signature)s)
  AND product = %(product)s AND NOT is_rapid_beta
  AND day >= %(before)s AND day <= %(end)s

-- name: waits
-- Whether a report waits to be counted: its hour does, and it is in no count.
SELECT EXISTS (
    SELECT FROM (SELECT hour FROM changed_hours UNION ALL SELECT hour FROM hours_to_count) AS hours
    WHERE hour > %(submitted)s::timestamptz - interval '1 hour' AND hour <= %(submitted)s
) AND NOT EXISTS (
    SELECT FROM reports_clean WHERE submitted_at = %(submitted)s AND crash_id = %(crash_id)s
) AND NOT EXISTS (
    SELECT FROM reports_bad WHERE submitted_at = %(submitted)s AND crash_id = %(crash_id)s
)

-- name: rank_ahead
-- From a ranking that was made ahead; no row when it is missing or not fresh, NULL when the signature
-- is not in it. *signatures* is how many the ranking has in all.
SELECT ranking.signatures, ranks.rank
FROM top_crasher_rankings AS ranking
LEFT JOIN top_crasher_ranks AS ranks
    ON (ranks.product_version_id, ranks.last_day, ranks.days)
       = (ranking.product_version_id, ranking.last_day, ranking.days)
       AND ranks.signature_id
           = (SELECT signature_id FROM signatures WHERE signature = %(signature)s)
WHERE ranking.product_version_id = %(version)s AND ranking.last_day = %(end)s::date - 1
  AND ranking.days = %(days)s AND fresh

-- name: rank_summed
-- Equal counts rank by name; NULL for a signature without crashes in the period.
WITH summed AS (
    SELECT signature_id, round(sum(estimated) * 1000) / 1000 AS estimated
    FROM top_crashers
    WHERE product_version_id = ANY(%(versions)s::int[]) AND day >= %(start)s AND day < %(end)s
    GROUP BY signature_id
), this AS (
    SELECT estimated FROM summed JOIN signatures USING (signature_id)
    WHERE signature = %(signature)s
)
SELECT 1 + (SELECT count(*) FROM summed WHERE summed.estimated > this.estimated)
         + (SELECT count(*) FROM summed JOIN signatures USING (signature_id)
            WHERE summed.estimated = this.estimated
              AND signature COLLATE "C" < %(signature)s COLLATE "C")
FROM this

-- name: bugs
SELECT bug_id, status, resolution, summary
FROM signature_bugs
WHERE signature = %(signature)s
ORDER BY resolution <> '', bug_id DESC
LIMIT %(most)s
