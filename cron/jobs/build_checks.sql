-- name: newest
-- The newest version of each product and channel that is used, with the version before it. What is
-- counted by build (nightlies) is left out: a new one comes every day.
WITH used AS (
    SELECT product_version_id, product, release_channel, version, build_date,
           row_number() OVER newest_first AS place,
           lead(product_version_id) OVER newest_first AS old_id,
           lead(version) OVER newest_first AS old_version
    FROM product_versions
    WHERE NOT has_builds AND NOT is_rapid_beta
      AND EXISTS (SELECT FROM adi
                  WHERE adi.product_version_id = product_versions.product_version_id
                    AND adi > 0 AND day >= %(start)s AND day < %(end)s)
    WINDOW newest_first AS (PARTITION BY product, release_channel
                            ORDER BY version_sort COLLATE "C" DESC)
)
SELECT product, release_channel, product_version_id, version, old_id, old_version, build_date
FROM used
WHERE place = 1 AND old_id IS NOT NULL AND build_date >= %(start)s
ORDER BY product, release_channel
LIMIT %(most)s

-- name: fixes
-- Signatures whose bugs are closed and one of them fixed, and that crash in builds made since.
WITH fixed AS (
    SELECT signature, (max(changed_at) FILTER (WHERE resolution = 'FIXED'))::date AS fixed_on
    FROM bug_signatures JOIN bugs USING (bug_id)
    WHERE until IS NULL
    GROUP BY signature
    HAVING bool_and(resolution <> '')
       AND (max(changed_at) FILTER (WHERE resolution = 'FIXED'))::date >= %(start)s
)
SELECT fixed.signature, product, release_channel, fixed_on, sum(reports)::int
FROM fixed
JOIN signatures ON signatures.signature = fixed.signature
JOIN top_crashers_build AS counted ON counted.signature_id = signatures.signature_id
JOIN product_versions USING (product_version_id)
WHERE NOT is_rapid_beta AND counted.day >= %(recent)s AND build_day > fixed_on + 1
GROUP BY fixed.signature, product, release_channel, fixed_on
ORDER BY 5 DESC, 1, 2, 3
LIMIT %(most)s
