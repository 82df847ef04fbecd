-- name: has_work
SELECT EXISTS (SELECT FROM changed_hours) OR EXISTS (SELECT FROM hours_to_count)

-- name: take
SELECT * FROM take_marked_hours()

-- name: count
SELECT count_hour(%(hour)s)

-- name: signatures
SELECT update_signatures()
