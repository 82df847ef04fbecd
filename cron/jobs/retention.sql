-- name: drop_symbols
SELECT forget_missed_symbols(%(before)s)

-- name: drop_urls
SELECT drop_urls(%(before)s)

-- name: drop_ranks
SELECT drop_top_crasher_ranks(%(before)s)

-- name: forget_modules
DELETE FROM module_list WHERE day < %(before)s

-- name: forget_jobs
DELETE FROM jobs WHERE state <> 'running' AND crash_day(crash_id) < %(before)s

-- name: forget_log
DELETE FROM cron_log WHERE ended_at < now() - %(days)s * interval '1 day'
