-- name: of_signatures
-- Bugs that name one of the signatures, or have a duplicate that does, and all that they name.
SELECT DISTINCT bug_id, signature
FROM signature_bugs
WHERE bug_id IN (
    SELECT bug_id FROM signature_bugs WHERE signature = ANY(%(signatures)s::text[]))
ORDER BY bug_id, signature
LIMIT %(most)s

-- name: of_bugs
SELECT DISTINCT bug_id, signature
FROM signature_bugs
WHERE bug_id = ANY(%(bug_ids)s::bigint[])
ORDER BY bug_id, signature
LIMIT %(most)s
