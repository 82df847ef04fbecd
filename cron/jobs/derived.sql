-- name: has_work
SELECT EXISTS (SELECT FROM days_to_derive WHERE day <= (now() AT TIME ZONE 'UTC')::date)

-- name: reports
SELECT sum(reports)::int FROM crash_counts WHERE day = %(day)s
