-- name: products
SELECT product, release_folder FROM products WHERE release_folder <> '' ORDER BY sort, product

-- name: save
INSERT INTO releases_raw (
    product, version, build_id, release_channel, platform, beta_number, repository, source)
SELECT product, version, build_id, release_channel, platform, beta_number, repository, %(source)s
FROM unnest(%(product)s::text[], %(version)s::text[], %(build_id)s::text[],
            %(release_channel)s::text[], %(platform)s::text[], %(beta_number)s::smallint[],
            %(repository)s::text[])
     AS read (product, version, build_id, release_channel, platform, beta_number, repository)
ON CONFLICT DO NOTHING
