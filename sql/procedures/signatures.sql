-- When a signature was first seen, in which build, and in which versions.

-- What comes in may be earlier than what was first, and is entered at once. What goes away (the
-- crash has another signature now) may have been the first: update_signatures() looks it up.
CREATE OR REPLACE FUNCTION save_signatures() RETURNS void
LANGUAGE plpgsql SET client_min_messages = warning AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.span_firsts;
    CREATE TEMP TABLE span_firsts ON COMMIT DROP AS
    SELECT signature_id, product_version_id, min(first_report) AS first_report,
           min(first_build) AS first_build
    FROM span_cube WHERE first_report IS NOT NULL GROUP BY signature_id, product_version_id;
    ANALYZE span_firsts;

    -- In order, so that two days that are counted at once wait for each other, not crosswise.
    PERFORM FROM signatures AS known
    WHERE EXISTS (SELECT FROM span_firsts AS new
                  WHERE new.signature_id = known.signature_id
                        AND (new.first_report < known.first_report
                             OR new.first_build < known.first_build
                             OR (new.first_build IS NOT NULL AND known.first_build IS NULL)))
    ORDER BY signature_id FOR NO KEY UPDATE;
    UPDATE signatures AS known
    SET first_report = least(known.first_report, new.first_report),
        first_build = least(known.first_build, new.first_build)
    FROM (SELECT signature_id, min(first_report) AS first_report, min(first_build) AS first_build
          FROM span_firsts GROUP BY signature_id) AS new
    WHERE new.signature_id = known.signature_id
          AND (new.first_report < known.first_report OR new.first_build < known.first_build
               OR (new.first_build IS NOT NULL AND known.first_build IS NULL));

    DELETE FROM signatures WHERE first_report = 'infinity';  -- of bad reports only

    INSERT INTO signature_products AS known (signature_id, product_version_id, first_report)
    SELECT signature_id, product_version_id, new.first_report
    FROM span_firsts AS new
    LEFT JOIN signature_products AS old USING (signature_id, product_version_id)
    WHERE old.signature_id IS NULL OR new.first_report < old.first_report
    ORDER BY signature_id, product_version_id
    ON CONFLICT (signature_id, product_version_id) DO UPDATE
        SET first_report = least(known.first_report, excluded.first_report);

    INSERT INTO signatures_to_check (signature_id)
    SELECT DISTINCT signature_id
    FROM span_gone AS gone
    JOIN signatures AS known USING (signature_id)
    LEFT JOIN signature_products AS pair USING (signature_id, product_version_id)
    WHERE gone.first_report <= known.first_report OR gone.first_build <= known.first_build
          OR gone.first_report <= pair.first_report
    ORDER BY signature_id ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION save_signatures() IS 'A step of count_span().';

-- Cleaned reports have no index by signature, but the daily tables tell on which days to look;
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
    DROP TABLE IF EXISTS pg_temp.checked;
    CREATE TEMP TABLE checked ON COMMIT DROP AS
    SELECT signature_id, CASE WHEN first_report >= oldest THEN first_build END AS first_build,
           NULL::text AS seen
    FROM signatures_to_check JOIN signatures USING (signature_id);
    GET DIAGNOSTICS checked = ROW_COUNT;
    IF checked > 0 THEN
        ANALYZE checked;
        PERFORM find_first_reports(oldest), find_first_builds();
        UPDATE signatures AS known SET first_report = pairs.first_report
        FROM (SELECT signature_id, min(first_report) AS first_report
              FROM signature_products JOIN checked USING (signature_id)
              GROUP BY signature_id) AS pairs
        WHERE pairs.signature_id = known.signature_id
              AND pairs.first_report <> known.first_report;
        DELETE FROM signatures AS known
        USING checked
        WHERE checked.signature_id = known.signature_id
              AND NOT EXISTS (SELECT FROM top_crashers
                              WHERE top_crashers.signature_id = known.signature_id);
    END IF;
    DELETE FROM signatures_to_check;
    RETURN checked;
END
$$;
COMMENT ON FUNCTION update_signatures() IS
    'Look up the first crash of signatures that lost one, and forget signatures without any; '
    'returns how many were looked at. Run it after counting.';

CREATE OR REPLACE FUNCTION find_first_reports(oldest timestamptz) RETURNS void
LANGUAGE plpgsql SET client_min_messages = warning AS $$
DECLARE
    next date;
BEGIN
    DROP TABLE IF EXISTS pg_temp.pairs;
    CREATE TEMP TABLE pairs ON COMMIT DROP AS
    SELECT signature_id, product_version_id,
           (SELECT min(day) FROM top_crashers AS counted
            WHERE (counted.signature_id, counted.product_version_id)
                = (pair.signature_id, pair.product_version_id)) AS first_day
    FROM signature_products AS pair JOIN checked USING (signature_id)
    WHERE first_report >= oldest
          AND NOT EXISTS (SELECT FROM reports_clean AS clean
                          WHERE (clean.submitted_at, clean.signature_id, clean.product_version_id)
                              = (pair.first_report, pair.signature_id, pair.product_version_id));
    ANALYZE pairs;
    DELETE FROM signature_products AS pair USING pairs
    WHERE pairs.first_day IS NULL
          AND (pairs.signature_id, pairs.product_version_id)
            = (pair.signature_id, pair.product_version_id);
    FOR next IN SELECT DISTINCT first_day FROM pairs WHERE first_day IS NOT NULL LOOP
        UPDATE signature_products AS pair SET first_report = found.first_report
        FROM (SELECT signature_id, product_version_id, min(submitted_at) AS first_report
              FROM reports_clean JOIN pairs USING (signature_id, product_version_id)
              WHERE submitted_at >= next::timestamptz
                    AND submitted_at < next::timestamptz + interval '1 day' AND first_day = next
              GROUP BY signature_id, product_version_id) AS found
        WHERE (found.signature_id, found.product_version_id)
            = (pair.signature_id, pair.product_version_id);
    END LOOP;
END
$$;
COMMENT ON FUNCTION find_first_reports(timestamptz) IS
    'A step of update_signatures(): pairs of signature and version that lost their first crash.';

-- Day by day until a crash of the build that was first is found: mostly on the first day.
CREATE OR REPLACE FUNCTION find_first_builds() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    next date;
BEGIN
    LOOP
        SELECT min(day) INTO next
        FROM checked JOIN top_crashers USING (signature_id)
        WHERE seen IS DISTINCT FROM first_build AND (next IS NULL OR day > next);
        EXIT WHEN next IS NULL;
        UPDATE checked SET seen = least(checked.seen, told.build)
        FROM (SELECT signature_id, min(build_id) AS build
              FROM reports_clean JOIN checked USING (signature_id)
              WHERE submitted_at >= next::timestamptz
                    AND submitted_at < next::timestamptz + interval '1 day'
                    AND seen IS DISTINCT FROM first_build
              GROUP BY signature_id) AS told
        WHERE told.signature_id = checked.signature_id;
    END LOOP;
    UPDATE signatures AS known SET first_build = checked.seen
    FROM checked
    WHERE checked.signature_id = known.signature_id
          AND checked.seen IS DISTINCT FROM checked.first_build;
END
$$;
COMMENT ON FUNCTION find_first_builds() IS 'A step of update_signatures().';
