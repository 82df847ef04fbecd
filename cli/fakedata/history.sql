-- name: loaded
SELECT seed, first_day, last_day, crashes_per_day, finished_at FROM fakedata

-- name: note
INSERT INTO fakedata (seed, first_day, last_day, crashes_per_day)
VALUES (%(seed)s, %(first)s, %(last)s, %(per_day)s)

-- name: finish
UPDATE fakedata SET finished_at = now()

-- name: forget
DELETE FROM fakedata

-- name: mark_hours
-- All hours of the days [first, last]: their reports came or went.
INSERT INTO changed_hours (hour)
SELECT hour
FROM generate_series(%(first)s::date::timestamp AT TIME ZONE 'UTC',
                     %(last)s::date::timestamp AT TIME ZONE 'UTC' + interval '23 hours',
                     interval '1 hour') AS hours (hour)
ON CONFLICT (hour) DO NOTHING

-- name: remove_user_info
DELETE FROM reports_user_info AS user_info USING reports
WHERE reports.throttle_rule = 'fakedata'
  AND reports.submitted_at >= %(day)s::date::timestamp AT TIME ZONE 'UTC'
  AND reports.submitted_at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC'
  AND user_info.submitted_at >= %(day)s::date::timestamp AT TIME ZONE 'UTC'
  AND user_info.submitted_at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC'
  AND user_info.submitted_at = reports.submitted_at AND user_info.crash_id = reports.crash_id

-- name: remove_reports
DELETE FROM reports
WHERE throttle_rule = 'fakedata'
  AND submitted_at >= %(day)s::date::timestamp AT TIME ZONE 'UTC'
  AND submitted_at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC'

-- name: remove_builds
-- Builds that only generated rows of releases_raw have.
DELETE FROM product_version_builds AS builds
USING product_versions AS versions, releases_raw AS generated
WHERE versions.product_version_id = builds.product_version_id AND generated.source = 'generated'
  AND generated.product = versions.product AND generated.build_id = builds.build_id
  AND generated.platform = builds.platform
  AND NOT EXISTS (SELECT FROM releases_raw AS other
                  WHERE other.source <> 'generated' AND other.product = versions.product
                    AND other.build_id = builds.build_id AND other.platform = builds.platform)

-- name: remove_versions
-- Versions without builds, crashes and installs; run it after counting.
DELETE FROM product_versions AS versions
WHERE source <> 'people' AND NOT featured AND is_rapid_beta = %(together)s
  AND NOT EXISTS (SELECT FROM product_version_builds AS builds
                  WHERE builds.product_version_id = versions.product_version_id)
  AND NOT EXISTS (SELECT FROM crash_counts AS counts
                  WHERE counts.product_version_id = versions.product_version_id)
  AND NOT EXISTS (SELECT FROM adi WHERE adi.product_version_id = versions.product_version_id)
  AND NOT EXISTS (SELECT FROM reports_clean AS clean
                  WHERE clean.product_version_id = versions.product_version_id)
  AND NOT EXISTS (SELECT FROM product_versions AS beta
                  WHERE beta.rapid_beta_id = versions.product_version_id)

-- name: remove_releases
DELETE FROM releases_raw WHERE source = 'generated'

-- name: remove_installs
DELETE FROM adi_raw WHERE source = 'generated'

-- name: remove_bugs
DELETE FROM bugs WHERE source = 'generated'
