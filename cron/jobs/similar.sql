-- name: has_work
-- Whether there is a report, or stacks whose reports have gone.
SELECT EXISTS (SELECT FROM reports) OR EXISTS (SELECT FROM similar_stacks)

-- name: forget_stacks
-- Stacks that are not in the list any more.
DELETE FROM similar_stacks
WHERE NOT EXISTS (SELECT FROM unnest(%(stack_ids)s::bigint[]) AS kept (stack_id)
                  WHERE kept.stack_id = similar_stacks.stack_id)

-- name: save_stacks
-- New stacks, and what changed of others.
INSERT INTO similar_stacks
    (stack_id, signature, frames, crash_id, crash_count, first_day, last_day, systems, builds)
SELECT stack_id, signature, frames, crash_id, crash_count, first_day, last_day, systems, builds
FROM unnest(%(stack_id)s::bigint[], %(signature)s::text[], %(frames)s::text[],
            %(newest)s::uuid[], %(crash_count)s::integer[], %(first_day)s::date[],
            %(last_day)s::date[], %(systems)s::jsonb[], %(builds)s::jsonb[])
     AS stack (stack_id, signature, frames, crash_id, crash_count, first_day, last_day, systems,
               builds)
ON CONFLICT (stack_id) DO UPDATE
SET crash_id = excluded.crash_id, crash_count = excluded.crash_count,
    first_day = excluded.first_day, last_day = excluded.last_day, systems = excluded.systems,
    builds = excluded.builds
WHERE (similar_stacks.crash_id, similar_stacks.crash_count, similar_stacks.first_day,
       similar_stacks.last_day, similar_stacks.systems, similar_stacks.builds)
      IS DISTINCT FROM
      (excluded.crash_id, excluded.crash_count, excluded.first_day, excluded.last_day,
       excluded.systems, excluded.builds)

-- name: forget_index
DELETE FROM similar_index

-- name: save_index
INSERT INTO similar_index (made_at, part, bytes) VALUES (%(made_at)s, %(part)s, %(bytes)s)

-- name: forget_state
DELETE FROM similar_state

-- name: save_state
INSERT INTO similar_state
    (made_at, since, until, stacks, signatures, crash_count, left_out, complete, shares)
VALUES (clock_timestamp(), %(since)s, %(until)s, %(stacks)s, %(signatures)s, %(crash_count)s,
        %(left_out)s, %(complete)s, %(shares)s::jsonb)
RETURNING made_at
