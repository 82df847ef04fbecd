-- name: by_email
SELECT reports_user_info.crash_id
FROM reports_user_info
WHERE encode(sha256(convert_to(lower(btrim(email) COLLATE "C"), 'UTF8')), 'hex') = %(email)s

-- name: by_install
SELECT crash_id FROM reports
WHERE isfinite(crash_time)
  AND floor(extract(epoch FROM crash_time))::bigint - install_age = %(install)s

-- name: knows_email
-- Reports of a day whose e-mail address Postgres has whole, or knows that there is none.
SELECT reports.crash_id
FROM reports
LEFT JOIN reports_user_info AS info
    ON info.submitted_at = reports.submitted_at AND info.crash_id = reports.crash_id
       AND info.submitted_at >= %(day)s::timestamptz
       AND info.submitted_at < %(day)s::timestamptz + interval '1 day'
WHERE reports.submitted_at >= %(day)s::timestamptz
  AND reports.submitted_at < %(day)s::timestamptz + interval '1 day'
  AND NOT was_dropped('reports_user_info', reports.submitted_at)
  AND coalesce(char_length(info.email), 0) < %(longest)s

-- name: knows_install
-- Reports of a day that have an install time.
SELECT crash_id FROM reports
WHERE submitted_at >= %(day)s::timestamptz
  AND submitted_at < %(day)s::timestamptz + interval '1 day'
  AND isfinite(crash_time) AND install_age IS NOT NULL

-- name: events
-- Reports of the same events.
SELECT others.crash_id
FROM reports_events AS others
WHERE others.event IN (
    SELECT events.event FROM reports_events AS events
    JOIN unnest(%(crash_ids)s::uuid[]) AS going (crash_id) USING (crash_id)
    WHERE events.submitted_at >= crash_day(crash_id)
      AND events.submitted_at < crash_day(crash_id) + interval '1 day')

-- name: described
SELECT crash_id, product, version, coalesce(os_name, '')
FROM unnest(%(crash_ids)s::uuid[]) AS going (crash_id)
JOIN reports USING (crash_id)
WHERE submitted_at >= crash_day(crash_id) AND submitted_at < crash_day(crash_id) + interval '1 day'

-- name: unlimited
SELECT set_config('statement_timeout', '0', true)
