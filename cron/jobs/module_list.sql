-- name: crashes
SELECT crash_id FROM reports
WHERE submitted_at >= %(start)s AND submitted_at < %(end)s AND os_name LIKE 'Windows%%'
ORDER BY crash_id
LIMIT %(most)s

-- name: forget
DELETE FROM module_list WHERE day = %(day)s

-- name: save
INSERT INTO module_list (day, filename, debug_file, debug_id, version, crash_count)
SELECT %(day)s, counted.*
FROM unnest(%(filename)s::text[], %(debug_file)s::text[], %(debug_id)s::text[],
            %(version)s::text[], %(crashes)s::integer[]) AS counted
