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

-- name: outcome
SELECT signature, status, completed_at
FROM reports
WHERE crash_id = %(crash_id)s
  AND submitted_at >= crash_day(%(crash_id)s)
  AND submitted_at < crash_day(%(crash_id)s) + interval '1 day'
