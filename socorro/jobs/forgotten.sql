-- name: remember
INSERT INTO forgotten (token, event, day)
SELECT forgotten_token(gone.crash_id::text), forgotten_token(left(gone.crash_id::text, 29)),
       (crash_day(gone.crash_id) AT TIME ZONE 'UTC')::date
FROM unnest(%(crash_ids)s::uuid[]) AS gone (crash_id)
ON CONFLICT (token) DO NOTHING

-- name: end_jobs
-- Without *running*, those that a processor holds are left to it: save_report() ends them.
DELETE FROM jobs
WHERE crash_id = ANY(%(crash_ids)s::uuid[]) AND (state <> 'running' OR %(running)s)

-- name: tokens
SELECT crash_id, forgotten_token(crash_id::text)
FROM unnest(%(crash_ids)s::uuid[]) AS candidates (crash_id)

-- name: among
SELECT crash_id, forgotten_token(crash_id::text)
FROM unnest(%(crash_ids)s::uuid[]) AS candidates (crash_id)
WHERE is_forgotten(crash_id)

-- name: of_day
SELECT token FROM forgotten WHERE day = %(day)s
