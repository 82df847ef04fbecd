-- name: products
SELECT product,
       ARRAY(SELECT release_channel
             FROM product_release_channels AS channels JOIN release_channels USING (release_channel)
             WHERE channels.product = products.product
             ORDER BY release_channels.sort, release_channel),
       (SELECT count(*)::int FROM product_versions
        WHERE product_versions.product = products.product)
FROM products
ORDER BY sort, product

-- name: platforms
SELECT code, name FROM operating_systems WHERE code <> 'other' ORDER BY os

-- name: versions
SELECT product, version, release_channel, build_date, sunset_date, featured, is_rapid_beta,
       has_builds, throttle
FROM product_versions
JOIN products USING (product)
LEFT JOIN product_release_channels USING (product, release_channel)
WHERE (%(products)s::text[] IS NULL OR product = ANY(%(products)s))
  AND (%(versions)s::text[] IS NULL OR version = ANY(%(versions)s))
  AND (%(release_channels)s::text[] IS NULL OR release_channel = ANY(%(release_channels)s))
  AND (%(featured)s::boolean IS NULL OR featured = %(featured)s)
  AND (%(current)s::boolean IS NULL OR (sunset_date >= %(today)s::date) = %(current)s)
ORDER BY products.sort, product, version_sort COLLATE "C" DESC, release_channel
LIMIT %(most)s OFFSET %(offset)s

-- name: count_versions
SELECT count(*)::int
FROM product_versions
WHERE (%(products)s::text[] IS NULL OR product = ANY(%(products)s))
  AND (%(versions)s::text[] IS NULL OR version = ANY(%(versions)s))
  AND (%(release_channels)s::text[] IS NULL OR release_channel = ANY(%(release_channels)s))
  AND (%(featured)s::boolean IS NULL OR featured = %(featured)s)
  AND (%(current)s::boolean IS NULL OR (sunset_date >= %(today)s::date) = %(current)s)

-- name: versions_of_build
-- As find_versions() chooses for the counts, the newest beta first.
SELECT versions.version
FROM product_versions AS versions
JOIN product_version_builds AS builds USING (product_version_id)
WHERE (versions.product, versions.release_channel) = (%(product)s, %(channel)s)
  AND builds.build_id = %(build_id)s AND NOT versions.is_rapid_beta
GROUP BY product_version_id, versions.version, versions.beta_number
ORDER BY versions.beta_number DESC, product_version_id DESC

-- name: names
SELECT version FROM product_versions WHERE product = %(product)s

-- name: feature
UPDATE product_versions SET featured = NOT featured
WHERE product = %(product)s AND featured <> (version = ANY(%(versions)s::text[]))
