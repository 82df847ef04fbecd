-- name: by_version
-- The versions in which a signature crashed, most estimated crashes first, and in every row the
-- totals of all of them. Rapid betas are counted one by one. Ranks are those that were made ahead.
-- Estimates are rounded before they are compared: sums in another order differ in the last bits.
-- One day without installs in the period makes the sum NULL.
WITH counted AS (
    SELECT product_version_id,
           coalesce(sum(reports) FILTER (WHERE is_now), 0)::int AS crash_count,
           coalesce(round(sum(estimated) FILTER (WHERE is_now) * 1000) / 1000, 0) AS estimated,
           CASE WHEN bool_and(installs IS NOT NULL) FILTER (WHERE is_now)
                THEN sum(installs) FILTER (WHERE is_now) END::int AS installs,
           coalesce(sum(reports) FILTER (WHERE day < %(start)s), 0)::int AS previous_count,
           coalesce(round(sum(estimated) FILTER (WHERE day < %(start)s) * 1000) / 1000, 0)
               AS previous_estimated,
           coalesce(round(sum(estimated) FILTER (WHERE day = %(today)s) * 1000) / 1000, 0)
               AS today_estimated
    FROM top_crashers
    JOIN product_versions USING (product_version_id)
    CROSS JOIN LATERAL (SELECT day >= %(start)s AND day < %(end)s AS is_now) AS period
    WHERE signature_id = (SELECT signature_id FROM signatures WHERE signature = %(signature)s)
      AND (day >= %(before)s AND day < %(end)s OR day = %(today)s) AND NOT is_rapid_beta
      AND (%(product)s::text IS NULL OR lower(product) = lower(%(product)s))
    GROUP BY product_version_id
), totals AS (
    SELECT coalesce(sum(crash_count), 0)::int AS crash_count,
           coalesce(round(sum(estimated) * 1000) / 1000, 0) AS estimated,
           CASE WHEN bool_and(installs IS NOT NULL) FILTER (WHERE crash_count > 0)
                THEN sum(installs) END::int AS installs,
           coalesce(sum(previous_count), 0)::int AS previous_count,
           coalesce(round(sum(previous_estimated) * 1000) / 1000, 0) AS previous_estimated,
           coalesce(round(sum(today_estimated) * 1000) / 1000, 0) AS today_estimated,
           (count(*) FILTER (WHERE crash_count > 0))::int AS versions
    FROM counted
), page AS (
    SELECT counted.*, product, version, version_sort, release_channel
    FROM counted JOIN product_versions USING (product_version_id)
    WHERE crash_count > 0
    ORDER BY estimated DESC, product COLLATE "C", version_sort COLLATE "C" DESC,
             product_version_id DESC
    LIMIT %(most)s OFFSET %(skip)s
)
SELECT totals.crash_count, totals.estimated, totals.installs, totals.previous_count,
       totals.previous_estimated, totals.today_estimated, totals.versions,
       product, version, release_channel, page.estimated, page.crash_count,
       page.estimated * 100.0 / nullif(totals.estimated, 0), page.installs,
       page.previous_estimated, page.previous_count, rank,
       CASE WHEN rank IS NOT NULL THEN ranks.estimated * 100.0 / ranking.estimated END
FROM totals
LEFT JOIN page ON true
LEFT JOIN top_crasher_rankings AS ranking
    ON ranking.product_version_id = page.product_version_id AND ranking.days = %(days)s
       AND last_day = %(end)s::date - 1 AND fresh
LEFT JOIN top_crasher_ranks AS ranks
    ON ranks.product_version_id = page.product_version_id
       AND (ranks.days, ranks.last_day) = (ranking.days, ranking.last_day)
       AND ranks.signature_id = (SELECT signature_id FROM signatures
                                 WHERE signature = %(signature)s)
ORDER BY page.estimated DESC, product COLLATE "C", version_sort COLLATE "C" DESC,
         page.product_version_id DESC

-- name: by_day
-- Every day of the period; 0 on those without crashes.
SELECT listed.day::date, coalesce(round(sum(estimated) * 1000) / 1000, 0),
       coalesce(sum(reports), 0)::int,
       CASE WHEN listed.day NOT IN (SELECT day FROM days_without_installs)
            THEN coalesce(sum(installs), 0)::int END,
       coalesce(sum(win), 0)::int, coalesce(sum(mac), 0)::int, coalesce(sum(lin), 0)::int,
       coalesce(sum(android), 0)::int, coalesce(sum(browser), 0)::int,
       coalesce(sum(plugin), 0)::int, coalesce(sum(content), 0)::int,
       coalesce(sum(hang), 0)::int, coalesce(sum(startup), 0)::int
FROM generate_series(%(start)s::timestamp, %(end)s::timestamp - interval '1 day', '1 day')
    AS listed (day)
LEFT JOIN (
    SELECT top_crashers.*
    FROM top_crashers
    JOIN product_versions USING (product_version_id)
    WHERE signature_id = (SELECT signature_id FROM signatures WHERE signature = %(signature)s)
      AND day >= %(start)s AND day < %(end)s AND NOT is_rapid_beta
      AND (%(product)s::text IS NULL OR lower(product) = lower(%(product)s))
      AND (%(versions)s::text[] IS NULL OR version = ANY(%(versions)s::text[]))
      AND (%(channel)s::text IS NULL OR release_channel = %(channel)s)
) AS counted ON counted.day = listed.day
GROUP BY listed.day
ORDER BY listed.day

-- name: pages
-- Pages on which several people had a signature; those that are too rare to be named come last.
SELECT sum(reports)::int AS reports, coalesce(nullif(url, ''), %(rare)s),
       coalesce(nullif(domain, ''), %(rare)s)
FROM url_signatures
JOIN urls USING (url_id)
JOIN product_versions USING (product_version_id)
WHERE signature_id = (SELECT signature_id FROM signatures WHERE signature = %(signature)s)
  AND day >= %(start)s AND day < %(end)s
  AND (%(product)s::text IS NULL OR lower(product) = lower(%(product)s))
GROUP BY url, domain
ORDER BY url = '', reports DESC, url, domain
LIMIT %(most)s OFFSET %(skip)s

-- name: first
SELECT first_report, first_build FROM signatures WHERE signature = %(signature)s

-- name: is_reported
SELECT EXISTS (SELECT FROM reports WHERE signature = %(signature)s)

-- name: nearest
-- Signatures of the index of stacks that contain most of some words, in either case; of those that
-- contain as many, the ones with the most crashes.
SELECT signature
FROM similar_stacks
CROSS JOIN LATERAL (
    SELECT count(*) AS words FROM unnest(%(words)s::text[]) AS named (word)
    WHERE strpos(lower(signature), word) > 0) AS contained
WHERE contained.words > 0
GROUP BY signature, contained.words
ORDER BY contained.words DESC, sum(crash_count) DESC, signature COLLATE "C"
LIMIT %(most)s

-- name: bugs
-- Bugs that name a signature, open ones first; a duplicate stands beside the bug it is a copy of.
SELECT bug_id, status, resolution, summary, duplicate, since
FROM signature_bugs
WHERE signature = %(signature)s
ORDER BY resolution <> '', bug_id DESC, duplicate
LIMIT %(most)s

-- name: exploded
-- The last day on which a signature exploded in [start, end), the greatest rise first.
SELECT explosions.day, product, release_channel, first_day, ratio, low, high
FROM explosions
WHERE signature_id = (SELECT signature_id FROM signatures WHERE signature = %(signature)s)
  AND day >= %(start)s AND day < %(end)s
  AND (%(product)s::text IS NULL OR lower(product) = lower(%(product)s))
ORDER BY day DESC, coalesce(ratio, low) DESC, product, release_channel
LIMIT 1
