-- name: last_day
SELECT max(day) FROM correlation_signatures
WHERE signature = %(signature)s
  AND (%(product)s::text IS NULL OR lower(product) = lower(%(product)s))
  AND (%(channel)s::text IS NULL OR channel = %(channel)s)

-- name: last_line
SELECT max(day) FROM correlation_lines
WHERE (%(product)s::text IS NULL OR lower(product) = lower(%(product)s))
  AND (%(channel)s::text IS NULL OR channel = %(channel)s)

-- name: compared
-- The lines in which a signature was compared, the one with the most installs first.
SELECT product, channel, first_day, day, correlation_signatures.rank,
       correlation_signatures.installs, correlation_signatures.crashes, attributes, kept, weak,
       explained, unjudged, correlation_lines.installs - correlation_signatures.installs,
       share, without_time, same_time, correlation_lines.installs, problems
FROM correlation_signatures
JOIN correlation_lines USING (product, channel, day)
WHERE signature = %(signature)s AND day = %(day)s
  AND (%(product)s::text IS NULL OR lower(product) = lower(%(product)s))
  AND (%(channel)s::text IS NULL OR channel = %(channel)s)
ORDER BY correlation_signatures.installs DESC, product COLLATE "C", channel COLLATE "C"

-- name: findings
SELECT product, channel, day, correlations.rank, state, attribute, value, names, count,
       correlation_signatures.installs, other_count,
       correlation_lines.installs - correlation_signatures.installs,
       difference, low, high, p, causes, lefts, left_lows, left_highs, comparable
FROM correlations
JOIN correlation_signatures USING (signature, product, channel, day)
JOIN correlation_lines USING (product, channel, day)
WHERE signature = %(signature)s AND day = %(day)s
  AND (%(product)s::text IS NULL OR lower(product) = lower(%(product)s))
  AND (%(channel)s::text IS NULL OR channel = %(channel)s)
ORDER BY correlation_signatures.installs DESC, product COLLATE "C", channel COLLATE "C",
         correlations.rank
LIMIT %(most)s OFFSET %(skip)s

-- name: exists
SELECT EXISTS (SELECT FROM signatures WHERE signature = %(signature)s)
