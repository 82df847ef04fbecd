-- name: traces
-- Rows that name any of the crashes, by table; those of a crash are submitted on the day in its id.
WITH going AS MATERIALIZED (
    SELECT crash_id, crash_day(crash_id) AS day FROM unnest(%(crash_ids)s::uuid[]) AS ids (crash_id)
)
SELECT 'jobs', count(*) FROM jobs JOIN going USING (crash_id)
UNION ALL
SELECT 'reports', count(*) FROM reports JOIN going USING (crash_id)
WHERE submitted_at >= going.day AND submitted_at < going.day + interval '1 day'
UNION ALL
SELECT 'reports_user_info', count(*) FROM reports_user_info JOIN going USING (crash_id)
WHERE submitted_at >= going.day AND submitted_at < going.day + interval '1 day'
UNION ALL
SELECT 'reports_clean', count(*) FROM reports_clean JOIN going USING (crash_id)
WHERE submitted_at >= going.day AND submitted_at < going.day + interval '1 day'
UNION ALL
SELECT 'reports_bad', count(*) FROM reports_bad JOIN going USING (crash_id)
WHERE submitted_at >= going.day AND submitted_at < going.day + interval '1 day'
UNION ALL
SELECT 'reports_events', count(*) FROM reports_events JOIN going USING (crash_id)
WHERE submitted_at >= going.day AND submitted_at < going.day + interval '1 day'
UNION ALL
SELECT 'missed_symbols', count(*) FROM missed_symbols JOIN going USING (crash_id)
WHERE submitted_at >= going.day AND submitted_at < going.day + interval '1 day'
UNION ALL
SELECT 'reports_resent', count(*) FROM reports_resent
WHERE crash_id = ANY(%(crash_ids)s::uuid[]) OR first_crash_id = ANY(%(crash_ids)s::uuid[])
UNION ALL
SELECT 'reports_duplicates', count(*) FROM reports_duplicates
WHERE crash_id = ANY(%(crash_ids)s::uuid[]) OR duplicate_of = ANY(%(crash_ids)s::uuid[])
UNION ALL
SELECT 'hang_pairs', count(*) FROM hang_pairs
WHERE browser_crash_id = ANY(%(crash_ids)s::uuid[]) OR plugin_crash_id = ANY(%(crash_ids)s::uuid[])
   OR duplicates && %(crash_ids)s::uuid[]
UNION ALL
SELECT 'similar_stacks', count(*) FROM similar_stacks WHERE crash_id = ANY(%(crash_ids)s::uuid[])
UNION ALL
SELECT 'cron_log', count(*) FROM cron_log WHERE notes::text ~ %(pattern)s
UNION ALL
SELECT 'cron_jobs', count(*) FROM cron_jobs WHERE last_error ~ %(pattern)s
UNION ALL
SELECT 'alerts', count(*) FROM alerts WHERE sentence ~ %(pattern)s OR path ~ %(pattern)s

-- name: hours
-- Hours of submission whose reports will go: in order, as all who mark several.
SELECT DISTINCT date_trunc('hour', submitted_at, 'UTC') AS hour
FROM unnest(%(crash_ids)s::uuid[]) AS going (crash_id)
JOIN reports USING (crash_id)
WHERE submitted_at >= crash_day(crash_id) AND submitted_at < crash_day(crash_id) + interval '1 day'
ORDER BY hour

-- name: mark
SELECT mark_hour(%(hour)s)

-- name: reports
DELETE FROM reports USING unnest(%(crash_ids)s::uuid[]) AS going (crash_id)
WHERE reports.crash_id = going.crash_id AND submitted_at >= crash_day(going.crash_id)
  AND submitted_at < crash_day(going.crash_id) + interval '1 day'

-- name: personal
DELETE FROM reports_user_info USING unnest(%(crash_ids)s::uuid[]) AS going (crash_id)
WHERE reports_user_info.crash_id = going.crash_id AND submitted_at >= crash_day(going.crash_id)
  AND submitted_at < crash_day(going.crash_id) + interval '1 day'

-- name: symbols
DELETE FROM missed_symbols USING unnest(%(crash_ids)s::uuid[]) AS going (crash_id)
WHERE missed_symbols.crash_id = going.crash_id AND submitted_at >= crash_day(going.crash_id)
  AND submitted_at < crash_day(going.crash_id) + interval '1 day'

-- name: events
DELETE FROM reports_events USING unnest(%(crash_ids)s::uuid[]) AS going (crash_id)
WHERE reports_events.crash_id = going.crash_id AND submitted_at >= crash_day(going.crash_id)
  AND submitted_at < crash_day(going.crash_id) + interval '1 day'

-- name: resent
DELETE FROM reports_resent
WHERE crash_id = ANY(%(crash_ids)s::uuid[]) OR first_crash_id = ANY(%(crash_ids)s::uuid[])

-- name: duplicates
DELETE FROM reports_duplicates
WHERE crash_id = ANY(%(crash_ids)s::uuid[]) OR duplicate_of = ANY(%(crash_ids)s::uuid[])

-- name: hangs
DELETE FROM hang_pairs
WHERE browser_crash_id = ANY(%(crash_ids)s::uuid[]) OR plugin_crash_id = ANY(%(crash_ids)s::uuid[])
   OR duplicates && %(crash_ids)s::uuid[]

-- name: stacks
-- The job `similar` makes them again, from crashes that are still there.
DELETE FROM similar_stacks WHERE crash_id = ANY(%(crash_ids)s::uuid[])

-- name: log
UPDATE cron_log
SET notes = ARRAY(SELECT regexp_replace(note, %(pattern)s, '(forgotten)', 'g')
                  FROM unnest(notes) WITH ORDINALITY AS noted (note, place) ORDER BY place)
WHERE notes::text ~ %(pattern)s

-- name: errors
UPDATE cron_jobs SET last_error = regexp_replace(last_error, %(pattern)s, '(forgotten)', 'g')
WHERE last_error ~ %(pattern)s

-- name: alerts
UPDATE alerts SET sentence = regexp_replace(sentence, %(pattern)s, '(forgotten)', 'g'),
                  path = regexp_replace(path, %(pattern)s, '', 'g')
WHERE sentence ~ %(pattern)s OR path ~ %(pattern)s

-- name: counted_hours
SELECT DISTINCT date_trunc('hour', submitted_at, 'UTC') AS hour
FROM (SELECT submitted_at, crash_id FROM reports_clean
      UNION ALL SELECT submitted_at, crash_id FROM reports_bad) AS counted
JOIN unnest(%(crash_ids)s::uuid[]) AS going (crash_id) USING (crash_id)
WHERE submitted_at >= crash_day(crash_id) AND submitted_at < crash_day(crash_id) + interval '1 day'
ORDER BY hour

-- name: unlimited
SELECT set_config('statement_timeout', '0', true)

-- name: count_hour
SELECT count_hour(%(hour)s)

-- name: signatures
SELECT update_signatures()

-- name: hang_pairs
SELECT update_hang_pairs(%(day)s, false)

-- name: pages
-- Pages that no day names any more.
SELECT drop_urls('-infinity')

-- name: weeks
-- Partitions with personal data of these days: VACUUM takes what was deleted out of their files.
SELECT DISTINCT parts.part
FROM unnest(%(days)s::date[]) AS going (day)
JOIN partitions_of('reports_user_info') AS parts
  ON going.day::timestamp AT TIME ZONE 'UTC' >= parts.week
 AND going.day::timestamp AT TIME ZONE 'UTC' < parts.week + interval '7 days'
