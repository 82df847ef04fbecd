-- name: latest
-- Newest reports first, after the place where the last page ended; every filter may be NULL.
SELECT crash_id, submitted_at, signature, product, version, release_channel, os_name, os_version,
       cpu_arch, process_type, reason, uptime
FROM reports
WHERE (%(signature)s::text IS NULL OR signature = %(signature)s)
  AND (%(product)s::text IS NULL OR product = %(product)s)
  AND (%(version)s::text IS NULL OR version = %(version)s)
  AND (%(before)s::timestamptz IS NULL
       OR submitted_at <= %(before)s
          AND (submitted_at, crash_id) < (%(before)s, %(before_id)s::uuid))
ORDER BY submitted_at DESC, crash_id DESC
LIMIT %(most)s

-- name: find
-- The day in the id names the partition.
SELECT crash_id, submitted_at, signature, product, version, release_channel, os_name, os_version,
       cpu_arch, process_type, reason, uptime
FROM reports
WHERE crash_id = %(crash_id)s
  AND submitted_at >= crash_day(%(crash_id)s::uuid)
  AND submitted_at < crash_day(%(crash_id)s::uuid) + interval '1 day'

-- name: by_version
-- Where one signature happened in a period, by product and version. A crash that was sent again is
-- its first report, here and below.
SELECT product, version, count(*)::int AS crash_count
FROM reports
WHERE signature = %(signature)s AND submitted_at >= %(start)s AND submitted_at < %(end)s
  AND NOT EXISTS (SELECT FROM reports_resent AS resent
                  WHERE resent.submitted_at = reports.submitted_at
                    AND resent.crash_id = reports.crash_id
                    AND resent.first_crash_id <> resent.crash_id)
GROUP BY product, version
ORDER BY crash_count DESC, product, version
LIMIT %(most)s

-- name: by_system
SELECT coalesce(nullif(os_name, ''), 'unknown'), count(*)::int AS crash_count
FROM reports
WHERE signature = %(signature)s AND submitted_at >= %(start)s AND submitted_at < %(end)s
  AND NOT EXISTS (SELECT FROM reports_resent AS resent
                  WHERE resent.submitted_at = reports.submitted_at
                    AND resent.crash_id = reports.crash_id
                    AND resent.first_crash_id <> resent.crash_id)
GROUP BY 1
ORDER BY crash_count DESC, 1
LIMIT %(most)s

-- name: total
SELECT count(*)::int
FROM reports
WHERE signature = %(signature)s AND submitted_at >= %(start)s AND submitted_at < %(end)s
  AND NOT EXISTS (SELECT FROM reports_resent AS resent
                  WHERE resent.submitted_at = reports.submitted_at
                    AND resent.crash_id = reports.crash_id
                    AND resent.first_crash_id <> resent.crash_id)

-- name: seen
-- First and last report of a signature, each one step in the index of every week.
SELECT (SELECT min(submitted_at) FROM reports WHERE signature = %(signature)s),
       (SELECT max(submitted_at) FROM reports WHERE signature = %(signature)s)

-- name: by_prefix
-- Crashes whose id begins so: a range of the index of each week.
SELECT crash_id, submitted_at, signature, product, version, release_channel, os_name, os_version,
       cpu_arch, process_type, reason, uptime
FROM reports
WHERE crash_id BETWEEN %(first_id)s::uuid AND %(last_id)s::uuid AND submitted_at >= %(since)s
ORDER BY submitted_at DESC, crash_id
LIMIT %(most)s
