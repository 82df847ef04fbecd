-- name: publish
-- Take the next jobs that are due; each is due again after a while, if nobody claims it meanwhile.
UPDATE jobs
SET published_at = now(), not_before = now() + %(seconds)s * interval '1 second'
WHERE crash_id IN (
    SELECT crash_id FROM jobs
    WHERE state = 'waiting' AND not_before <= now() AND priority BETWEEN %(least)s AND %(most)s
    ORDER BY priority DESC, queued_at
    LIMIT %(room)s
    FOR UPDATE SKIP LOCKED)
RETURNING crash_id, priority, extract(epoch FROM queued_at)::float

-- name: publish_again
-- The broker did not confirm these.
UPDATE jobs SET not_before = now()
WHERE crash_id = ANY(%(crash_ids)s::uuid[]) AND state = 'waiting' AND published_at IS NOT NULL

-- name: publish_all_again
-- The broker has lost its queues.
UPDATE jobs SET not_before = now()
WHERE state = 'waiting' AND published_at IS NOT NULL AND not_before > now()
