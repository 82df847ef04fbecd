-- name: first_dates
SELECT signature, first_build, first_report
FROM signatures
WHERE signature = ANY(%(signatures)s::text[])
ORDER BY signature

-- name: exists
-- Counted ever, or in a report that is not counted yet.
SELECT EXISTS (SELECT FROM signatures WHERE signature = %(signature)s)
       OR EXISTS (SELECT FROM reports WHERE signature = %(signature)s)

-- name: with_words
-- Signatures that contain every word, with the crashes of the days since, most crashes first. The
-- version that stands for all betas of a release counts them again, so it is left out.
WITH matches AS MATERIALIZED (
    SELECT signature_id, signature FROM signatures
    WHERE lower(signature) LIKE ALL (%(patterns)s)
), counts AS (
    SELECT signature_id, sum(reports)::int AS reports, sum(estimated) AS estimated
    FROM top_crashers JOIN product_versions USING (product_version_id)
    WHERE signature_id IN (SELECT signature_id FROM matches)
      AND day >= %(since)s AND NOT is_rapid_beta
    GROUP BY signature_id
)
SELECT signature, coalesce(reports, 0), coalesce(estimated, 0)
FROM matches LEFT JOIN counts USING (signature_id)
ORDER BY coalesce(estimated, 0) DESC, signature
LIMIT %(most)s
