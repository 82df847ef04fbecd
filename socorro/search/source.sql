-- name: reports
-- The reports of [start, end), under the names of the fields of search; the other fields are in
-- fields, as JSON. What was dropped after its retention is not searched.
SELECT crash_id, submitted_at AS submitted_timestamp, started_at AS started_datetime,
       completed_at AS completed_datetime,
       CASE WHEN isfinite(crash_time) THEN floor(extract(epoch FROM crash_time))::bigint END
           AS crash_time,
       crash_time AS client_crash_date, nullif(signature, '') AS signature,
       nullif(product, '') AS product, nullif(product_id, '') AS product_id,
       nullif(version, '') AS version, nullif(build_id, '') AS build,
       nullif(release_channel, '') AS release_channel, nullif(process_type, '') AS process_type,
       nullif(os_name, '') AS os_name, nullif(os_version, '') AS os_version,
       nullif(cpu_arch, '') AS cpu_arch, nullif(cpu_info, '') AS cpu_info,
       nullif(reason, '') AS reason, nullif(address, '') AS address, crashing_thread, uptime,
       install_age,
       -- Older reports have it only in this form.
       CASE WHEN isfinite(crash_time)
            THEN floor(extract(epoch FROM crash_time))::bigint - install_age END AS install_time,
       last_crash, nullif(hang_id, '') AS hang_id, hang_type, addons_checked,
       nullif(flash_version, '') AS flash_version, nullif(distributor, '') AS distributor,
       nullif(distributor_version, '') AS distributor_version,
       nullif(topmost_filenames, '') AS topmost_filenames, nullif(app_notes, '') AS app_notes,
       success, nullif(status, '') AS mdsw_status_string, truncated,
       to_json(processor_notes) AS processor_notes, throttle_rate, fields
FROM reports
WHERE submitted_at >= %(start)s AND submitted_at < %(end)s
      AND NOT was_dropped('reports', %(start)s)
ORDER BY submitted_at, crash_id

-- name: protected
-- The protected fields of the reports that have any.
SELECT reports.crash_id,
       nullif(url, '') AS url, nullif(email, '') AS email,
       nullif(user_comments, '') AS user_comments, nullif(throttle_rule, '') AS throttle_rule
FROM reports
LEFT JOIN reports_user_info AS info
    ON info.submitted_at = reports.submitted_at AND info.crash_id = reports.crash_id
       AND info.submitted_at >= %(start)s AND info.submitted_at < %(end)s
WHERE reports.submitted_at >= %(start)s AND reports.submitted_at < %(end)s
      AND NOT was_dropped('reports', %(start)s)
      AND NOT was_dropped('reports_user_info', %(start)s)
      AND (nullif(url, '') IS NOT NULL OR nullif(email, '') IS NOT NULL
           OR nullif(user_comments, '') IS NOT NULL OR nullif(throttle_rule, '') IS NOT NULL)
ORDER BY reports.crash_id

-- name: slices
-- What a slice of [start, end) has: changes with each report that comes, goes or is written again.
SELECT floor(extract(epoch FROM submitted_at - %(start)s::timestamptz) / %(seconds)s)::integer AS slice,
       count(*),
       sum(hashtextextended(crash_id::text || completed_at::text, 0))::text
FROM reports
WHERE submitted_at >= %(start)s AND submitted_at < %(end)s
GROUP BY slice ORDER BY slice

-- name: count
SELECT count(*) FROM reports WHERE submitted_at >= %(start)s AND submitted_at < %(end)s

-- name: dropped
SELECT max(until) FILTER (WHERE parent = 'reports'),
       max(until) FILTER (WHERE parent IN ('reports', 'reports_user_info'))
FROM dropped_weeks
