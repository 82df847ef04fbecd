-- name: forget_line
DELETE FROM correlation_lines
WHERE product = %(product)s AND channel = %(channel)s AND day = %(day)s

-- name: forget_others
-- Lines of the day that are no longer among the largest.
DELETE FROM correlation_lines
WHERE day = %(day)s
  AND NOT EXISTS (SELECT FROM unnest(%(products)s::text[], %(channels)s::text[])
                              AS computed (product, channel)
                  WHERE computed.product = correlation_lines.product
                    AND computed.channel = correlation_lines.channel)

-- name: save_line
INSERT INTO correlation_lines (
    day, product, channel, first_day, installs, crashes, share, without_time, same_time, problems
) VALUES (
    %(day)s, %(product)s, %(channel)s, %(first_day)s, %(installs)s, %(crashes)s, %(share)s,
    %(without_time)s, %(same_time)s, %(problems)s
)

-- name: save_signatures
INSERT INTO correlation_signatures (
    day, product, channel, signature, rank, installs, crashes, attributes, kept, weak, explained,
    unjudged
)
SELECT %(day)s, %(product)s, %(channel)s, signature, rank, installs, crashes, attributes, kept,
       weak, explained, unjudged
FROM unnest(
    %(signatures)s::text[], %(ranks)s::int[], %(installs)s::int[], %(crashes)s::int[],
    %(attributes)s::int[], %(kept)s::int[], %(weak)s::int[], %(explained)s::int[],
    %(unjudged)s::int[]
) AS one (signature, rank, installs, crashes, attributes, kept, weak, explained, unjudged)

-- name: save_finding
INSERT INTO correlations (
    day, product, channel, signature, rank, state, attribute, value, names, count, other_count,
    difference, low, high, p, causes, lefts, left_lows, left_highs, comparable
) VALUES (
    %(day)s, %(product)s, %(channel)s, %(signature)s, %(rank)s, %(state)s, %(attribute)s,
    %(value)s, %(names)s, %(count)s, %(other_count)s, %(difference)s, %(low)s, %(high)s, %(p)s,
    %(causes)s, %(lefts)s, %(left_lows)s, %(left_highs)s, %(comparable)s
)
