-- 0030: versions, products, builds and channels are counted under the names that people give them.
-- Lock: ACCESS EXCLUSIVE on reports_bad, its partitions and count_settings, brief (no rewrite).
-- Hours with reports that could not be counted are marked: most of them can be now.
-- depends: 0029_retention_stands

SET LOCAL lock_timeout = '5s';

ALTER TABLE count_settings ADD COLUMN most_channels integer NOT NULL DEFAULT 50;
COMMENT ON COLUMN count_settings.most_channels IS
    'Release channels, those made from reports among them; reports of further ones are bad.';

INSERT INTO release_channels VALUES ('unknown', 0) ON CONFLICT DO NOTHING;
COMMENT ON TABLE release_channels IS
    'Channels that are counted, stable ones last; those made from reports, and unknown, have sort 0.';
COMMENT ON COLUMN release_channel_matches.pattern IS
    'ILIKE pattern for what clients say; the longest that matches counts. None: a channel of its own.';

ALTER TABLE reports_bad ADD COLUMN product text NOT NULL DEFAULT '',
                        ADD COLUMN version text NOT NULL DEFAULT '';
COMMENT ON COLUMN reports_bad.reason IS
    'no product, no version, no signature, implausible product, implausible version, old version, '
    'unknown product, unknown version, unknown build, too many products, too many versions, or too '
    'many channels.';
COMMENT ON COLUMN reports_bad.product IS 'As the client says; empty: no product.';
COMMENT ON COLUMN reports_bad.version IS 'As the client says; empty: no version.';
INSERT INTO changed_hours (hour)
SELECT DISTINCT date_trunc('hour', submitted_at, 'UTC') FROM reports_bad
ON CONFLICT (hour) DO NOTHING;

COMMENT ON COLUMN reports_clean.build_id IS 'As the client says; NULL: it did not say.';
COMMENT ON COLUMN reports_clean.build_day IS
    'Date in the build id; NULL when that is no date, before 2006, or more than a day ahead of submission.';
COMMENT ON COLUMN product_versions.version_sort IS
    'Text that sorts as the versions do (COLLATE "C"): version_sort(version).';
COMMENT ON COLUMN product_versions.sunset_date IS
    'Last day on which it counts as current: 9 weeks after the build for nightly, aurora, beta and '
    'channels that clients made up, 18 for release, ESR and unknown.';

-- Dated by a build id such as 19700101000000: the day of its first crash instead.
UPDATE product_versions AS versions
SET build_date = dated.day, sunset_date = dated.day + (versions.sunset_date - versions.build_date)
FROM (SELECT product_version_id,
             coalesce((SELECT min(day) FROM crash_counts
                       WHERE crash_counts.product_version_id = implausible.product_version_id),
                      current_date) AS day
      FROM product_versions AS implausible
      WHERE build_date < '2006-01-01' AND source = 'reports') AS dated
WHERE dated.product_version_id = versions.product_version_id;
