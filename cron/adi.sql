-- name: forget
DELETE FROM adi_raw WHERE day = %(day)s AND source = %(source)s

-- name: save
INSERT INTO adi_raw (day, product, version, build_id, release_channel, os_name, adi, source)
SELECT %(day)s, imported.*, %(source)s
FROM unnest(%(product)s::text[], %(version)s::text[], %(build_id)s::text[],
            %(release_channel)s::text[], %(os_name)s::text[], %(adi)s::bigint[]) AS imported
ON CONFLICT (day, product, version, build_id, release_channel, os_name)
DO UPDATE SET adi = excluded.adi, source = excluded.source
