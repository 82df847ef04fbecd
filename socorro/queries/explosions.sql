-- name: explosions
-- Those of the selected versions: of their channel, and with crashes in one of them meanwhile.
SELECT explosions.day, explosions.product, explosions.release_channel, signature, first_day,
       window_days, events, counted, expected, ratio, low, high, scatter, p, tests,
       p * tests, history_days, counts, expected_counts, exposure = 'adi',
       ARRAY(SELECT DISTINCT bug_id FROM signature_bugs
             WHERE signature_bugs.signature = signatures.signature ORDER BY bug_id),
       ARRAY(SELECT version
             FROM top_crashers
             JOIN product_versions USING (product_version_id)
             WHERE product_version_id = ANY(%(versions)s::int[])
               AND product_versions.product = explosions.product
               AND product_versions.release_channel = explosions.release_channel
               AND top_crashers.signature_id = explosions.signature_id
               AND top_crashers.day > explosions.day - window_days
               AND top_crashers.day <= explosions.day
             GROUP BY version
             ORDER BY sum(reports) DESC, version COLLATE "C"),
       (SELECT ARRAY[coalesce(sum(win), 0), coalesce(sum(mac), 0), coalesce(sum(lin), 0),
                     coalesce(sum(android), 0)]::int[]
        FROM top_crashers
        JOIN product_versions USING (product_version_id)
        WHERE product_version_id = ANY(%(versions)s::int[])
          AND product_versions.product = explosions.product
          AND product_versions.release_channel = explosions.release_channel
          AND top_crashers.signature_id = explosions.signature_id
          AND top_crashers.day > explosions.day - window_days
          AND top_crashers.day <= explosions.day)
FROM explosions
JOIN explosion_days USING (day, product, release_channel)
JOIN signatures USING (signature_id)
WHERE explosions.day BETWEEN %(first)s AND %(last)s
  AND EXISTS (SELECT FROM top_crashers
              JOIN product_versions AS versions USING (product_version_id)
              WHERE product_version_id = ANY(%(versions)s::int[])
                AND versions.product = explosions.product
                AND versions.release_channel = explosions.release_channel
                AND top_crashers.signature_id = explosions.signature_id
                AND top_crashers.day > explosions.day - window_days
                AND top_crashers.day <= explosions.day)
  AND coalesce(ratio, low) >= %(least)s
ORDER BY coalesce(ratio, low) DESC, events DESC, signature COLLATE "C", release_channel COLLATE "C",
         explosions.day
LIMIT %(most)s OFFSET %(skip)s

-- name: judged
SELECT product, release_channel, signatures, judged, counted, exposure = 'adi', adi_day, judged_at
FROM explosion_days
WHERE day = %(day)s
  AND EXISTS (SELECT FROM product_versions
              WHERE product_version_id = ANY(%(versions)s::int[])
                AND product_versions.product = explosion_days.product
                AND product_versions.release_channel = explosion_days.release_channel)
ORDER BY product, release_channel

-- name: last_day
-- The last judged day, or the day before it when that is the last one with an explosion.
WITH judged AS (
    SELECT max(day) AS day FROM explosion_days
    JOIN (SELECT DISTINCT product, release_channel FROM product_versions
          WHERE product_version_id = ANY(%(versions)s::int[])) AS selected
        USING (product, release_channel)
    WHERE day < %(before)s
)
SELECT coalesce((SELECT max(day) FROM explosions
                 JOIN (SELECT DISTINCT product, release_channel FROM product_versions
                       WHERE product_version_id = ANY(%(versions)s::int[])) AS selected
                     USING (product, release_channel)
                 WHERE explosions.day BETWEEN judged.day - 1 AND judged.day), judged.day)
FROM judged
