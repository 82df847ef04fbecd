-- name: due
-- Days with crashes that were not judged, the oldest first, then yesterday and today.
SELECT day
FROM (SELECT DISTINCT day FROM crash_counts
      WHERE day BETWEEN %(today)s::date - %(back)s::integer + 1 AND %(today)s::date) AS counted
WHERE day >= %(today)s::date - 1
   OR NOT EXISTS (SELECT FROM explosion_days WHERE explosion_days.day = counted.day)
ORDER BY day

-- name: limit
SELECT set_config('statement_timeout', %(milliseconds)s, true)

-- name: lock
SELECT pg_advisory_xact_lock(hashtext('explosions'))

-- name: channels
-- Without those that count other betas together: each crash counts once.
SELECT product, release_channel, array_agg(product_version_id ORDER BY product_version_id)
FROM product_versions AS versions
WHERE NOT EXISTS (SELECT FROM product_versions AS betas
                  WHERE betas.rapid_beta_id = versions.product_version_id)
  AND EXISTS (SELECT FROM crash_counts
              WHERE crash_counts.product_version_id = versions.product_version_id
                AND crash_counts.day BETWEEN %(first)s AND %(last)s)
GROUP BY product, release_channel
HAVING EXISTS (SELECT FROM crash_counts
               WHERE crash_counts.product_version_id = ANY(array_agg(versions.product_version_id))
                 AND crash_counts.day = %(last)s)
ORDER BY product, release_channel

-- name: installs
SELECT coalesce(sum(reports), 0)::bigint, coalesce(sum(installs), 0)::bigint,
       coalesce(sum(without_time), 0)::bigint, count(*) FILTER (WHERE installs IS NULL)
FROM (SELECT product_version_id, day, sum(reports) AS reports
      FROM crash_counts
      WHERE product_version_id = ANY(%(versions)s::int[]) AND day BETWEEN %(first)s AND %(last)s
      GROUP BY product_version_id, day) AS crashes
LEFT JOIN (SELECT product_version_id, day, sum(installs) AS installs,
                  sum(without_time) AS without_time
           FROM install_counts
           WHERE product_version_id = ANY(%(versions)s::int[])
             AND day BETWEEN %(first)s AND %(last)s
           GROUP BY product_version_id, day) AS times USING (product_version_id, day)

-- name: totals
-- By installs: as many as there are, and as many more as there are more crashes than processed ones.
SELECT product_version_id, day, events, events * estimated / reports
FROM (SELECT product_version_id, day - %(first)s::date AS day, sum(reports)::float8 AS reports,
             sum(estimated) AS estimated,
             CASE WHEN %(by_installs)s
                  THEN coalesce((SELECT sum(installs) FROM install_counts
                                 WHERE install_counts.product_version_id
                                       = crash_counts.product_version_id
                                   AND install_counts.day = crash_counts.day), 0)
                  ELSE sum(reports) END::float8 AS events
      FROM crash_counts
      WHERE product_version_id = ANY(%(versions)s::int[]) AND day BETWEEN %(first)s AND %(last)s
      GROUP BY product_version_id, crash_counts.day) AS crashes

-- name: adi
SELECT product_version_id, day - %(first)s::date, sum(adi)::float8
FROM adi
WHERE product_version_id = ANY(%(versions)s::int[]) AND day BETWEEN %(first)s AND %(last)s
GROUP BY product_version_id, day

-- name: signatures
WITH recent AS (
    SELECT signature_id
    FROM top_crashers
    WHERE product_version_id = ANY(%(versions)s::int[]) AND day BETWEEN %(recent)s AND %(last)s
    GROUP BY signature_id
    HAVING sum(CASE WHEN %(by_installs)s THEN installs ELSE reports END) >= %(least)s
    ORDER BY sum(reports) DESC, signature_id
    LIMIT %(most)s
)
SELECT signature_id, array_agg(product_version_id), array_agg(day - %(first)s::date),
       array_agg(CASE WHEN %(by_installs)s THEN coalesce(installs, 0) ELSE reports END)
FROM top_crashers
JOIN recent USING (signature_id)
WHERE product_version_id = ANY(%(versions)s::int[]) AND day BETWEEN %(first)s AND %(last)s
GROUP BY signature_id

-- name: signature_count
SELECT count(*)
FROM (SELECT DISTINCT signature_id FROM top_crashers
      WHERE product_version_id = ANY(%(versions)s::int[])
        AND day BETWEEN %(first)s AND %(last)s) AS different

-- name: alarms
SELECT signature_id, day, window_days, first_day
FROM explosions
WHERE product = %(product)s AND release_channel = %(channel)s
  AND day >= %(first)s AND day < %(last)s

-- name: forget
DELETE FROM explosions WHERE day = %(day)s

-- name: forget_days
DELETE FROM explosion_days WHERE day = %(day)s

-- name: save_day
INSERT INTO explosion_days
    (day, product, release_channel, signatures, judged, counted, exposure, adi_day)
VALUES (%(day)s, %(product)s, %(channel)s, %(signatures)s, %(judged)s, %(counted)s, %(exposure)s,
        %(adi_day)s)

-- name: save
-- Returns the text of the signature.
WITH saved AS (
    INSERT INTO explosions
        (day, product, release_channel, signature_id, first_day, window_days, events, expected,
         ratio, low, high, scatter, p, tests, history_days, counts, expected_counts)
    VALUES (%(day)s, %(product)s, %(channel)s, %(signature_id)s, %(first_day)s, %(window_days)s,
            %(events)s, %(expected)s, %(ratio)s, %(low)s, %(high)s, %(scatter)s, %(p)s, %(tests)s,
            %(history_days)s, %(counts)s, %(expected_counts)s)
    RETURNING signature_id
)
SELECT signature FROM saved JOIN signatures USING (signature_id)
