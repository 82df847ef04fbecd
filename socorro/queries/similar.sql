-- name: state
SELECT made_at, since, until, stacks, signatures, crash_count, left_out, complete, shares
FROM similar_state

-- name: parts
SELECT bytes FROM similar_index WHERE made_at = %(made_at)s ORDER BY part

-- name: of_signature
-- The stacks of a signature with the most crashes.
SELECT stack_id, signature, frames, crash_id, crash_count, first_day, last_day, systems, builds
FROM similar_stacks
WHERE signature = %(signature)s
ORDER BY crash_count DESC, stack_id
LIMIT %(most)s

-- name: by_id
SELECT stack_id, signature, frames, crash_id, crash_count, first_day, last_day, systems, builds
FROM similar_stacks
WHERE stack_id = ANY(%(stack_ids)s::bigint[])

-- name: frequent
-- Signatures of the stacks with the most crashes.
SELECT DISTINCT signature
FROM (SELECT signature FROM similar_stacks ORDER BY crash_count DESC, stack_id LIMIT %(most)s)
     AS stack
ORDER BY signature

-- name: places
-- Installs of signatures by system and reason, and by build.
SELECT signature, what, value, sum(installs)::bigint
FROM similar_stacks
CROSS JOIN LATERAL (
    SELECT 'systems', key, count::bigint FROM jsonb_each_text(systems) AS system (key, count)
    UNION ALL
    SELECT 'builds', key, count::bigint FROM jsonb_each_text(builds) AS build (key, count)
) AS place (what, value, installs)
WHERE signature = ANY(%(signatures)s::text[])
GROUP BY signature, what, value
ORDER BY signature, what, sum(installs) DESC, value

-- name: of_crash
-- The day in the id names the partition.
SELECT signature, fields ->> 'proto_signature'
FROM reports
WHERE crash_id = %(crash_id)s
  AND submitted_at >= crash_day(%(crash_id)s::uuid)
  AND submitted_at < crash_day(%(crash_id)s::uuid) + interval '1 day'

-- name: is_signature
SELECT EXISTS (SELECT FROM signatures WHERE signature = %(signature)s)
       OR EXISTS (SELECT FROM reports WHERE signature = %(signature)s)

-- name: containing
-- Signatures of the index that contain a text, in either case.
SELECT signature
FROM similar_stacks
WHERE strpos(lower(signature), lower(%(text)s)) > 0
GROUP BY signature
ORDER BY sum(crash_count) DESC, signature
LIMIT %(most)s
