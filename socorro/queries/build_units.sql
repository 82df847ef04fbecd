-- name: units
-- Builds that can be compared: versions, and the builds of one day of versions counted by build.
-- Those without active installs (names that only a client invented) are left out.
WITH versions AS (
    SELECT product_version_id, product, version, version_sort, release_channel, has_builds,
           build_date
    FROM product_versions
    WHERE product = ANY(%(products)s) AND release_channel = ANY(%(channels)s)
      AND (has_builds OR NOT is_rapid_beta)
), units AS (
    SELECT product_version_id, NULL::date AS built FROM versions
    WHERE NOT has_builds
      AND EXISTS (SELECT FROM adi WHERE adi.product_version_id = versions.product_version_id)
    UNION
    SELECT product_version_id, build_day FROM adi_build
    WHERE product_version_id = ANY(ARRAY(SELECT product_version_id FROM versions WHERE has_builds))
      AND build_day >= %(first)s AND build_day < %(last)s
)
SELECT product, release_channel, has_builds, product_version_id, version, built,
       coalesce(built, build_date)
FROM units JOIN versions USING (product_version_id)
ORDER BY coalesce(built, build_date) DESC, version_sort COLLATE "C" DESC, product_version_id DESC
LIMIT %(most)s

-- name: rates
-- Active installs and crashes of units on the days that have active installs.
WITH units AS (
    SELECT * FROM unnest(%(units)s::int[], %(versions)s::int[], %(built)s::date[])
        AS units (unit, version, built)
), active AS (
    SELECT unit, version, built, day, sum(adi) AS adi
    FROM (SELECT unit, version, built, day, adi FROM units JOIN adi
              ON built IS NULL AND product_version_id = version
          WHERE day >= %(start)s AND day < %(end)s
          UNION ALL
          SELECT unit, version, built, day, adi FROM units JOIN adi_build
              ON build_day = built AND product_version_id = version
          WHERE day >= %(start)s AND day < %(end)s) AS installs
    GROUP BY unit, version, built, day HAVING sum(adi) > 0
), crashes AS (
    SELECT unit, crash_type, reports, estimated FROM active JOIN crash_counts
        ON built IS NULL AND product_version_id = version AND crash_counts.day = active.day
    UNION ALL
    SELECT unit, crash_type, reports, estimated FROM active JOIN crash_counts_build
        ON build_day = built AND product_version_id = version
            AND crash_counts_build.day = active.day
), counted AS (
    SELECT unit, sum(reports) AS reports, sum(estimated) AS estimated
    FROM crashes JOIN crash_types USING (crash_type) WHERE in_rates GROUP BY unit
)
SELECT unit, sum(adi)::bigint, coalesce(max(reports), 0)::int, coalesce(max(estimated), 0)::float8
FROM active LEFT JOIN counted USING (unit)
GROUP BY unit

-- name: days
-- As by_build.days, of many builds at once, each on its own days.
WITH units AS (
    SELECT * FROM unnest(%(units)s::int[], %(versions)s::int[], %(built)s::date[],
                         %(starts)s::date[], %(ends)s::date[])
        AS units (unit, version, built, first, last)
), counted AS (
    SELECT unit, day, os, crash_type, reports, estimated FROM units JOIN crash_counts
        ON built IS NULL AND product_version_id = version AND day >= first AND day < last
    UNION ALL
    SELECT unit, day, os, crash_type, reports, estimated FROM units JOIN crash_counts_build
        ON build_day = built AND product_version_id = version AND day >= first AND day < last
), crashes AS (
    SELECT unit, day, os, sum(reports) AS reports, sum(estimated) AS estimated
    FROM counted JOIN crash_types USING (crash_type) WHERE in_rates GROUP BY unit, day, os
), installs AS (
    SELECT unit, day, os, installs FROM units JOIN install_counts
        ON built IS NULL AND product_version_id = version AND day >= first AND day < last
    UNION ALL
    SELECT unit, day, os, installs FROM units JOIN install_counts_build
        ON build_day = built AND product_version_id = version AND day >= first AND day < last
), active AS (
    SELECT unit, day, os, adi FROM units JOIN adi
        ON built IS NULL AND product_version_id = version AND day >= first AND day < last
    UNION ALL
    SELECT unit, day, os, adi FROM units JOIN adi_build
        ON build_day = built AND product_version_id = version AND day >= first AND day < last
)
SELECT unit, day, code, coalesce(reports, 0)::int, coalesce(estimated, 0)::float8,
       CASE WHEN day NOT IN (SELECT day FROM days_without_installs)
            THEN coalesce(installs, 0)::int END,
       adi::bigint
FROM crashes FULL JOIN active USING (unit, day, os) LEFT JOIN installs USING (unit, day, os)
JOIN operating_systems USING (os)
ORDER BY unit, day, os

-- name: new_signatures
-- The most frequent signature of each build that no older build had, and how many there are.
WITH builds AS (
    SELECT * FROM unnest(%(versions)s::int[], %(build_ids)s::text[]) AS builds (version, build_id)
), fresh AS MATERIALIZED (
    SELECT version, build_id, signature_id FROM builds JOIN signatures ON first_build = build_id
), crashed AS (
    -- A lookup for each: nobody can tell Postgres that few signatures are new, and it would read
    -- millions of rows.
    SELECT version, build_id, signature_id, counted.reports, counted.estimated
    FROM fresh
    CROSS JOIN LATERAL (SELECT sum(reports) AS reports, sum(estimated) AS estimated
                        FROM top_crashers
                        WHERE top_crashers.signature_id = fresh.signature_id
                          AND product_version_id = version
                          AND day >= %(start)s AND day < %(end)s) AS counted
    WHERE counted.reports IS NOT NULL
), ranked AS (
    SELECT version, build_id, signature, reports,
           count(*) OVER (PARTITION BY version, build_id) AS signatures,
           row_number() OVER (PARTITION BY version, build_id
                              ORDER BY estimated DESC, signature COLLATE "C") AS place
    FROM crashed JOIN signatures USING (signature_id)
)
SELECT version, build_id, signature, reports::int, signatures::int FROM ranked WHERE place = 1
