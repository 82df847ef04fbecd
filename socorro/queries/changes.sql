-- name: changes
-- new: no crash of any version of the product before. back: none in the days before these, but
-- earlier. gone: none now, where so many were usual that this is no chance, even if as many
-- signatures as there are have it; crashes of one machine come in series, so they are divided by the
-- variance of a day / its mean.
WITH counted AS MATERIALIZED (
    SELECT signature_id, sum(reports) AS crash_count, min(top_crashers.day) AS since,
           CASE WHEN bool_and(installs IS NOT NULL) THEN sum(installs)::integer END AS installs
    FROM top_crashers
    WHERE product_version_id = ANY(%(versions)s::int[]) AND day >= %(start)s AND day < %(end)s
    GROUP BY signature_id
), before AS MATERIALIZED (
    SELECT signature_id, sum(reports)::float8 AS crash_count, max(top_crashers.day) AS last_day
    FROM top_crashers
    WHERE product_version_id = ANY(%(versions)s::int[])
      AND day >= %(start)s::date - %(before)s::integer AND day < %(start)s
    GROUP BY signature_id
), totals AS MATERIALIZED (
    SELECT greatest(coalesce((SELECT sum(crash_count) FROM counted), 0), 1)::float8 AS now,
           greatest(coalesce((SELECT sum(crash_count) FROM before), 0), 1)::float8 AS total,
           greatest((SELECT count(*) FROM before), 1)::float8 AS tests
), arrived AS MATERIALIZED (
    SELECT counted.*
    FROM counted
    LEFT JOIN before USING (signature_id)
    WHERE before.signature_id IS NULL
), missing AS MATERIALIZED (
    -- Those that would be gone if no machine crashed in series; a day's crashes are looked up next.
    SELECT before.*, ln(total / (total + now)) AS ln_share, now, total, tests
    FROM before
    CROSS JOIN totals
    LEFT JOIN counted USING (signature_id)
    WHERE counted.signature_id IS NULL
      AND before.crash_count * ln(total / (total + now)) + ln(tests) <= ln(0.05)
), listed AS MATERIALIZED (
    SELECT kinds.kind, signature_id, crash_count::integer, installs, NULL::float8 AS expected,
           since, NULL::float8 AS chance
    FROM arrived
    -- A lookup for each: few are new, and the table has a row for each signature and version.
    LEFT JOIN LATERAL (SELECT 'back' AS kind FROM signature_products
                       JOIN product_versions USING (product_version_id)
                       WHERE signature_products.signature_id = arrived.signature_id
                         AND product_versions.product = %(product)s
                         AND first_report < %(start)s
                       LIMIT 1) AS earlier ON true
    CROSS JOIN LATERAL (SELECT coalesce(earlier.kind, 'new')) AS kinds (kind)
    WHERE kinds.kind = 'new' OR crash_count >= %(least)s
    UNION ALL
    SELECT 'gone', signature_id, 0, 0, crash_count * now / total, last_day + 1,
           exp(greatest(-700, crash_count / scatter * ln_share)) * tests
    FROM missing
    CROSS JOIN LATERAL (
        SELECT greatest(1, (sum(reports * reports) - sum(reports) ^ 2 / %(before)s)
                           / nullif(sum(reports), 0)) AS scatter
        FROM (SELECT sum(reports)::float8 AS reports
              FROM top_crashers
              WHERE top_crashers.signature_id = missing.signature_id
                AND product_version_id = ANY(%(versions)s::int[])
                AND day >= %(start)s::date - %(before)s::integer AND day < %(start)s
              GROUP BY day) AS days
    ) AS days
    WHERE crash_count / scatter * ln_share + ln(tests) <= ln(0.05)
)
SELECT kind, signature, crash_count, installs, expected, since, chance, first_build,
       ARRAY(SELECT DISTINCT bug_id FROM signature_bugs
             WHERE signature_bugs.signature = page.signature ORDER BY bug_id),
       (SELECT jsonb_object_agg(kind, signatures)
        FROM (SELECT kind, count(*) AS signatures FROM listed GROUP BY kind) AS kinds)
FROM (SELECT listed.*, signature, first_build
      FROM listed
      JOIN signatures USING (signature_id)
      ORDER BY array_position(ARRAY['new', 'back', 'gone'], kind), crash_count DESC,
               expected DESC, signature COLLATE "C"
      LIMIT %(most)s) AS page
ORDER BY array_position(ARRAY['new', 'back', 'gone'], kind), crash_count DESC, expected DESC,
         signature COLLATE "C"
