-- name: new_on
-- As `changes` has it, for one day: what crashed on it, and in no version of the product before.
WITH counted AS (
    SELECT signature_id, sum(reports)::int AS crash_count, sum(estimated) AS estimated_count
    FROM top_crashers
    WHERE product_version_id = ANY(%(versions)s::int[]) AND day = %(day)s
    GROUP BY signature_id
)
SELECT signature, crash_count, estimated_count,
       ARRAY(SELECT bug_id FROM bug_signatures
             WHERE bug_signatures.signature = signatures.signature AND until IS NULL
             ORDER BY bug_id) AS bugs,
       (count(*) OVER ())::int AS total
FROM counted
JOIN signatures USING (signature_id)
WHERE NOT EXISTS (SELECT FROM signature_products JOIN product_versions USING (product_version_id)
                  WHERE signature_products.signature_id = counted.signature_id
                    AND product_versions.product = %(product)s
                    AND signature_products.first_report
                        < %(day)s::date::timestamp AT TIME ZONE 'UTC')
ORDER BY estimated_count DESC, signature COLLATE "C"
LIMIT %(most)s
