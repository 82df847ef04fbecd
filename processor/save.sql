-- name: earlier
SELECT signature FROM reports
WHERE crash_id = %(crash_id)s AND submitted_at = %(submitted_at)s

-- name: report
INSERT INTO reports (
    crash_id, submitted_at, started_at, completed_at, crash_time, signature, product, product_id,
    version, build_id, release_channel, process_type, os_name, os_version, cpu_arch, cpu_info,
    reason, address, crashing_thread, uptime, install_age, last_crash, hang_id, hang_type,
    addons_checked, flash_version, distributor, distributor_version, topmost_filenames, app_notes,
    success, status, truncated, processor_notes, throttle_rule, throttle_rate, fields)
VALUES (
    %(crash_id)s, %(submitted_at)s, %(started_at)s, %(completed_at)s, %(crash_time)s,
    %(signature)s, %(product)s, %(product_id)s, %(version)s, %(build_id)s, %(release_channel)s,
    %(process_type)s, %(os_name)s, %(os_version)s, %(cpu_arch)s, %(cpu_info)s, %(reason)s,
    %(address)s, %(crashing_thread)s, %(uptime)s, %(install_age)s, %(last_crash)s, %(hang_id)s,
    %(hang_type)s, %(addons_checked)s, %(flash_version)s, %(distributor)s,
    %(distributor_version)s, %(topmost_filenames)s, %(app_notes)s, %(success)s, %(status)s,
    %(truncated)s, %(processor_notes)s, %(throttle_rule)s, %(throttle_rate)s, %(fields)s)
ON CONFLICT (crash_id, submitted_at) DO UPDATE SET
    started_at = excluded.started_at, completed_at = excluded.completed_at,
    crash_time = excluded.crash_time, signature = excluded.signature,
    product = excluded.product, product_id = excluded.product_id, version = excluded.version,
    build_id = excluded.build_id, release_channel = excluded.release_channel,
    process_type = excluded.process_type, os_name = excluded.os_name,
    os_version = excluded.os_version, cpu_arch = excluded.cpu_arch, cpu_info = excluded.cpu_info,
    reason = excluded.reason, address = excluded.address,
    crashing_thread = excluded.crashing_thread, uptime = excluded.uptime,
    install_age = excluded.install_age, last_crash = excluded.last_crash,
    hang_id = excluded.hang_id, hang_type = excluded.hang_type,
    addons_checked = excluded.addons_checked, flash_version = excluded.flash_version,
    distributor = excluded.distributor, distributor_version = excluded.distributor_version,
    topmost_filenames = excluded.topmost_filenames, app_notes = excluded.app_notes,
    success = excluded.success, status = excluded.status, truncated = excluded.truncated,
    processor_notes = excluded.processor_notes, throttle_rule = excluded.throttle_rule,
    throttle_rate = excluded.throttle_rate, fields = excluded.fields

-- name: user_info
-- What was dropped after its retention does not come back with a crash that is processed again.
INSERT INTO reports_user_info (crash_id, submitted_at, url, email, user_comments)
SELECT %(crash_id)s, %(submitted_at)s, %(url)s, %(email)s, %(user_comments)s
WHERE NOT was_dropped('reports_user_info', %(submitted_at)s)
ON CONFLICT (crash_id, submitted_at) DO UPDATE SET
    url = excluded.url, email = excluded.email, user_comments = excluded.user_comments

-- name: no_user_info
DELETE FROM reports_user_info WHERE crash_id = %(crash_id)s AND submitted_at = %(submitted_at)s

-- name: missed
INSERT INTO missed_symbols (crash_id, submitted_at, modules, naming)
VALUES (%(crash_id)s, %(submitted_at)s, %(missed)s, %(naming)s)
ON CONFLICT (crash_id, submitted_at) DO UPDATE SET
    modules = excluded.modules, naming = excluded.naming

-- name: nothing_missed
DELETE FROM missed_symbols WHERE crash_id = %(crash_id)s AND submitted_at = %(submitted_at)s

-- name: moved
INSERT INTO signature_moves (day, before, after, crash_count)
VALUES (date_trunc('day', %(completed_at)s::timestamptz, 'UTC')::date, %(before)s, %(signature)s, 1)
ON CONFLICT (day, before, after) DO UPDATE SET crash_count = signature_moves.crash_count + 1

-- name: mark_hour
INSERT INTO changed_hours (hour) VALUES (date_trunc('hour', %(submitted_at)s::timestamptz, 'UTC'))
ON CONFLICT (hour) DO NOTHING

-- name: hold_mark
-- Processors share this lock; who takes the mark away (and counts after that) waits for them.
SELECT hour FROM changed_hours
WHERE hour = date_trunc('hour', %(submitted_at)s::timestamptz, 'UTC')
FOR KEY SHARE

-- name: make_partitions
SELECT make_partitions(%(submitted_at)s, %(submitted_at)s)
