-- name: columns
SELECT attname::text FROM pg_attribute
WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped
ORDER BY attnum

-- name: rare
-- Each rare signature of the last day, and which one another day has instead.
CREATE TEMP TABLE rare ON COMMIT DROP AS
WITH numbered AS (
    SELECT signature_id, row_number() OVER (ORDER BY signature_id) - 1 AS place,
           count(*) OVER () AS number
    FROM top_crashers WHERE day = %(last)s
    GROUP BY signature_id HAVING sum(reports) <= 4
)
SELECT one.signature_id, other.signature_id AS instead
FROM numbered AS one
JOIN numbered AS other ON other.place = (one.place + %(shift)s) %% one.number

-- name: new
-- One signature in a hundred is new on the last three days ...
DELETE FROM {table} WHERE signature_id %% 100 = 0 AND day <= %(last)s::date - 3

-- name: gone
-- ... and one has gone.
DELETE FROM {table} WHERE signature_id %% 100 = 1 AND day > %(last)s::date - 3

-- name: first_reports
-- What was there on the oldest day is older than the builds of now.
UPDATE signatures
SET first_report = first.day::timestamp AT TIME ZONE 'UTC',
    first_build = CASE WHEN first.day > oldest.day THEN first_build ELSE '20200101000000' END
FROM (SELECT signature_id, min(day) AS day FROM top_crashers GROUP BY signature_id) AS first,
     (SELECT min(day) AS day FROM top_crashers) AS oldest
WHERE first.signature_id = signatures.signature_id
      AND first.day::timestamp AT TIME ZONE 'UTC' < first_report

-- name: first_reports_by_version
INSERT INTO signature_products AS pair (signature_id, product_version_id, first_report)
SELECT signature_id, product_version_id, min(day)::timestamp AT TIME ZONE 'UTC'
FROM top_crashers
JOIN product_versions USING (product_version_id)
WHERE NOT is_rapid_beta
GROUP BY signature_id, product_version_id
ON CONFLICT (signature_id, product_version_id) DO UPDATE
    SET first_report = least(pair.first_report, excluded.first_report)

-- name: stale
UPDATE top_crasher_rankings SET fresh = false
