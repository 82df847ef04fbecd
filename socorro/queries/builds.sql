-- name: builds
WITH crashed AS (
    SELECT product_version_id, build_id, sum(reports)::int AS reports, sum(estimated) AS estimated
    FROM build_counts
    WHERE product_version_id = ANY((SELECT each_version(%(versions)s::int[]))::int[])
      AND day >= %(start)s AND day < %(end)s
    GROUP BY product_version_id, build_id
), listed AS (
    SELECT product_version_id, build_id, array_agg(DISTINCT platform ORDER BY platform) AS platforms
    FROM product_version_builds
    WHERE product_version_id = ANY((SELECT each_version(%(versions)s::int[]))::int[])
      AND build_id >= to_char(%(start)s::date, 'YYYYMMDD')
      AND build_id < to_char(%(end)s::date, 'YYYYMMDD')
    GROUP BY product_version_id, build_id
)
SELECT build_id, build_day(build_id), product, version, release_channel,
       coalesce(listed.platforms, platforms_of.platforms, '{}'), platforms_of.platforms IS NOT NULL,
       coalesce(reports, 0), coalesce(estimated, 0), product_version_id, has_builds
FROM crashed FULL JOIN listed USING (product_version_id, build_id)
JOIN product_versions USING (product_version_id)
CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT platform ORDER BY platform) AS platforms
    FROM product_version_builds AS of_build
    WHERE of_build.product_version_id = product_versions.product_version_id
      AND of_build.build_id = coalesce(crashed.build_id, listed.build_id)
) AS platforms_of
ORDER BY build_day(build_id) DESC NULLS LAST,
         CASE WHEN build_day(build_id) IS NULL THEN version_sort(build_id) END COLLATE "C" DESC,
         build_id DESC, product, version_sort COLLATE "C" DESC
LIMIT %(most)s OFFSET %(skip)s

-- name: undated
-- Build ids that are no dates: the most frequent ones, how many there are, and their crashes.
WITH undated AS (
    SELECT build_id, sum(reports) AS reports,
           row_number() OVER (ORDER BY sum(reports) DESC, build_id COLLATE "C") AS place
    FROM build_counts
    WHERE product_version_id = ANY((SELECT each_version(%(versions)s::int[]))::int[])
      AND day >= %(start)s AND day < %(end)s AND build_day(build_id) IS NULL
    GROUP BY build_id
)
SELECT coalesce(array_agg(build_id ORDER BY place) FILTER (WHERE place <= %(most)s), '{}'),
       count(*)::int, coalesce(sum(reports), 0)::int
FROM undated

-- name: trends
-- What has no active installs of its own, and hangs that count as one crash, are not in the rate.
WITH counted AS (
    SELECT product_version_id, build_day, day, sum(reports)::int AS reports,
           sum(estimated) AS estimated, sum(estimated) FILTER (WHERE in_rates) AS in_rates
    FROM crash_counts_build JOIN crash_types USING (crash_type)
    WHERE product_version_id = ANY(%(versions)s::int[]) AND day >= %(start)s AND day < %(end)s
      AND day - build_day BETWEEN 0 AND 14
    GROUP BY product_version_id, build_day, day
)
SELECT product, version, counted.build_day, counted.day, counted.day - counted.build_day, reports,
       estimated, active.adi::bigint, coalesce(in_rates, 0) * 100 / nullif(active.adi, 0)::float8
FROM counted
JOIN product_versions USING (product_version_id)
CROSS JOIN LATERAL (
    SELECT sum(adi) AS adi FROM adi_build
    WHERE adi_build.product_version_id = counted.product_version_id
      AND adi_build.build_day = counted.build_day AND adi_build.day = counted.day
) AS active
ORDER BY counted.build_day DESC, product, version_sort COLLATE "C" DESC, counted.day
LIMIT %(most)s OFFSET %(skip)s

-- name: rank_changes
SELECT version, signature, reports, rank, share, previous_reports, previous_rank, previous_share
FROM rank_changes
JOIN product_versions USING (product_version_id)
JOIN signatures USING (signature_id)
WHERE day = %(day)s AND product_version_id = ANY(%(versions)s::int[])
  AND rank <= %(most)s
ORDER BY version_sort COLLATE "C" DESC, rank, signature COLLATE "C"
