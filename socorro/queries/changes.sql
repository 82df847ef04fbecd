-- name: changes
-- new: no crash of any version of the product before. back: none in the days before these, but
-- earlier. gone: none now, where so many were usual that this is no chance, even if as many
-- signatures as there are have it; crashes of one machine come in series, so they are divided by the
-- variance of a day / its mean.
WITH counted AS (
    SELECT signature_id, sum(reports) AS crash_count, sum(estimated) AS estimated,
           min(top_crashers.day) AS since
    FROM top_crashers
    WHERE product_version_id = ANY(%(versions)s::int[]) AND day >= %(start)s AND day < %(end)s
    GROUP BY signature_id
), days_before AS (
    SELECT signature_id, top_crashers.day, sum(reports)::float8 AS reports
    FROM top_crashers
    WHERE product_version_id = ANY(%(versions)s::int[])
      AND day >= %(start)s::date - %(before)s::integer AND day < %(start)s
    GROUP BY signature_id, top_crashers.day
), before AS (
    SELECT signature_id, sum(reports) AS crash_count, max(days_before.day) AS last_day,
           greatest(1, (sum(reports * reports) - sum(reports) ^ 2 / %(before)s)
                       / nullif(sum(reports), 0)) AS scatter
    FROM days_before
    GROUP BY signature_id
), totals AS (
    SELECT greatest(coalesce((SELECT sum(crash_count) FROM counted), 0), 1)::float8 AS now,
           greatest(coalesce((SELECT sum(crash_count) FROM before), 0), 1)::float8 AS before,
           greatest((SELECT count(*) FROM before), 1)::float8 AS tests
), every AS (
    SELECT CASE WHEN EXISTS (SELECT FROM signature_products
                             JOIN product_versions USING (product_version_id)
                             WHERE signature_products.signature_id = counted.signature_id
                               AND product_versions.product = %(product)s
                               AND first_report < %(start)s)
                THEN 'back' ELSE 'new' END AS kind,
           signature_id, counted.crash_count::integer, NULL::float8 AS expected, since,
           NULL::float8 AS chance
    FROM counted
    LEFT JOIN before USING (signature_id)
    WHERE before.signature_id IS NULL
    UNION ALL
    SELECT 'gone', signature_id, 0, before.crash_count * totals.now / totals.before,
           last_day + 1,
           exp(greatest(-700, before.crash_count / scatter
                              * ln(totals.before / (totals.before + totals.now))))
           * tests
    FROM before
    CROSS JOIN totals
    LEFT JOIN counted USING (signature_id)
    WHERE counted.signature_id IS NULL
      AND before.crash_count / scatter * ln(totals.before / (totals.before + totals.now))
          + ln(tests) <= ln(0.05)
), listed AS (
    SELECT * FROM every WHERE kind <> 'back' OR crash_count >= %(least)s
)
SELECT kind, signature, crash_count, expected, since, chance, first_build,
       ARRAY(SELECT DISTINCT bug_id FROM signature_bugs
             WHERE signature_bugs.signature = page.signature ORDER BY bug_id),
       (SELECT jsonb_object_agg(kind, signatures)
        FROM (SELECT kind, count(*) AS signatures FROM listed GROUP BY kind) AS kinds)
FROM (SELECT listed.*, signature, first_build
      FROM listed
      JOIN signatures USING (signature_id)
      ORDER BY array_position(ARRAY['new', 'back', 'gone'], kind), crash_count DESC,
               expected DESC, signature COLLATE "C"
      LIMIT %(most)s OFFSET %(skip)s) AS page
ORDER BY array_position(ARRAY['new', 'back', 'gone'], kind), crash_count DESC, expected DESC,
         signature COLLATE "C"
