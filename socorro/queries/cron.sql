-- name: jobs
-- A run is real while its session holds the job's lock; a row that says so may be left over.
SELECT job, does, period, needs, off, waits_for, limit_seconds, first_run, last_run, last_success,
       done_until, next_run, errors, next_try, last_error_at, last_error_type, last_error,
       running_slot, running_since, running_by, lease_until,
       EXISTS (
         SELECT FROM pg_locks
         WHERE locktype = 'advisory' AND granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND classid = hashtext('socorro cron')::oid AND objid = hashtext(job)::oid
       ) AS is_locked
FROM cron_jobs
ORDER BY place, job

-- name: log
SELECT job, slot, started_at, ended_at, outcome, rows, notes, runner
FROM cron_log
WHERE %(job)s::text IS NULL OR job = %(job)s
ORDER BY id DESC
LIMIT %(most)s

-- name: try_hold
-- The lock that a run of the job takes, for as long as the session lives.
SELECT pg_try_advisory_lock(hashtext('socorro cron'), hashtext(%(job)s))

-- name: hold
SELECT pg_advisory_lock(hashtext('socorro cron'), hashtext(%(job)s))
