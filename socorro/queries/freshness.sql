-- name: freshness
-- Its crash_count is of no hour: that of hours is another statement, whose plan takes milliseconds.
SELECT EXISTS (SELECT FROM crash_counts),
       (SELECT max(submitted_at) FROM reports_clean),
       (SELECT count(*)::int
        FROM (SELECT hour FROM changed_hours UNION SELECT hour FROM hours_to_count) AS hours),
       0 AS crash_count,
       (SELECT count(*)::int FROM jobs WHERE state <> 'failed'),
       (SELECT next_run FROM cron_jobs
        WHERE job = 'counts' AND off = '' AND seen_at > %(now)s::timestamptz - interval '1 day'),
       (SELECT count(*)::int FROM reports_bad
        WHERE submitted_at >= %(now)s::timestamptz - interval '7 days')

-- name: not_counted
-- It reads a hundred hours at most, one by one: a plan for all of them together reads every report.
SELECT coalesce(sum(crash_count), 0)::int AS crash_count
FROM (SELECT hour FROM changed_hours UNION SELECT hour FROM hours_to_count
      ORDER BY hour DESC LIMIT 100) AS hours
CROSS JOIN LATERAL (
    SELECT count(*) AS crash_count
    FROM reports
    LEFT JOIN reports_resent AS resent
           ON resent.submitted_at = reports.submitted_at AND resent.crash_id = reports.crash_id
          AND resent.submitted_at >= hour AND resent.submitted_at < hour + interval '1 hour'
    WHERE reports.submitted_at >= hour AND reports.submitted_at < hour + interval '1 hour'
      AND is_counted(reports.crash_id, resent.crash_id IS NOT NULL, resent.counted_rate)
      AND NOT EXISTS (
        SELECT FROM reports_clean AS clean
        WHERE clean.submitted_at = reports.submitted_at AND clean.crash_id = reports.crash_id
          AND clean.submitted_at >= hour AND clean.submitted_at < hour + interval '1 hour')
      AND NOT EXISTS (
        SELECT FROM reports_bad AS bad
        WHERE bad.submitted_at = reports.submitted_at AND bad.crash_id = reports.crash_id
          AND bad.submitted_at >= hour AND bad.submitted_at < hour + interval '1 hour')
) AS counted

-- name: state
-- Changes whenever something was counted, a job brought something else up to date, or somebody
-- chose other featured versions. Runs that ranked nothing, or noted how the queue does, change
-- nothing that is kept; what a command writes by itself is seen when kept answers grow old.
SELECT concat_ws(' ', (SELECT max(submitted_at) FROM reports_clean),
                 (SELECT ended_at FROM cron_log
                  WHERE job <> 'status' AND (job <> 'ranks' OR rows > 0)
                  ORDER BY id DESC LIMIT 1),
                 (SELECT sum(product_version_id) FROM product_versions WHERE featured))

-- name: waiting
SELECT hours.hour,
       (count(reports.crash_id) FILTER (WHERE is_counted(
            reports.crash_id, resent.crash_id IS NOT NULL, resent.counted_rate)))::int
FROM (SELECT hour FROM changed_hours UNION SELECT hour FROM hours_to_count
      ORDER BY hour DESC LIMIT %(most)s) AS hours
LEFT JOIN reports ON reports.submitted_at >= hours.hour
                 AND reports.submitted_at < hours.hour + interval '1 hour'
LEFT JOIN reports_resent AS resent
       ON resent.submitted_at = reports.submitted_at AND resent.crash_id = reports.crash_id
GROUP BY hours.hour
ORDER BY hours.hour DESC

-- name: day
SELECT day_is_counted(%(day)s)
