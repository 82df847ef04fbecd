-- name: offer
-- Queue crashes that have neither a job nor a report; a waiting job may gain priority. A message of
-- it that waits behind others does not: it is due again.
INSERT INTO jobs (crash_id, ruleset, priority)
SELECT offered.crash_id, %(ruleset)s, %(priority)s
FROM unnest(%(crash_ids)s::uuid[]) WITH ORDINALITY AS offered (crash_id, place)
WHERE NOT EXISTS (
    SELECT FROM reports
    WHERE reports.crash_id = offered.crash_id
      AND reports.submitted_at >= crash_day(offered.crash_id)
      AND reports.submitted_at < crash_day(offered.crash_id) + interval '1 day')
ORDER BY offered.place
ON CONFLICT (crash_id) DO UPDATE SET priority = excluded.priority,
    not_before = CASE WHEN jobs.published_at IS NULL THEN jobs.not_before ELSE now() END
WHERE jobs.state = 'waiting' AND jobs.priority < excluded.priority

-- name: reprocess
-- Queue crashes again, also failed ones and those with a report; one that runs or waits is not
-- queued twice.
INSERT INTO jobs (crash_id, ruleset, priority)
SELECT offered.crash_id, %(ruleset)s, %(priority)s
FROM unnest(%(crash_ids)s::uuid[]) WITH ORDINALITY AS offered (crash_id, place)
ORDER BY offered.place
ON CONFLICT (crash_id) DO UPDATE
SET ruleset = excluded.ruleset, priority = greatest(jobs.priority, excluded.priority),
    state = 'waiting', queued_at = now(), not_before = now(), attempts = 0, last_error = NULL
WHERE jobs.state = 'failed' OR (jobs.state = 'waiting' AND jobs.priority < excluded.priority)

-- name: claim
SELECT * FROM claim_jobs(%(holder)s, %(most)s, %(seconds)s)

-- name: renew
-- Only what is still ours: holder and attempt are the fence. One that is being saved is locked.
UPDATE jobs SET lease_until = now() + %(seconds)s * interval '1 second'
WHERE crash_id IN (
    SELECT jobs.crash_id
    FROM jobs
    JOIN unnest(%(crash_ids)s::uuid[], %(holders)s::text[], %(attempts)s::smallint[])
        AS held (crash_id, holder, attempts)
        ON jobs.crash_id = held.crash_id AND jobs.lease_holder = held.holder
       AND jobs.attempts = held.attempts
    WHERE jobs.state = 'running'
    FOR UPDATE OF jobs SKIP LOCKED)

-- name: give_back
-- The reason is not the crash (we stop, the store is away): the attempt does not count.
UPDATE jobs
SET state = 'waiting', attempts = attempts - 1, lease_holder = NULL, lease_until = NULL,
    not_before = now() + %(seconds)s * interval '1 second'
WHERE crash_id = %(crash_id)s AND state = 'running'
  AND lease_holder = %(holder)s AND attempts = %(attempts)s

-- name: fail
UPDATE jobs
SET state = CASE WHEN attempts >= %(most)s OR %(for_good)s THEN 'failed' ELSE 'waiting' END,
    lease_holder = NULL, lease_until = NULL, last_error = %(error)s,
    not_before = now() + 10 * power(3, least(attempts, 6) - 1) * interval '1 second'
WHERE crash_id = %(crash_id)s AND state = 'running'
  AND lease_holder = %(holder)s AND attempts = %(attempts)s
RETURNING state

-- name: reap
-- A lease that ran out means that its holder died or hangs: try again, or set the job aside.
UPDATE jobs
SET state = CASE WHEN attempts >= %(most)s THEN 'failed' ELSE 'waiting' END,
    lease_holder = NULL, lease_until = NULL, not_before = now(),
    last_error = 'lease ran out: the processor died or hung (' || lease_holder || ')'
WHERE crash_id IN (
    SELECT crash_id FROM jobs
    WHERE state = 'running' AND lease_until < now()
    ORDER BY lease_until
    LIMIT 1000
    FOR UPDATE SKIP LOCKED)
RETURNING crash_id, state

-- name: extend
UPDATE jobs SET lease_until = now() + %(seconds)s * interval '1 second'
WHERE crash_id IN (
    SELECT crash_id FROM jobs
    WHERE state = 'running' AND lease_until < now() + %(seconds)s * interval '1 second'
    FOR UPDATE SKIP LOCKED)

-- name: depths
SELECT state, count(*)::int, extract(epoch FROM now() - min(queued_at))::float FROM jobs GROUP BY state

-- name: of_day
SELECT crash_id, state FROM jobs WHERE crash_day(crash_id) = %(day)s::timestamptz

-- name: states
SELECT crash_id, state FROM jobs WHERE crash_id = ANY(%(crash_ids)s::uuid[])

-- name: find
SELECT state, priority, attempts, queued_at, last_error,
       CASE WHEN state = 'waiting' THEN (
           SELECT count(*)::int FROM jobs AS other
           WHERE other.state = 'waiting'
             AND (other.priority, -extract(epoch FROM other.queued_at))
               > (jobs.priority, -extract(epoch FROM jobs.queued_at))) ELSE 0 END
FROM jobs WHERE crash_id = %(crash_id)s
