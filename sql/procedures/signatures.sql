-- When a signature was first seen, in which build, and in which versions.

-- A crash that is added may be earlier than the first one so far: that is entered at once. A crash
-- that is removed (it has another signature now) may have been the first: update_signatures() looks
-- up which one is first now.
CREATE OR REPLACE FUNCTION save_signatures() RETURNS void
LANGUAGE plpgsql SET client_min_messages = warning AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.earliest_added;
    CREATE TEMP TABLE earliest_added ON COMMIT DROP AS
    SELECT signature_id, product_version_id, min(first_report) AS first_report,
           min(first_build) AS first_build
    FROM day_changes WHERE first_report IS NOT NULL GROUP BY signature_id, product_version_id;
    ANALYZE earliest_added;  -- an hour of 130,000 reports: median 2.3 s, 2.5 without

    -- In order, so that two days that are counted at once wait for each other, not crosswise.
    PERFORM FROM signatures
    WHERE EXISTS (SELECT FROM earliest_added AS added
                  WHERE added.signature_id = signatures.signature_id
                        AND (added.first_report < signatures.first_report
                             OR added.first_build < signatures.first_build
                             OR (added.first_build IS NOT NULL
                                 AND signatures.first_build IS NULL)))
    ORDER BY signature_id FOR NO KEY UPDATE;
    UPDATE signatures
    SET first_report = least(signatures.first_report, added.first_report),
        first_build = least(signatures.first_build, added.first_build)
    FROM (SELECT signature_id, min(first_report) AS first_report, min(first_build) AS first_build
          FROM earliest_added GROUP BY signature_id) AS added
    WHERE added.signature_id = signatures.signature_id
          AND (added.first_report < signatures.first_report
               OR added.first_build < signatures.first_build
               OR (added.first_build IS NOT NULL AND signatures.first_build IS NULL));

    DELETE FROM signatures WHERE first_report = 'infinity';  -- of bad reports only

    INSERT INTO signature_products AS pair (signature_id, product_version_id, first_report)
    SELECT signature_id, product_version_id, added.first_report
    FROM earliest_added AS added
    LEFT JOIN signature_products AS saved USING (signature_id, product_version_id)
    WHERE saved.signature_id IS NULL OR added.first_report < saved.first_report
    ORDER BY signature_id, product_version_id
    ON CONFLICT (signature_id, product_version_id) DO UPDATE
        SET first_report = least(pair.first_report, excluded.first_report);

    INSERT INTO signatures_to_check (signature_id)
    SELECT DISTINCT signature_id
    FROM earliest_removed AS removed
    JOIN signatures USING (signature_id)
    LEFT JOIN signature_products AS pair USING (signature_id, product_version_id)
    WHERE removed.first_report <= signatures.first_report
          OR removed.first_build <= signatures.first_build
          OR removed.first_report <= pair.first_report
    ORDER BY signature_id ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION save_signatures() IS
    'A step of count_span(): reads day_changes and earliest_removed; makes earliest_added; enters '
    'what is earlier into signatures and signature_products, and what may have lost its first '
    'report into signatures_to_check.';

-- Cleaned reports have no index by signature, but the daily tables say on which days to look;
-- a day is read once for all. Waits until no count is under way, and counts wait for it: what they
-- are about to add would be overlooked. What is older than the oldest cleaned reports is believed.
CREATE OR REPLACE FUNCTION update_signatures() RETURNS integer
LANGUAGE plpgsql SET timezone = 'UTC' SET work_mem = '64MB' SET jit = off
SET client_min_messages = warning AS $$
DECLARE
    oldest timestamptz;
    checked integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('count_span'), -1);
    SELECT min(week) INTO oldest FROM partitions_of('reports_clean');
    DROP TABLE IF EXISTS pg_temp.checked_signatures;
    CREATE TEMP TABLE checked_signatures ON COMMIT DROP AS
    SELECT signature_id, CASE WHEN first_report >= oldest THEN first_build END AS saved_build,
           NULL::text AS earliest_build
    FROM signatures_to_check JOIN signatures USING (signature_id);
    GET DIAGNOSTICS checked = ROW_COUNT;
    IF checked > 0 THEN
        ANALYZE checked_signatures;
        PERFORM find_first_reports(oldest);
        PERFORM find_first_builds();
        UPDATE signatures SET first_report = pairs.first_report
        FROM (SELECT signature_id, min(first_report) AS first_report
              FROM signature_products JOIN checked_signatures USING (signature_id)
              GROUP BY signature_id) AS pairs
        WHERE pairs.signature_id = signatures.signature_id
              AND pairs.first_report <> signatures.first_report;
        DELETE FROM signatures USING checked_signatures AS checked
        WHERE checked.signature_id = signatures.signature_id
              AND NOT EXISTS (SELECT FROM top_crashers
                              WHERE top_crashers.signature_id = signatures.signature_id);
    END IF;
    DELETE FROM signatures_to_check;
    RETURN checked;
END
$$;
COMMENT ON FUNCTION update_signatures() IS
    'Look up the first crash of signatures that lost one, and forget signatures without any; '
    'returns how many were looked at. Run it after counting. Reads signatures_to_check; makes '
    'checked_signatures (signature_id, saved_build, earliest_build) for its steps.';

CREATE OR REPLACE FUNCTION find_first_reports(oldest timestamptz) RETURNS void
LANGUAGE plpgsql SET client_min_messages = warning AS $$
DECLARE
    next date;
BEGIN
    DROP TABLE IF EXISTS pg_temp.lost_firsts;
    CREATE TEMP TABLE lost_firsts ON COMMIT DROP AS
    SELECT signature_id, product_version_id,
           (SELECT min(day) FROM top_crashers
            WHERE (top_crashers.signature_id, top_crashers.product_version_id)
                = (pair.signature_id, pair.product_version_id)) AS first_day
    FROM signature_products AS pair JOIN checked_signatures USING (signature_id)
    WHERE first_report >= oldest
          AND NOT EXISTS (SELECT FROM reports_clean AS clean
                          WHERE (clean.submitted_at, clean.signature_id, clean.product_version_id)
                              = (pair.first_report, pair.signature_id, pair.product_version_id));
    ANALYZE lost_firsts;
    DELETE FROM signature_products AS pair USING lost_firsts AS lost
    WHERE lost.first_day IS NULL
          AND (lost.signature_id, lost.product_version_id)
            = (pair.signature_id, pair.product_version_id);
    FOR next IN SELECT DISTINCT first_day FROM lost_firsts WHERE first_day IS NOT NULL LOOP
        UPDATE signature_products AS pair SET first_report = day.first_report
        FROM (SELECT signature_id, product_version_id, min(submitted_at) AS first_report
              FROM reports_clean JOIN lost_firsts USING (signature_id, product_version_id)
              WHERE submitted_at >= next::timestamptz
                    AND submitted_at < next::timestamptz + interval '1 day' AND first_day = next
              GROUP BY signature_id, product_version_id) AS day
        WHERE (day.signature_id, day.product_version_id)
            = (pair.signature_id, pair.product_version_id);
    END LOOP;
END
$$;
COMMENT ON FUNCTION find_first_reports(timestamptz) IS
    'A step of update_signatures(): reads checked_signatures; makes lost_firsts, the pairs of '
    'signature and version whose first report is gone, and corrects signature_products.';

-- Day by day until a crash of the build that was first is there: mostly on the first day.
CREATE OR REPLACE FUNCTION find_first_builds() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    next date;
BEGIN
    LOOP
        SELECT min(day) INTO next
        FROM checked_signatures JOIN top_crashers USING (signature_id)
        WHERE earliest_build IS DISTINCT FROM saved_build AND (next IS NULL OR day > next);
        EXIT WHEN next IS NULL;
        UPDATE checked_signatures AS checked
        SET earliest_build = least(checked.earliest_build, day.first_build)
        FROM (SELECT signature_id, min(build_id) FILTER (WHERE build_day IS NOT NULL) AS first_build
              FROM reports_clean JOIN checked_signatures USING (signature_id)
              WHERE submitted_at >= next::timestamptz
                    AND submitted_at < next::timestamptz + interval '1 day'
                    AND earliest_build IS DISTINCT FROM saved_build
              GROUP BY signature_id) AS day
        WHERE day.signature_id = checked.signature_id;
    END LOOP;
    UPDATE signatures SET first_build = checked.earliest_build
    FROM checked_signatures AS checked
    WHERE checked.signature_id = signatures.signature_id
          AND checked.earliest_build IS DISTINCT FROM checked.saved_build;
END
$$;
COMMENT ON FUNCTION find_first_builds() IS
    'A step of update_signatures(): reads reports_clean; fills in earliest_build of '
    'checked_signatures and corrects signatures.';
