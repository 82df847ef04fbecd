-- name: find
-- The day in the id names the partition of the first step.
SELECT posts.crash_id, posts.submitted_at, posts.crash_id = this.first_crash_id,
       posts.crash_id = this.crash_id
FROM reports_resent AS this
JOIN reports_events AS posts USING (event)
WHERE this.crash_id = %(crash_id)s
  AND this.submitted_at >= crash_day(%(crash_id)s::uuid)
  AND this.submitted_at < crash_day(%(crash_id)s::uuid) + interval '1 day'
ORDER BY posts.submitted_at, posts.crash_id
LIMIT %(most)s
