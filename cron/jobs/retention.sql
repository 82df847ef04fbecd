-- name: drop_symbols
SELECT forget_missed_symbols(%(before)s)

-- name: drop_urls
SELECT drop_urls(%(before)s)

-- name: drop_ranks
SELECT drop_top_crasher_ranks(%(before)s)

-- name: forget_modules
DELETE FROM module_list WHERE day < %(before)s

-- name: forget_correlations
DELETE FROM correlation_lines WHERE day < %(before)s

-- name: forget_jobs
DELETE FROM jobs WHERE state <> 'running' AND crash_day(crash_id) < %(before)s

-- name: forget_log
DELETE FROM cron_log WHERE ended_at < %(before)s

-- name: forget_alerts
DELETE FROM alerts WHERE noted_at < %(before)s

-- name: weeks
-- Without the weeks ahead, which are still empty.
SELECT parent, coalesce(array_agg(part) FILTER (WHERE week + interval '7 days' <= cutoff), '{}'),
       count(*)
FROM (VALUES ('reports', %(crashes)s::timestamptz), ('reports_user_info', %(personal)s))
     AS kinds (parent, cutoff), partitions_of(parent)
WHERE week <= %(now)s
GROUP BY parent
ORDER BY parent
