-- name: has_report
SELECT EXISTS (
    SELECT FROM reports
    WHERE crash_id = %(crash_id)s
      AND submitted_at >= crash_day(%(crash_id)s::uuid)
      AND submitted_at < crash_day(%(crash_id)s::uuid) + interval '1 day')
