-- name: missed_modules
-- Modules that crashes missed, the ones that were missed last first.
SELECT module_id, debug_file, debug_id, settled_at
FROM symbol_modules
ORDER BY last_seen DESC, module_id DESC
LIMIT %(most)s

-- name: crashes_to_requeue
-- Crashes that missed a module, were begun before its symbols arrived, and are not queued.
SELECT missed.crash_id
FROM missed_symbols AS missed
JOIN reports USING (crash_id, submitted_at)
WHERE missed.modules @> ARRAY[%(module_id)s::int]
  AND reports.started_at < %(arrived_at)s
  AND NOT EXISTS (SELECT FROM jobs WHERE jobs.crash_id = missed.crash_id)
ORDER BY missed.submitted_at DESC, missed.crash_id
LIMIT %(most)s

-- name: note_requeued
UPDATE symbol_modules SET settled_at = %(arrived_at)s WHERE module_id = %(module_id)s
