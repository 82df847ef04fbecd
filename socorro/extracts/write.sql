-- name: hour
-- The reports of one product and hour, in order of submission: the columns of columns.py.
-- An hour at a time, so that the sort fits into memory.
WITH bugs_by_signature AS (
    SELECT signature, string_agg(bug_id::text, ',' ORDER BY bug_id) AS bug_list
    FROM bug_signatures
    WHERE until IS NULL
    GROUP BY signature
), installs AS (
    SELECT version, release_channel, os, sum(adi) AS adi
    FROM adi JOIN product_versions USING (product_version_id)
    WHERE product = %(product)s AND day = (%(hour)s::timestamptz AT TIME ZONE 'UTC')::date
    GROUP BY version, release_channel, os
)
SELECT reports.signature,
       personal.url,
       %(report_url)s || reports.crash_id,
       to_char(reports.crash_time AT TIME ZONE 'UTC', 'YYYYMMDDHH24MI'),
       to_char(reports.submitted_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MI'),
       reports.last_crash,
       reports.product,
       reports.version,
       reports.build_id,
       '',
       reports.os_name,
       CASE WHEN reports.os_name = 'Linux'
            THEN coalesce(substring(replace(reports.os_version, '0.0.0 ', '') FROM '\d+(?:\.\d+)+'), '?')
                 || ' ' || coalesce(substring(reports.os_version FROM '(x86_64|i[3-6]86|aarch64|armv\w+|ppc\w*|s390x?|riscv64)'),
                                    reports.cpu_arch, '?arch?')
            ELSE reports.os_version END,
       nullif(concat_ws(' | ', reports.cpu_arch, reports.cpu_info), ''),
       reports.address,
       bugs_by_signature.bug_list,
       personal.user_comments,
       reports.uptime,
       CASE WHEN personal.email LIKE '%%@%%' THEN 'yes' ELSE '' END,
       installs.adi,
       reports.topmost_filenames,
       CASE reports.addons_checked WHEN true THEN 'checked' WHEN false THEN 'not' ELSE '[unknown]' END,
       reports.flash_version,
       reports.hang_id,
       reports.reason,
       reports.process_type,
       reports.app_notes,
       reports.install_age,
       coalesce(resent.first_crash_id, duplicates.duplicate_of),
       reports.release_channel,
       reports.product_id
FROM reports
LEFT JOIN reports_user_info AS personal
       ON personal.crash_id = reports.crash_id AND personal.submitted_at = reports.submitted_at
      AND personal.submitted_at >= %(hour)s::timestamptz
      AND personal.submitted_at < %(hour)s::timestamptz + interval '1 hour'
LEFT JOIN reports_duplicates AS duplicates
       ON duplicates.crash_id = reports.crash_id AND duplicates.submitted_at = reports.submitted_at
      AND duplicates.submitted_at >= %(hour)s::timestamptz
      AND duplicates.submitted_at < %(hour)s::timestamptz + interval '1 hour'
      AND duplicates.duplicate_of <> duplicates.crash_id
LEFT JOIN reports_resent AS resent
       ON resent.crash_id = reports.crash_id AND resent.submitted_at = reports.submitted_at
      AND resent.submitted_at >= %(hour)s::timestamptz
      AND resent.submitted_at < %(hour)s::timestamptz + interval '1 hour'
      AND resent.first_crash_id <> resent.crash_id
LEFT JOIN bugs_by_signature ON bugs_by_signature.signature = reports.signature
LEFT JOIN installs
       ON installs.version = reports.version AND installs.release_channel = reports.release_channel
      AND installs.os = os_code(reports.os_name)
WHERE reports.product = %(product)s
  AND reports.submitted_at >= %(hour)s::timestamptz
  AND reports.submitted_at < %(hour)s::timestamptz + interval '1 hour'
ORDER BY reports.submitted_at, reports.crash_id

-- name: products
SELECT product FROM products ORDER BY sort, product
