-- name: first_dates
SELECT signature, first_build, first_report
FROM signatures
WHERE signature = ANY(%(signatures)s::text[])
ORDER BY signature
