-- name: failed
-- Crashes whose job failed for good, those first that were queued last.
SELECT crash_id, queued_at, attempts, coalesce(last_error, ''), count(*) OVER ()::int
FROM jobs
WHERE state = 'failed'
ORDER BY queued_at DESC, crash_id
LIMIT %(most)s OFFSET %(skip)s
