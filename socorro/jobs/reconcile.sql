-- name: without_trace
-- Crashes that have neither a job nor a report, in the order of crash_ids.
SELECT stored.crash_id
FROM unnest(%(crash_ids)s::uuid[]) WITH ORDINALITY AS stored (crash_id, place)
WHERE NOT EXISTS (SELECT FROM jobs WHERE jobs.crash_id = stored.crash_id)
  AND NOT EXISTS (
    SELECT FROM reports
    WHERE reports.crash_id = stored.crash_id
      AND reports.submitted_at >= crash_day(stored.crash_id)
      AND reports.submitted_at < crash_day(stored.crash_id) + interval '1 day')
ORDER BY stored.place
