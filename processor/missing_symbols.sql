-- name: add_modules
-- In one order, so that two processors do not wait for each other.
INSERT INTO symbol_modules (debug_file, debug_id, filename, version, last_seen)
SELECT debug_file, debug_id, filename, version, %(today)s
FROM unnest(%(debug_files)s::text[], %(debug_ids)s::text[], %(filenames)s::text[],
            %(versions)s::text[]) AS missed (debug_file, debug_id, filename, version)
ORDER BY debug_file, debug_id
ON CONFLICT (debug_file, debug_id) DO UPDATE SET last_seen = excluded.last_seen
WHERE symbol_modules.last_seen < excluded.last_seen

-- name: module_numbers
SELECT debug_file, debug_id, module_id FROM symbol_modules
WHERE (debug_file, debug_id) IN (
    SELECT * FROM unnest(%(debug_files)s::text[], %(debug_ids)s::text[]))
