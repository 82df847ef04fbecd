-- name: marks
SELECT day, what, marked_at FROM days_to_derive WHERE day <= %(today)s ORDER BY day, what

-- name: forget
-- A day that was marked again meanwhile keeps its mark.
DELETE FROM days_to_derive WHERE day = %(day)s AND what = %(what)s AND marked_at = %(marked_at)s

-- name: limit
SELECT set_config('statement_timeout', %(milliseconds)s, true)

-- name: builds
SELECT update_builds(%(day)s)

-- name: explosiveness
SELECT update_explosiveness(%(day)s)

-- name: rank_changes
SELECT update_rank_changes(%(day)s)

-- name: null_signatures
SELECT update_null_signatures(%(day)s)

-- name: flash
SELECT update_flash(%(day)s)

-- name: urls
SELECT update_urls(%(day)s, %(fewest)s, %(most)s)
