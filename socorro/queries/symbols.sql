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
    LIMIT %(most)s
) AS counted
JOIN symbol_modules AS module USING (module_id)
ORDER BY naming_count DESC, crash_count DESC, debug_file, debug_id

-- name: in_debt
SELECT count(*)::int, count(*) FILTER (WHERE naming > 0)::int
FROM missed_symbols
WHERE submitted_at >= %(start)s AND submitted_at < %(end)s

-- name: owed
-- Modules that crashes missed, the ones that were missed last first.
SELECT module_id, debug_file, debug_id, settled_at
FROM symbol_modules
ORDER BY last_seen DESC, module_id DESC
LIMIT %(most)s

-- name: waiting_for
-- Crashes that missed a module, were begun before its symbols came, and are not queued.
SELECT missed.crash_id
FROM missed_symbols AS missed
JOIN reports USING (crash_id, submitted_at)
WHERE missed.modules @> ARRAY[%(module_id)s::int]
  AND reports.started_at < %(came)s
  AND NOT EXISTS (SELECT FROM jobs WHERE jobs.crash_id = missed.crash_id)
ORDER BY missed.submitted_at DESC, missed.crash_id
LIMIT %(most)s

-- name: settle
UPDATE symbol_modules SET settled_at = %(came)s WHERE module_id = %(module_id)s
