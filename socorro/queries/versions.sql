-- name: products
SELECT product FROM products ORDER BY sort, product

-- name: versions
SELECT product_version_id, product, version, release_channel, beta_number, is_rapid_beta,
       has_builds, build_date, sunset_date
FROM product_versions
WHERE product = %(product)s AND (%(version)s::text IS NULL OR version = %(version)s)
ORDER BY version_sort COLLATE "C" DESC, release_channel
LIMIT %(most)s
