-- name: crash_rate
-- Crashes and installs meet by version and day; by system as well only when systems are
-- requested, because installs may be reported without one.
WITH counted AS (
    SELECT product_version_id, day, day AS submitted, os, crash_type, reports, estimated
    FROM crash_counts
    WHERE %(by)s = 'report' AND product_version_id = ANY(%(versions)s::int[])
      AND day >= %(start)s AND day < %(end)s
    UNION ALL
    SELECT product_version_id, build_day, day, os, crash_type, reports, estimated
    FROM crash_counts_build
    WHERE %(by)s = 'build' AND product_version_id = ANY(%(versions)s::int[])
      AND build_day >= %(start)s AND build_day < %(end)s AND day <= build_day + 6
), crashes AS (
    SELECT product_version_id, day, submitted, system.os,
           sum(reports) AS reports, sum(estimated) AS estimated
    FROM counted
    JOIN crash_types USING (crash_type)
    JOIN operating_systems AS named USING (os)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN %(each_os)s OR %(system)s::text IS NOT NULL THEN counted.os END AS os
    ) AS system
    WHERE (%(system)s::text IS NULL OR named.code = %(system)s)
      AND CASE WHEN %(crash_types)s::text[] = '{}' THEN crash_types.in_rates
               ELSE crash_types.name = ANY(%(crash_types)s::text[]) END
    GROUP BY 1, 2, 3, 4
), reported_installs AS (
    SELECT product_version_id, day, day AS submitted, os, adi
    FROM adi
    WHERE %(by)s = 'report' AND product_version_id = ANY(%(versions)s::int[])
      AND day >= %(start)s AND day < %(end)s
    UNION ALL
    SELECT product_version_id, build_day, day, os, adi
    FROM adi_build
    WHERE %(by)s = 'build' AND product_version_id = ANY(%(versions)s::int[])
      AND build_day >= %(start)s AND build_day < %(end)s AND day <= build_day + 6
), installs AS (
    SELECT product_version_id, day, submitted, system.os, sum(adi) AS adi
    FROM reported_installs AS reported
    JOIN operating_systems AS named USING (os)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN %(each_os)s OR %(system)s::text IS NOT NULL THEN reported.os END AS os
    ) AS system
    WHERE %(system)s::text IS NULL OR named.code = %(system)s
    GROUP BY 1, 2, 3, 4
), sent AS (
    SELECT product_version_id, day, day AS submitted, os, installs, without_time
    FROM install_counts
    WHERE %(by)s = 'report' AND product_version_id = ANY(%(versions)s::int[])
      AND day >= %(start)s AND day < %(end)s
    UNION ALL
    SELECT product_version_id, build_day, day, os, installs, without_time
    FROM install_counts_build
    WHERE %(by)s = 'build' AND product_version_id = ANY(%(versions)s::int[])
      AND build_day >= %(start)s AND build_day < %(end)s AND day <= build_day + 6
), crashed AS (
    SELECT product_version_id AS version, day, submitted, system.os, sum(installs) AS crashed,
           sum(without_time) AS without_time
    FROM sent
    JOIN operating_systems AS named USING (os)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN %(each_os)s OR %(system)s::text IS NOT NULL THEN sent.os END AS os
    ) AS system
    WHERE (%(system)s::text IS NULL OR named.code = %(system)s) AND %(crash_types)s::text[] = '{}'
    GROUP BY 1, 2, 3, 4
), met AS (
    SELECT coalesce(crashes.product_version_id, installs.product_version_id) AS version,
           coalesce(crashes.day, installs.day) AS day, coalesce(crashes.os, installs.os) AS os,
           coalesce(crashes.submitted, installs.submitted) AS submitted,
           coalesce(reports, 0) AS reports, coalesce(estimated, 0) AS estimated, adi
    FROM crashes FULL JOIN installs
        ON (crashes.product_version_id, crashes.day, crashes.submitted, coalesce(crashes.os, -1))
         = (installs.product_version_id, installs.day, installs.submitted, coalesce(installs.os, -1))
), summed AS (
    SELECT met.day, CASE WHEN %(each_version)s THEN product_versions.version END AS version,
           CASE WHEN %(each_channel)s THEN release_channel END AS channel,
           operating_systems.name AS os, max(version_sort COLLATE "C") AS place,
           sum(reports) AS reports, sum(estimated) AS estimated, sum(adi) AS adi,
           coalesce(sum(reports) FILTER (WHERE adi > 0), 0) AS rated_reports,
           coalesce(sum(estimated) FILTER (WHERE adi > 0), 0) AS rated_estimated,
           CASE WHEN bool_and(crashed IS NOT NULL OR reports = 0)
                THEN coalesce(sum(crashed), 0) END AS crashed, sum(without_time) AS without_time
    FROM met
    LEFT JOIN crashed
        ON (crashed.version, crashed.day, crashed.submitted, coalesce(crashed.os, -1))
         = (met.version, met.day, met.submitted, coalesce(met.os, -1))
    JOIN product_versions ON product_versions.product_version_id = met.version
    LEFT JOIN operating_systems ON operating_systems.os = met.os
    GROUP BY met.day, CASE WHEN %(each_version)s THEN met.version END, 2, 3, 4
)
SELECT day, version, channel, os, reports::int, estimated, adi::bigint, (reports - rated_reports)::int,
       round((rated_estimated * 100 / nullif(adi, 0)::float8)::numeric, 3)::float8,
       reports / nullif(estimated, 0), rated_reports::int, rated_estimated,
       crashed::int, coalesce(without_time, 0)::int
FROM summed
ORDER BY day DESC, place DESC, version, channel, os COLLATE "C"
LIMIT %(most)s OFFSET %(skip)s
