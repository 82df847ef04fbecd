-- name: top_crashers
-- One page of signatures by rank, and the totals in every row, of which there is at least one.
-- The columns of a row are total_... and the fields of TopCrasher, in their order.
-- A source that is not the requested one reads nothing: its condition is a constant.
-- Estimates are rounded before they are compared: sums in another order differ in the last bits, and
-- a tie must be one.
-- Installs are counted by system, not by type of crash: then they are NULL. One day without them in
-- the period makes the sum NULL; ranks go by the days that have them. The squares of a system or type
-- are taken for the same share of all as its reports.
WITH counted AS (
    SELECT signature_id, day >= %(start)s AS is_now, reports, estimated, win, mac, lin, android,
           browser, plugin, content, hang, startup, installs, win_installs, mac_installs,
           lin_installs, android_installs, squares
    FROM top_crashers
    WHERE %(source)s = 'report' AND product_version_id = ANY(%(versions)s::int[])
      AND day >= %(before)s AND day < %(end)s
    UNION ALL
    SELECT signature_id, build_day >= %(start)s AS is_now, reports, estimated, win, mac, lin,
           android, browser, plugin, content, hang, startup, installs, win_installs, mac_installs,
           lin_installs, android_installs, squares
    FROM top_crashers_build
    WHERE %(source)s = 'build' AND product_version_id = ANY(%(versions)s::int[])
      AND build_day >= %(before)s AND build_day < %(end)s
    UNION ALL
    SELECT signature_id, submitted_at >= %(start)s::timestamp AT TIME ZONE 'UTC' AS is_now,
           1 AS reports, estimated,
           (os = 1)::int AS win, (os = 2)::int AS mac, (os = 3)::int AS lin,
           (os = 4)::int AS android, (crash_type IN (1, 3))::int AS browser,
           (crash_type IN (2, 4))::int AS plugin, (crash_type = 5)::int AS content,
           (hang_id IS NOT NULL)::int AS hang, (coalesce(uptime_level, 0) = 1)::int AS startup,
           NULL, NULL, NULL, NULL, NULL, estimated * estimated
    FROM reports_clean
    WHERE %(source)s = 'crashes, by report'
      AND (product_version_id = ANY(%(versions)s::int[]) OR rapid_beta_id = ANY(%(versions)s::int[]))
      AND submitted_at >= %(before)s::timestamp AT TIME ZONE 'UTC'
      AND submitted_at < %(end)s::timestamp AT TIME ZONE 'UTC'
      AND os = %(os)s
    UNION ALL
    SELECT signature_id, build_day >= %(start)s AS is_now, 1 AS reports, estimated,
           (os = 1)::int AS win, (os = 2)::int AS mac, (os = 3)::int AS lin,
           (os = 4)::int AS android, (crash_type IN (1, 3))::int AS browser,
           (crash_type IN (2, 4))::int AS plugin, (crash_type = 5)::int AS content,
           (hang_id IS NOT NULL)::int AS hang, (coalesce(uptime_level, 0) = 1)::int AS startup,
           NULL, NULL, NULL, NULL, NULL, estimated * estimated
    FROM reports_clean
    WHERE %(source)s = 'crashes, by build' AND build_version_id = ANY(%(versions)s::int[])
      AND submitted_at >= %(before)s::timestamp AT TIME ZONE 'UTC'
      AND submitted_at < (%(end)s::date + 6)::timestamp AT TIME ZONE 'UTC'
      AND build_day >= %(before)s AND build_day < %(end)s AND os = %(os)s
      AND submitted_at < (build_day + 7)::timestamp AT TIME ZONE 'UTC'
), measured AS (
    SELECT counted.*,
           CASE %(measure)s WHEN 'win' THEN win WHEN 'mac' THEN mac WHEN 'lin' THEN lin
               WHEN 'android' THEN android WHEN 'browser' THEN browser WHEN 'plugin' THEN plugin
               WHEN 'content' THEN content WHEN 'hang' THEN hang WHEN 'startup' THEN startup
               ELSE reports END AS measure,
           CASE WHEN %(measure)s::text IS NULL THEN installs
               WHEN %(measure)s = 'win' THEN win_installs WHEN %(measure)s = 'mac' THEN mac_installs
               WHEN %(measure)s = 'lin' THEN lin_installs
               WHEN %(measure)s = 'android' THEN android_installs END AS crashed
    FROM counted
), summed AS (
    SELECT signature_id,
           coalesce(sum(measure) FILTER (WHERE is_now), 0)::int AS crash_count,
           coalesce(sum(measure) FILTER (WHERE NOT is_now), 0)::int AS previous_count,
           coalesce(round(sum(estimated * measure / reports) FILTER (WHERE is_now) * 1000) / 1000,
                    0) AS estimated_count,
           coalesce(round(sum(estimated * measure / reports) FILTER (WHERE NOT is_now) * 1000)
                    / 1000, 0) AS previous_estimated,
           sum(win) FILTER (WHERE is_now)::int AS win, sum(mac) FILTER (WHERE is_now)::int AS mac,
           sum(lin) FILTER (WHERE is_now)::int AS lin,
           sum(android) FILTER (WHERE is_now)::int AS android,
           sum(browser) FILTER (WHERE is_now)::int AS browser,
           sum(plugin) FILTER (WHERE is_now)::int AS plugin,
           sum(content) FILTER (WHERE is_now)::int AS content,
           sum(hang) FILTER (WHERE is_now)::int AS hang,
           sum(startup) FILTER (WHERE is_now)::int AS startup,
           sum(reports) FILTER (WHERE is_now)::int AS reports,
           CASE WHEN bool_and(crashed IS NOT NULL) FILTER (WHERE is_now)
                THEN sum(crashed) FILTER (WHERE is_now) END::int AS installs,
           CASE WHEN bool_and(squares IS NOT NULL) FILTER (WHERE is_now)
                THEN sum(squares * measure / reports) FILTER (WHERE is_now) END AS squares,
           coalesce(sum(crashed) FILTER (WHERE is_now), 0)::int AS known_installs,
           coalesce(sum(crashed) FILTER (WHERE NOT is_now), 0)::int AS previous_installs
    FROM measured
    WHERE measure > 0
    GROUP BY signature_id
), crashed AS (
    SELECT day >= %(start)s AS is_now, installs FROM install_counts
    WHERE %(source)s = 'report' AND product_version_id = ANY(%(versions)s::int[])
      AND day >= %(before)s AND day < %(end)s AND (%(os)s::int IS NULL OR os = %(os)s)
    UNION ALL
    SELECT build_day >= %(start)s AS is_now, installs FROM install_counts_build
    WHERE %(source)s = 'build' AND product_version_id = ANY(%(versions)s::int[])
      AND build_day >= %(before)s AND build_day < %(end)s AND day < build_day + 7
      AND (%(os)s::int IS NULL OR os = %(os)s)
), installs AS (
    SELECT coalesce(sum(installs) FILTER (WHERE is_now), 0)::int AS installs,
           coalesce(sum(installs) FILTER (WHERE NOT is_now), 0)::int AS previous_installs
    FROM crashed
), totals AS (
    SELECT coalesce(sum(crash_count), 0)::int AS crash_count,
           (count(*) FILTER (WHERE crash_count > 0))::int AS signature_count,
           coalesce(sum(previous_count), 0)::int AS previous_count,
           coalesce(round(sum(estimated_count) * 1000) / 1000, 0) AS estimated_count,
           coalesce(round(sum(previous_estimated) * 1000) / 1000, 0) AS previous_estimated
    FROM summed
), weighed AS (
    SELECT summed.*,
           CASE %(count)s WHEN 'processed' THEN crash_count WHEN 'installs' THEN known_installs
               ELSE estimated_count END AS weight,
           CASE %(count)s WHEN 'processed' THEN previous_count
               WHEN 'installs' THEN previous_installs ELSE previous_estimated END
               AS previous_weight
    FROM summed
), ranked AS (
    SELECT weighed.*, signature, first_report,
           row_number() OVER (ORDER BY weight DESC, signature COLLATE "C") AS rank,
           CASE WHEN previous_count > 0 THEN
               row_number() OVER (ORDER BY previous_weight DESC, signature COLLATE "C")
           END AS previous_rank
    FROM weighed JOIN signatures USING (signature_id)
), page AS (
    SELECT * FROM ranked
    WHERE crash_count > 0 AND rank > %(skip)s AND rank <= %(skip)s::bigint + %(most)s
)
SELECT totals.crash_count AS total_crash_count, totals.signature_count AS total_signature_count,
       totals.previous_count AS total_previous_count,
       totals.estimated_count AS total_estimated_count,
       totals.previous_estimated AS total_previous_estimated,
       CASE WHEN %(measure)s::text IS NULL OR %(os)s::int IS NOT NULL AND %(source)s IN ('report', 'build')
            THEN installs.installs END AS total_installs,
       page.rank, page.signature, page.crash_count, page.estimated_count,
       coalesce(page.weight * 100.0::float8
           / CASE %(count)s WHEN 'processed' THEN totals.crash_count
                  WHEN 'installs' THEN nullif(installs.installs, 0)
                  ELSE totals.estimated_count END, 0) AS percent,
       page.installs, page.squares,
       page.win, page.mac, page.lin, page.android, page.browser, page.plugin, page.content,
       page.hang, page.startup,
       page.startup * 100.0::float8 / page.reports AS startup_percent,
       page.previous_rank, page.previous_count, page.previous_estimated,
       CASE WHEN page.previous_count > 0
            THEN page.previous_weight * 100.0::float8
                 / CASE %(count)s WHEN 'processed' THEN totals.previous_count
                       WHEN 'installs' THEN nullif(installs.previous_installs, 0)
                       ELSE totals.previous_estimated END
       END AS previous_percent,
       page.first_report,
       CASE WHEN %(name_versions)s THEN ARRAY(
             SELECT version
             FROM (SELECT DISTINCT version, version_sort
                   FROM signature_products JOIN product_versions USING (product_version_id)
                   WHERE signature_products.signature_id = page.signature_id
                     AND product_versions.product = ANY(%(products)s::text[])) AS seen
             ORDER BY version_sort COLLATE "C")
       ELSE '{}' END AS versions,
       ARRAY(SELECT bug_id FROM bug_signatures
             WHERE bug_signatures.signature = page.signature AND until IS NULL
             ORDER BY bug_id) AS bugs
FROM totals CROSS JOIN installs LEFT JOIN page ON true
ORDER BY page.rank

-- name: ranked
-- The same from rankings by estimated crashes that were made ahead; no row at all when one of the two
-- is missing or not fresh, the page goes beyond the last rank, or no version or group is requested.
-- A group is requested when all that crashed of it are among the versions, and none of another.
WITH requested AS (
    SELECT (%(versions)s::int[])[1] AS product_version_id
    WHERE cardinality(%(versions)s::int[]) = 1
    UNION ALL
    SELECT group_id FROM version_groups AS groups
    WHERE cardinality(%(versions)s::int[]) > 1
      AND NOT EXISTS (SELECT FROM product_versions AS versions
                      WHERE product_version_id = ANY(%(versions)s::int[])
                        AND (is_rapid_beta OR versions.product <> groups.product
                             OR versions.release_channel <> groups.release_channel))
), request AS (
    SELECT product_version_id, days, last_day, %(start)s::date - 1 AS day_before
    FROM requested JOIN top_crasher_rankings AS ranking USING (product_version_id)
    WHERE last_day = %(end)s::date - 1 AND days = %(days)s AND fresh
      AND coalesce(summed_versions, '{}') <@ %(versions)s::int[]
      AND %(skip)s::bigint + %(most)s <= ranked_signatures()
    ORDER BY product_version_id LIMIT 1  -- a group and its only channel are the same
), totals_before AS (
    SELECT reports, estimated, signatures FROM request JOIN top_crasher_rankings AS ranking
        ON (ranking.product_version_id, ranking.days) = (request.product_version_id, request.days)
           AND ranking.last_day = day_before
    WHERE fresh AND coalesce(summed_versions, '{}') <@ %(versions)s::int[]
    UNION ALL
    SELECT 0 AS reports, 0 AS estimated, 0 AS signatures FROM request
    WHERE NOT EXISTS (SELECT FROM crash_counts
                      WHERE crash_counts.product_version_id = ANY(%(versions)s::int[])
                        AND day >= %(before)s AND day < %(start)s)
), totals AS (
    SELECT ranking.reports AS crash_count, ranking.signatures AS signature_count,
           totals_before.reports AS previous_count, ranking.estimated AS estimated_count,
           totals_before.estimated AS previous_estimated,
           totals_before.signatures AS previous_signatures
    FROM request JOIN top_crasher_rankings AS ranking USING (product_version_id, days, last_day)
    CROSS JOIN totals_before
), page AS MATERIALIZED (
    SELECT ranks.* FROM request JOIN top_crasher_ranks AS ranks
        USING (product_version_id, days, last_day)
    WHERE rank > %(skip)s AND rank <= %(skip)s::bigint + %(most)s
), previous AS MATERIALIZED (
    SELECT signature_id, rank, ranks.reports, ranks.estimated
    FROM request JOIN top_crasher_ranks AS ranks
        ON (ranks.product_version_id, ranks.days) = (request.product_version_id, request.days)
           AND ranks.last_day = day_before
), named AS MATERIALIZED (  -- for all rows at once: it is most of what this statement costs
    SELECT signature_id, array_agg(version ORDER BY version_sort COLLATE "C") AS versions
    FROM (SELECT DISTINCT signature_id, version, version_sort
          FROM page JOIN signature_products USING (signature_id)
          JOIN product_versions ON product_versions.product_version_id
                                   = signature_products.product_version_id
          WHERE %(name_versions)s AND product = ANY(%(products)s::text[])) AS seen
    GROUP BY signature_id
)
SELECT totals.crash_count AS total_crash_count, totals.signature_count AS total_signature_count,
       totals.previous_count AS total_previous_count,
       totals.estimated_count AS total_estimated_count,
       totals.previous_estimated AS total_previous_estimated,
       (SELECT coalesce(sum(installs), 0)::int FROM install_counts
        WHERE product_version_id = ANY(%(versions)s::int[]) AND day >= %(start)s AND day < %(end)s)
           AS total_installs,
       page.rank, signature, page.reports AS crash_count, page.estimated AS estimated_count,
       page.estimated * 100.0::float8 / totals.estimated_count AS percent,
       page.installs, page.squares,
       page.win, page.mac, page.lin, page.android, page.browser, page.plugin, page.content,
       page.hang, page.startup,
       page.startup * 100.0::float8 / page.reports AS startup_percent,
       previous.rank AS previous_rank,
       coalesce(previous.reports, beyond.reports, 0)::int AS previous_count,
       coalesce(previous.estimated, beyond.estimated, 0) AS previous_estimated,
       coalesce(previous.estimated, beyond.estimated) * 100.0::float8
           / nullif(totals.previous_estimated, 0) AS previous_percent,
       first_report,
       coalesce(named.versions, '{}') AS versions,
       ARRAY(SELECT bug_id FROM bug_signatures
             WHERE bug_signatures.signature = signatures.signature AND until IS NULL
             ORDER BY bug_id) AS bugs
FROM totals
LEFT JOIN page ON true
LEFT JOIN signatures USING (signature_id)
LEFT JOIN previous USING (signature_id)
LEFT JOIN named USING (signature_id)
LEFT JOIN LATERAL (
    SELECT sum(reports) AS reports, round(sum(estimated) * 1000) / 1000 AS estimated
    FROM top_crashers
    WHERE previous.rank IS NULL AND totals.previous_signatures > ranked_signatures()
      AND top_crashers.product_version_id = ANY(%(versions)s::int[])
      AND top_crashers.signature_id = page.signature_id AND day >= %(before)s AND day < %(start)s
) AS beyond ON true
ORDER BY page.rank

-- name: last_day_by_report
-- A version has some hundred days at most, each one step in the index.
SELECT max(last.day)
FROM unnest(%(versions)s::int[]) AS requested (product_version_id)
CROSS JOIN LATERAL (
    SELECT max(day) AS day FROM crash_counts
    WHERE crash_counts.product_version_id = requested.product_version_id
      AND day < coalesce(%(before)s::date, 'infinity')) AS last

-- name: last_day_by_build
SELECT max(last.day)
FROM unnest(%(versions)s::int[]) AS requested (product_version_id)
CROSS JOIN LATERAL (
    SELECT max(build_day) AS day FROM crash_counts_build
    WHERE crash_counts_build.product_version_id = requested.product_version_id
      AND build_day < coalesce(%(before)s::date, 'infinity')) AS last

-- name: of_day
-- Signatures are few, so each is looked up in the index of one day of each version.
SELECT signature, sum(measure)::int AS crash_count,
       round(sum(estimated * measure / reports) * 1000) / 1000 AS estimated_count
FROM (SELECT signature, estimated, reports,
             CASE %(measure)s WHEN 'win' THEN win WHEN 'mac' THEN mac WHEN 'lin' THEN lin
                 WHEN 'android' THEN android WHEN 'browser' THEN browser WHEN 'plugin' THEN plugin
                 WHEN 'content' THEN content WHEN 'hang' THEN hang WHEN 'startup' THEN startup
                 ELSE reports END AS measure
      FROM signatures JOIN top_crashers USING (signature_id)
      WHERE signature = ANY(%(signatures)s::text[])
        AND product_version_id = ANY(%(versions)s::int[]) AND day = %(day)s) AS counted
GROUP BY signature

-- name: days_without_installs
SELECT day FROM days_without_installs WHERE day >= %(start)s AND day < %(end)s ORDER BY day

-- name: usual_weight
-- Crashes that an install of a day stands for, each counted as often as it has crashes.
SELECT (SELECT sum(squares) FROM install_counts
        WHERE product_version_id = ANY(%(versions)s::int[]) AND day >= %(start)s AND day < %(end)s)
       / nullif((SELECT sum(estimated) FROM crash_counts
                 WHERE product_version_id = ANY(%(versions)s::int[])
                   AND day >= %(start)s AND day < %(end)s), 0)
