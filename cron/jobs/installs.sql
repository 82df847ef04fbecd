-- name: has_work
SELECT EXISTS (SELECT FROM days_without_installs WHERE reports_are_kept(day))

-- name: days
SELECT day FROM days_without_installs WHERE reports_are_kept(day) ORDER BY day DESC

-- name: unmark
-- In the transaction that counts the day: it waits for those who hold a mark.
SELECT count(*) FROM take_marks(%(day)s::date::timestamp AT TIME ZONE 'UTC',
                                (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC')

-- name: count
SELECT backfill_counts(%(day)s)
