-- name: read_before
SELECT url FROM release_files WHERE url = ANY (%(files)s::text[])

-- name: remember
INSERT INTO release_files (url) SELECT DISTINCT unnest(%(files)s::text[])
ON CONFLICT DO NOTHING
