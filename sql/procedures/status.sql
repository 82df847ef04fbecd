-- The state of the line: one row for every five minutes; run again at any time.

CREATE OR REPLACE FUNCTION record_status(
    moment timestamptz DEFAULT now(), span interval DEFAULT '5 minutes'
) RETURNS timestamptz
LANGUAGE plpgsql AS $$
DECLARE
    ends timestamptz := date_bin(span, moment, 'epoch');
BEGIN
    INSERT INTO server_status
        (recorded_at, oldest_job_at, last_completed_at, completed_count, average_process_seconds,
         average_wait_seconds, waiting_count, running_count, failed_count, processor_count)
    SELECT ends, queue.oldest, done.latest, done.completed, done.process_seconds,
           done.wait_seconds, queue.waiting, queue.running, queue.failed, queue.processors
    FROM (
        SELECT min(queued_at) FILTER (WHERE state <> 'failed') AS oldest,
               count(*) FILTER (WHERE state = 'waiting') AS waiting,
               count(*) FILTER (WHERE state = 'running') AS running,
               count(*) FILTER (WHERE state = 'failed') AS failed,
               -- a holder is host:process:thread:…, and a processor is a process
               count(DISTINCT (split_part(lease_holder, ':', 1), split_part(lease_holder, ':', 2)))
                   FILTER (WHERE state = 'running' AND lease_until > moment) AS processors
        FROM jobs
    ) AS queue
    CROSS JOIN (
        SELECT max(completed_at) AS latest, count(*) AS completed,
               avg(extract(epoch FROM completed_at - started_at)) AS process_seconds,
               avg(extract(epoch FROM completed_at - submitted_at))
                   FILTER (WHERE submitted_at >= ends - interval '1 day') AS wait_seconds
        FROM reports
        WHERE completed_at >= ends - span AND completed_at < ends
    ) AS done
    ON CONFLICT (recorded_at) DO UPDATE SET
        oldest_job_at = excluded.oldest_job_at,
        last_completed_at = excluded.last_completed_at,
        completed_count = excluded.completed_count,
        average_process_seconds = excluded.average_process_seconds,
        average_wait_seconds = excluded.average_wait_seconds,
        waiting_count = excluded.waiting_count,
        running_count = excluded.running_count,
        failed_count = excluded.failed_count,
        processor_count = excluded.processor_count;
    IF NOT EXISTS (SELECT FROM server_status WHERE recorded_at = ends
                   AND last_completed_at IS NOT NULL) THEN
        UPDATE server_status SET last_completed_at = (
            SELECT max(last_completed_at) FROM server_status WHERE recorded_at < ends)
        WHERE recorded_at = ends;
    END IF;
    RETURN ends;
END
$$;
COMMENT ON FUNCTION record_status(timestamptz, interval) IS
    'Write the row of the five minutes that ended last before a moment; return when they ended.';
