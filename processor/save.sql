-- name: save
-- Columns go by their names: jsonb is written as it is sent, times as ISO 8601.
SELECT save_report(
    %(holder)s, %(attempts)s, json_populate_record(NULL::reports, %(report)s), %(missed)s,
    %(naming)s, %(url)s, %(email)s, %(user_comments)s, %(event)s::uuid)

-- name: make_partitions
SELECT make_partitions(%(submitted_at)s, %(submitted_at)s)

-- name: queue_deferred
SELECT queue_deferred(%(crash_ids)s::uuid[])
