-- name: known
SELECT seed, first_day, last_day, crashes_per_day, finished_at FROM fakedata

-- name: note
INSERT INTO fakedata (seed, first_day, last_day, crashes_per_day)
VALUES (%(seed)s, %(first)s, %(last)s, %(per_day)s)

-- name: finish
UPDATE fakedata SET finished_at = now()

-- name: forget
DELETE FROM fakedata

-- name: mark_hours
-- All hours of the days [first, last]: their reports came or went.
INSERT INTO changed_hours (hour)
SELECT hour
FROM generate_series(%(first)s::date::timestamp AT TIME ZONE 'UTC',
                     %(last)s::date::timestamp AT TIME ZONE 'UTC' + interval '23 hours',
                     interval '1 hour') AS hours (hour)
ON CONFLICT (hour) DO NOTHING

-- name: remove_user_info
DELETE FROM reports_user_info AS told USING reports
WHERE reports.throttle_rule = 'fakedata'
  AND reports.submitted_at >= %(day)s::date::timestamp AT TIME ZONE 'UTC'
  AND reports.submitted_at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC'
  AND told.submitted_at >= %(day)s::date::timestamp AT TIME ZONE 'UTC'
  AND told.submitted_at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC'
  AND told.submitted_at = reports.submitted_at AND told.crash_id = reports.crash_id

-- name: remove_reports
DELETE FROM reports
WHERE throttle_rule = 'fakedata'
  AND submitted_at >= %(day)s::date::timestamp AT TIME ZONE 'UTC'
  AND submitted_at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC'

-- name: remove_releases
DELETE FROM releases_raw WHERE source = 'generated'

-- name: remove_installs
DELETE FROM adi_raw WHERE source = 'generated'

-- name: remove_bugs
DELETE FROM bugs WHERE source = 'generated'

-- name: is_generated
SELECT throttle_rule = 'fakedata'
FROM reports
WHERE crash_id = %(crash_id)s
  AND submitted_at >= crash_day(%(crash_id)s::uuid)
  AND submitted_at < crash_day(%(crash_id)s::uuid) + interval '1 day'
