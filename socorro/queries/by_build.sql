-- name: resolve
-- The builds that a text names: a build id, or the day it begins with.
WITH versions AS (
    SELECT product_version_id, version, version_sort, release_channel, has_builds, build_date
    FROM product_versions
    WHERE product = %(product)s AND NOT is_rapid_beta
      AND (%(channel)s::text IS NULL OR release_channel = %(channel)s)
), builds AS (
    SELECT product_version_id, build_id FROM product_version_builds
    WHERE build_id >= %(first)s AND build_id <= %(last)s
    UNION
    SELECT product_version_id, build_id FROM build_counts
    WHERE product_version_id IN (SELECT product_version_id FROM versions)
      AND build_id >= %(first)s AND build_id <= %(last)s
)
SELECT DISTINCT product_version_id, version, release_channel,
       CASE WHEN has_builds THEN build_day(build_id) END,
       coalesce(CASE WHEN has_builds THEN build_day(build_id) END, build_date)
FROM builds JOIN versions USING (product_version_id)
WHERE build_day(build_id) IS NOT NULL
ORDER BY 1, 4
LIMIT %(most)s

-- name: days
-- Crashes, installs that crashed and active installs of versions, or of their builds of one day.
-- Installs are missing on days that were counted before installs were.
WITH counted AS (
    SELECT product_version_id, day, os, crash_type, reports, estimated FROM crash_counts
    WHERE %(build_day)s::date IS NULL AND product_version_id = ANY(%(versions)s::int[])
      AND day >= %(start)s AND day < %(end)s
    UNION ALL
    SELECT product_version_id, day, os, crash_type, reports, estimated FROM crash_counts_build
    WHERE product_version_id = ANY(%(versions)s::int[]) AND build_day = %(build_day)s
      AND day >= %(start)s AND day < %(end)s
), crashes AS (
    SELECT day, os, sum(reports) AS reports, sum(estimated) AS estimated
    FROM counted JOIN crash_types USING (crash_type) WHERE in_rates GROUP BY day, os
), installs AS (
    SELECT day, os, sum(installs) AS installs
    FROM (SELECT day, os, installs FROM install_counts
          WHERE %(build_day)s::date IS NULL AND product_version_id = ANY(%(versions)s::int[])
            AND day >= %(start)s AND day < %(end)s
          UNION ALL
          SELECT day, os, installs FROM install_counts_build
          WHERE product_version_id = ANY(%(versions)s::int[]) AND build_day = %(build_day)s
            AND day >= %(start)s AND day < %(end)s) AS install_counts
    GROUP BY day, os
), active AS (
    SELECT day, os, sum(adi) AS adi
    FROM (SELECT day, os, adi FROM adi
          WHERE %(build_day)s::date IS NULL AND product_version_id = ANY(%(versions)s::int[])
            AND day >= %(start)s AND day < %(end)s
          UNION ALL
          SELECT day, os, adi FROM adi_build
          WHERE product_version_id = ANY(%(versions)s::int[]) AND build_day = %(build_day)s
            AND day >= %(start)s AND day < %(end)s) AS installs
    GROUP BY day, os
)
SELECT day, code, coalesce(reports, 0)::int, coalesce(estimated, 0)::float8,
       CASE WHEN day NOT IN (SELECT day FROM days_without_installs)
            THEN coalesce(installs, 0)::int END,
       adi::bigint
FROM crashes FULL JOIN active USING (day, os) LEFT JOIN installs USING (day, os)
JOIN operating_systems USING (os)
ORDER BY day, os

-- name: channels
-- Where a signature crashed: products and channels, the one with most crashes first.
SELECT product, release_channel, sum(reports)::int
FROM top_crashers
JOIN product_versions USING (product_version_id)
WHERE signature_id = (SELECT signature_id FROM signatures WHERE signature = %(signature)s)
  AND day >= %(start)s AND day < %(end)s AND NOT is_rapid_beta
  AND (%(product)s::text IS NULL OR product = %(product)s)
  AND (%(channel)s::text IS NULL OR release_channel = %(channel)s)
GROUP BY product, release_channel
ORDER BY 3 DESC, product, release_channel
LIMIT %(most)s

-- name: builds_with_signature
-- For each build and day: crashes of a signature, of all signatures, and active installs. A build
-- is a version, or the builds of one day of a version that is counted by build (six days of each).
WITH versions AS (
    SELECT product_version_id, version, version_sort, has_builds, build_date
    FROM product_versions
    WHERE product = %(product)s AND release_channel = %(channel)s AND NOT is_rapid_beta
), of_signature AS (
    SELECT signature_id FROM signatures WHERE signature = %(signature)s
), crashes AS (
    SELECT product_version_id, NULL::date AS build_day, day, sum(reports) AS reports,
           sum(estimated) AS estimated
    FROM crash_counts JOIN versions USING (product_version_id)
    WHERE NOT has_builds AND day >= %(start)s AND day < %(end)s
    GROUP BY product_version_id, day
    UNION ALL
    SELECT product_version_id, build_day, day, sum(reports), sum(estimated)
    FROM crash_counts_build JOIN versions USING (product_version_id)
    WHERE has_builds AND build_day >= %(start)s AND build_day < %(end)s AND day <= build_day + 6
    GROUP BY product_version_id, build_day, day
), crashing AS (
    SELECT product_version_id, NULL::date AS build_day, day, sum(installs) AS installs
    FROM install_counts JOIN versions USING (product_version_id)
    WHERE NOT has_builds AND day >= %(start)s AND day < %(end)s
    GROUP BY product_version_id, day
    UNION ALL
    SELECT product_version_id, build_day, day, sum(installs)
    FROM install_counts_build JOIN versions USING (product_version_id)
    WHERE has_builds AND build_day >= %(start)s AND build_day < %(end)s AND day <= build_day + 6
    GROUP BY product_version_id, build_day, day
), active AS (
    SELECT product_version_id, NULL::date AS build_day, day, sum(adi) AS adi
    FROM adi JOIN versions USING (product_version_id)
    WHERE NOT has_builds AND day >= %(start)s AND day < %(end)s
    GROUP BY product_version_id, day
    UNION ALL
    SELECT product_version_id, build_day, day, sum(adi)
    FROM adi_build JOIN versions USING (product_version_id)
    WHERE has_builds AND build_day >= %(start)s AND build_day < %(end)s
    GROUP BY product_version_id, build_day, day
), with_signature AS (
    SELECT product_version_id, NULL::date AS build_day, day, reports, installs
    FROM top_crashers JOIN versions USING (product_version_id)
    WHERE NOT has_builds AND day >= %(start)s AND day < %(end)s
      AND signature_id = (SELECT signature_id FROM of_signature)
    UNION ALL
    SELECT product_version_id, build_day, day, reports, installs
    FROM top_crashers_build JOIN versions USING (product_version_id)
    WHERE has_builds AND build_day >= %(start)s AND build_day < %(end)s
      AND signature_id = (SELECT signature_id FROM of_signature)
), days AS (
    SELECT coalesce(crashes.product_version_id, active.product_version_id) AS product_version_id,
           coalesce(crashes.build_day, active.build_day) AS build_day,
           coalesce(crashes.day, active.day) AS day, reports, estimated, adi
    FROM crashes FULL JOIN active
        ON (crashes.product_version_id, crashes.day, coalesce(crashes.build_day, crashes.day))
         = (active.product_version_id, active.day, coalesce(active.build_day, active.day))
)
SELECT version, coalesce(days.build_day, build_date), days.build_day IS NOT NULL, days.day,
       coalesce(with_signature.reports, 0)::int,
       CASE WHEN is_counted.installs THEN coalesce(with_signature.installs, 0)::int END,
       coalesce(days.reports, 0)::int, coalesce(estimated, 0)::float8,
       CASE WHEN is_counted.installs THEN coalesce(crashing.installs, 0)::int END, adi::bigint
FROM days
JOIN versions USING (product_version_id)
CROSS JOIN LATERAL (
    SELECT days.day NOT IN (SELECT day FROM days_without_installs) AS installs
) AS is_counted
LEFT JOIN crashing
    ON (crashing.product_version_id, crashing.day, coalesce(crashing.build_day, crashing.day))
     = (days.product_version_id, days.day, coalesce(days.build_day, days.day))
LEFT JOIN with_signature
    ON (with_signature.product_version_id, with_signature.day,
        coalesce(with_signature.build_day, with_signature.day))
     = (days.product_version_id, days.day, coalesce(days.build_day, days.day))
ORDER BY 2 DESC, version_sort COLLATE "C" DESC, days.day DESC
LIMIT %(most)s

-- name: build_ids
-- The first build id of a version, or of a version and day.
SELECT version, build_day(build_id), min(build_id)
FROM product_version_builds JOIN product_versions USING (product_version_id)
WHERE product = %(product)s AND release_channel = %(channel)s AND NOT is_rapid_beta
  AND build_day(build_id) IS NOT NULL
GROUP BY 1, 2
ORDER BY 2 DESC, 1
LIMIT %(most)s
