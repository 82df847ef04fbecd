-- What a processor does next; run again at any time.
-- A session plans this once: it must go by the indexes however few jobs there are just then.

CREATE OR REPLACE FUNCTION claim_jobs(holder text, most integer, seconds double precision)
RETURNS TABLE (crash_id uuid, ruleset text, priority smallint, attempts smallint,
               lease_holder text, queued_at timestamptz)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_sort = off AS $$
DECLARE
    next uuid;
BEGIN
    FOR next IN
        SELECT jobs.crash_id FROM jobs
        WHERE state = 'waiting' AND not_before <= now()
        ORDER BY jobs.priority DESC, jobs.queued_at
        LIMIT most
        FOR UPDATE SKIP LOCKED
    LOOP
        RETURN QUERY
        UPDATE jobs
        SET state = 'running', attempts = jobs.attempts + 1, lease_holder = holder,
            lease_until = now() + seconds * interval '1 second', published_at = NULL
        WHERE jobs.crash_id = next
        RETURNING jobs.crash_id, jobs.ruleset, jobs.priority, jobs.attempts, jobs.lease_holder,
                  jobs.queued_at;
    END LOOP;
END
$$;
COMMENT ON FUNCTION claim_jobs(text, integer, double precision) IS
    'Lease the next jobs, priority first, then oldest; an attempt counts from here on.';
