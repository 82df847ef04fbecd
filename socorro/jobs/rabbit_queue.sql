-- name: claim
-- Lease these jobs, if they wait: for their message, or again. In one order, so that two workers
-- that got a message twice wait for each other only one way.
UPDATE jobs
SET state = 'running', attempts = attempts + 1, lease_holder = %(holder)s,
    lease_until = now() + %(seconds)s * interval '1 second', published_at = NULL
WHERE crash_id IN (
    SELECT crash_id FROM jobs
    WHERE crash_id = ANY(%(crash_ids)s::uuid[]) AND state = 'waiting'
      AND (not_before <= now() OR published_at IS NOT NULL)
    ORDER BY crash_id
    FOR UPDATE)
RETURNING crash_id, ruleset, priority, attempts, lease_holder, queued_at
