-- name: version
-- As find_versions() chooses for the counts.
SELECT versions.version
FROM product_versions AS versions
JOIN product_version_builds AS builds USING (product_version_id)
WHERE (versions.product, versions.release_channel) = (%(product)s, %(release_channel)s)
  AND %(version)s::text IN (versions.version, versions.release_version)
  AND builds.build_id = %(build_id)s
ORDER BY versions.version = %(version)s DESC, versions.beta_number DESC, product_version_id DESC
LIMIT 1
