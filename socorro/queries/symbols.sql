-- name: missing
-- Modules by the crashes that missed them, those first that name most crashes.
SELECT module.debug_file, module.debug_id, module.filename, module.version,
       counted.crash_count, counted.naming_count, counted.last_submitted
FROM (
    SELECT missed.module_id, count(*)::int AS crash_count,
           count(*) FILTER (WHERE missed.place <= naming)::int AS naming_count,
           max(submitted_at) AS last_submitted
    FROM missed_symbols, unnest(modules) WITH ORDINALITY AS missed (module_id, place)
    WHERE submitted_at >= %(start)s AND submitted_at < %(end)s
    GROUP BY missed.module_id
    ORDER BY naming_count DESC, crash_count DESC, missed.module_id
    LIMIT %(most)s OFFSET %(skip)s
) AS counted
JOIN symbol_modules AS module USING (module_id)
ORDER BY naming_count DESC, crash_count DESC, module_id

-- name: affected_crashes
SELECT count(*)::int, count(*) FILTER (WHERE naming > 0)::int
FROM missed_symbols
WHERE submitted_at >= %(start)s AND submitted_at < %(end)s
