-- name: selected
-- Reports by signature, product and submission, newest first, from a place on.
SELECT crash_id, submitted_at
FROM reports
WHERE submitted_at >= %(start)s AND submitted_at < %(end)s
  AND (%(signature)s::text IS NULL OR signature = %(signature)s)
  AND (%(product)s::text IS NULL OR product = %(product)s)
  AND (%(other_than)s::text IS NULL
       OR fields ->> 'signature_version' IS DISTINCT FROM %(other_than)s
          AND throttle_rule IS DISTINCT FROM 'fakedata')
  AND (%(before)s::timestamptz IS NULL
       OR (submitted_at, crash_id) < (%(before)s::timestamptz, %(before_id)s::uuid))
ORDER BY submitted_at DESC, crash_id DESC
LIMIT %(most)s

-- name: count
SELECT count(*)::int
FROM reports
WHERE submitted_at >= %(start)s AND submitted_at < %(end)s
  AND (%(signature)s::text IS NULL OR signature = %(signature)s)
  AND (%(product)s::text IS NULL OR product = %(product)s)
  AND (%(other_than)s::text IS NULL
       OR fields ->> 'signature_version' IS DISTINCT FROM %(other_than)s
          AND throttle_rule IS DISTINCT FROM 'fakedata')

-- name: moves
SELECT before, after, sum(crash_count)::int AS crash_count
FROM signature_moves
WHERE day >= %(first)s AND day <= %(last)s
GROUP BY before, after
ORDER BY crash_count DESC, before, after
LIMIT %(most)s

-- name: moved
SELECT coalesce(sum(crash_count), 0)::int,
       coalesce(sum(crash_count) FILTER (WHERE before <> after), 0)::int
FROM signature_moves
WHERE day >= %(first)s AND day <= %(last)s
