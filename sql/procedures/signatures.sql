-- When a signature was first seen, in which build, and in which versions.

-- What comes in may be earlier than what was first, and is entered at once. What goes away (the
-- crash has another signature now) may have been the first: update_signatures() looks it up.
CREATE OR REPLACE FUNCTION save_signatures() RETURNS void
LANGUAGE plpgsql SET client_min_messages = warning AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.span_firsts;
    CREATE TEMP TABLE span_firsts ON COMMIT DROP AS
    SELECT signature_id, product_version_id, sign, min(submitted_at) AS first_report,
           min(build_id) AS first_build
    FROM span_changes GROUP BY signature_id, product_version_id, sign;
    ANALYZE span_firsts;

    -- In order, so that two days that are counted at once wait for each other, not crosswise.
    PERFORM FROM signatures AS known
    WHERE EXISTS (SELECT FROM span_firsts AS new
                  WHERE new.signature_id = known.signature_id AND sign = 1
                        AND (new.first_report < known.first_report
                             OR new.first_build < known.first_build
                             OR (new.first_build IS NOT NULL AND known.first_build IS NULL)))
    ORDER BY signature_id FOR NO KEY UPDATE;
    UPDATE signatures AS known
    SET first_report = least(known.first_report, new.first_report),
        first_build = least(known.first_build, new.first_build)
    FROM (SELECT signature_id, min(first_report) AS first_report, min(first_build) AS first_build
          FROM span_firsts WHERE sign = 1 GROUP BY signature_id) AS new
    WHERE new.signature_id = known.signature_id
          AND (new.first_report < known.first_report OR new.first_build < known.first_build
               OR (new.first_build IS NOT NULL AND known.first_build IS NULL));

    IF EXISTS (SELECT FROM span_bad) THEN  -- new signatures may be of bad reports only
        DELETE FROM signatures
        WHERE first_report = 'infinity'
              AND signature_id IN (SELECT signature_id FROM span_signatures);
    END IF;

    INSERT INTO signature_products AS known (signature_id, product_version_id, first_report)
    SELECT signature_id, product_version_id, new.first_report
    FROM span_firsts AS new
    LEFT JOIN signature_products AS old USING (signature_id, product_version_id)
    WHERE sign = 1 AND (old.signature_id IS NULL OR new.first_report < old.first_report)
    ORDER BY signature_id, product_version_id
    ON CONFLICT (signature_id, product_version_id) DO UPDATE
        SET first_report = least(known.first_report, excluded.first_report);

    INSERT INTO signatures_to_check (signature_id)
    SELECT DISTINCT signature_id
    FROM span_firsts AS gone
    JOIN signatures AS known USING (signature_id)
    LEFT JOIN signature_products AS pair USING (signature_id, product_version_id)
    WHERE sign = -1 AND (gone.first_report <= known.first_report
                         OR gone.first_build <= known.first_build
                         OR gone.first_report <= pair.first_report)
    ORDER BY signature_id ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION save_signatures() IS 'A step of count_span().';

-- Waits until no count is under way, and counts wait for it: what they are about to add would be
-- overlooked. Cleaned reports have no index by signature, reports do; where the two differ the
-- hour is marked, and looked at as a whole. What is older than the oldest cleaned reports is
-- believed as it is.
CREATE OR REPLACE FUNCTION update_signatures() RETURNS integer
LANGUAGE plpgsql SET work_mem = '64MB' SET client_min_messages = warning AS $$
DECLARE
    oldest timestamptz;
    checked integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('count_span'), -1);
    SELECT min(week) INTO oldest FROM partitions_of('reports_clean');
    DROP TABLE IF EXISTS pg_temp.checked, pg_temp.found;
    CREATE TEMP TABLE checked (signature_id integer) ON COMMIT DROP;
    WITH taken AS (DELETE FROM signatures_to_check RETURNING signature_id)
    INSERT INTO checked SELECT signature_id FROM taken;
    GET DIAGNOSTICS checked = ROW_COUNT;
    CREATE TEMP TABLE found ON COMMIT DROP AS
    SELECT signature_id, product_version_id, min(submitted_at) AS first_report,
           min(build_id) AS first_build
    FROM (SELECT clean.*
          FROM checked JOIN signatures USING (signature_id)
          JOIN reports USING (signature)
          JOIN reports_clean AS clean USING (submitted_at, crash_id, signature_id)
          UNION ALL
          SELECT clean.*
          FROM (SELECT hour FROM changed_hours UNION SELECT hour FROM hours_to_count) AS marked
          JOIN reports_clean AS clean
              ON submitted_at >= hour AND submitted_at < hour + interval '1 hour'
          JOIN checked USING (signature_id)) AS clean
    GROUP BY signature_id, product_version_id;

    UPDATE signatures AS known
    SET first_report = new.first_report, first_build = new.first_build
    FROM (SELECT signature_id, min(first_report) AS first_report, min(first_build) AS first_build
          FROM found GROUP BY signature_id) AS new
    WHERE new.signature_id = known.signature_id AND known.first_report >= oldest;
    DELETE FROM signature_products AS known
    USING checked
    WHERE checked.signature_id = known.signature_id AND known.first_report >= oldest
          AND NOT EXISTS (SELECT FROM found
                          WHERE (found.signature_id, found.product_version_id)
                              = (known.signature_id, known.product_version_id));
    UPDATE signature_products AS known SET first_report = found.first_report
    FROM found
    WHERE (found.signature_id, found.product_version_id)
        = (known.signature_id, known.product_version_id)
          AND known.first_report >= oldest AND known.first_report <> found.first_report;
    DELETE FROM signatures AS known
    USING checked
    WHERE checked.signature_id = known.signature_id AND known.first_report >= oldest
          AND known.signature_id NOT IN (SELECT signature_id FROM found)
          AND NOT EXISTS (SELECT FROM top_crashers
                          WHERE top_crashers.signature_id = known.signature_id);
    RETURN checked;
END
$$;
COMMENT ON FUNCTION update_signatures() IS
    'Look up the first crash of signatures that lost one, and forget signatures without any; '
    'returns how many were looked at. Run it after counting.';
