-- name: wanted
SELECT EXISTS (SELECT FROM days_to_derive WHERE day <= (now() AT TIME ZONE 'UTC')::date)
