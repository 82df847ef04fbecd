-- name: earlier
-- The crash of the signature before this one, by submission, not before *from*.
SELECT crash_id
FROM reports
WHERE signature = %(signature)s AND submitted_at >= %(from)s AND submitted_at <= %(submitted_at)s
  AND (submitted_at, crash_id) < (%(submitted_at)s, %(crash_id)s::uuid)
ORDER BY submitted_at DESC, crash_id DESC
LIMIT 1

-- name: later
SELECT crash_id
FROM reports
WHERE signature = %(signature)s AND submitted_at >= %(submitted_at)s AND submitted_at <= %(to)s
  AND (submitted_at, crash_id) > (%(submitted_at)s, %(crash_id)s::uuid)
ORDER BY submitted_at, crash_id
LIMIT 1

-- name: row
-- The day in the id names the partition.
SELECT to_jsonb(reports)
FROM reports
WHERE crash_id = %(crash_id)s
  AND submitted_at >= crash_day(%(crash_id)s::uuid)
  AND submitted_at < crash_day(%(crash_id)s::uuid) + interval '1 day'
