-- name: first_dates
SELECT signature, first_build, first_report
FROM signatures
WHERE signature = ANY(%(signatures)s::text[])
ORDER BY signature

-- name: exists
-- Counted ever, or in a report that is not counted yet.
SELECT EXISTS (SELECT FROM signatures WHERE signature = %(signature)s)
       OR EXISTS (SELECT FROM reports WHERE signature = %(signature)s)
