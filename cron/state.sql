-- name: declare
INSERT INTO cron_jobs (job, place, does, period, needs, off, limit_seconds, seen_at)
VALUES (%(job)s, %(place)s, %(does)s, %(period)s, %(needs)s, %(off)s, %(limit)s, now())
ON CONFLICT (job) DO UPDATE SET
    place = excluded.place, does = excluded.does, period = excluded.period,
    needs = excluded.needs, off = excluded.off, limit_seconds = excluded.limit_seconds,
    seen_at = now()

-- name: now
SELECT now()

-- name: lock
-- Held by a run's own session for as long as it lives.
SELECT pg_try_advisory_lock(hashtext('socorro cron'), hashtext(%(job)s))

-- name: log_lost
INSERT INTO cron_log (job, slot, started_at, outcome, runner)
SELECT job, running_slot, running_since, 'killed', running_by
FROM cron_jobs
WHERE job = %(job)s AND running_by IS NOT NULL

-- name: clear
UPDATE cron_jobs
SET running_slot = NULL, running_since = NULL, running_by = NULL, lease_until = NULL
WHERE job = %(job)s AND running_by IS NOT NULL

-- name: begin
UPDATE cron_jobs
SET running_slot = %(start)s, running_since = now(), running_by = %(by)s,
    lease_until = now() + limit_seconds * interval '1 second',
    first_run = coalesce(first_run, now()), last_run = now()
WHERE job = %(job)s
  AND (%(forced)s OR done_until IS NULL OR done_until < %(end)s)
RETURNING done_until, now()

-- name: log
INSERT INTO cron_log (job, slot, started_at, outcome, rows, notes, runner)
SELECT job, running_slot, running_since, %(outcome)s, %(rows)s, %(notes)s, running_by
FROM cron_jobs
WHERE job = %(job)s AND running_by = %(by)s

-- name: succeed
UPDATE cron_jobs
SET done_until = CASE WHEN %(advances)s THEN greatest(done_until, %(end)s) ELSE done_until END,
    last_success = now(), next_run = %(next_run)s, errors = 0, next_try = NULL,
    last_error_at = NULL, last_error_type = NULL, last_error = NULL,
    running_slot = NULL, running_since = NULL, running_by = NULL, lease_until = NULL
WHERE job = %(job)s AND running_by = %(by)s

-- name: errors
SELECT errors FROM cron_jobs WHERE job = %(job)s

-- name: fail
-- A run that died before it began fails as well, unless another one runs the job by now.
UPDATE cron_jobs
SET errors = errors + 1, next_try = now() + %(wait)s, next_run = now() + %(wait)s,
    last_error_at = now(), last_error_type = %(type)s, last_error = %(error)s,
    running_slot = NULL, running_since = NULL, running_by = NULL, lease_until = NULL
WHERE job = %(job)s AND (running_by = %(by)s OR running_by IS NULL)

-- name: give_back
UPDATE cron_jobs
SET running_slot = NULL, running_since = NULL, running_by = NULL, lease_until = NULL
WHERE job = %(job)s AND running_by = %(by)s

-- name: nothing_to_do
UPDATE cron_jobs
SET first_run = coalesce(first_run, now()), last_run = now(), last_success = now(),
    done_until = greatest(done_until, %(end)s), next_run = %(next_run)s
WHERE job = %(job)s

-- name: pass_over
UPDATE cron_jobs SET done_until = %(start)s WHERE job = %(job)s

-- name: log_passed_over
INSERT INTO cron_log (job, slot, started_at, outcome, notes, runner)
VALUES (%(job)s, %(start)s, now(), 'passed over', %(notes)s, %(by)s)

-- name: set_back
UPDATE cron_jobs SET done_until = %(start)s, next_run = %(next_run)s
WHERE job = %(job)s AND done_until > %(start)s

-- name: wait
UPDATE cron_jobs SET waits_for = %(waits_for)s WHERE job = %(job)s

-- name: reset
UPDATE cron_jobs
SET errors = 0, next_try = NULL, last_error_at = NULL, last_error_type = NULL, last_error = NULL,
    next_run = NULL, done_until = CASE WHEN %(since)s::timestamptz IS NULL THEN done_until
                                       ELSE %(since)s::timestamptz END
WHERE job = %(job)s
