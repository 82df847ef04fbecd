-- name: reported
-- Generated reports (socorro fakedata) are left out: they never were crashes of this line.
SELECT crash_id, count(*)::int
FROM reports
WHERE throttle_rule IS DISTINCT FROM 'fakedata'
  AND submitted_at >= %(day)s::timestamptz
  AND submitted_at < %(day)s::timestamptz + interval '1 day'
GROUP BY crash_id

-- name: reports_written
SELECT count(*)::int
FROM reports
WHERE completed_at > %(now)s - %(seconds)s * interval '1 second' AND completed_at <= %(now)s

-- name: without_trace
SELECT asked.crash_id
FROM unnest(%(crash_ids)s::uuid[]) WITH ORDINALITY AS asked (crash_id, place)
WHERE NOT EXISTS (SELECT FROM jobs WHERE jobs.crash_id = asked.crash_id)
  AND NOT EXISTS (
    SELECT FROM reports
    WHERE reports.crash_id = asked.crash_id
      AND reports.submitted_at >= crash_day(asked.crash_id)
      AND reports.submitted_at < crash_day(asked.crash_id) + interval '1 day')
ORDER BY asked.place

-- name: outcome
SELECT signature, status, completed_at
FROM reports
WHERE crash_id = %(crash_id)s
  AND submitted_at >= crash_day(%(crash_id)s)
  AND submitted_at < crash_day(%(crash_id)s) + interval '1 day'
