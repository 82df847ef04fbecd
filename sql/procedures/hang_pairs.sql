-- Hang pairs: the browser's and the plugin's crash of one hang, sent one by one.

-- The halves come in either order, sometimes on both sides of midnight: within a day of each
-- other they are a pair, on the plugin's UTC day. More crashes of one hang are its duplicates.
-- Made-up ids (fake-...) are of clients that send both dumps at once: no other half exists.
CREATE OR REPLACE FUNCTION update_hang_pairs(today date, checkdata boolean DEFAULT true)
RETURNS boolean
LANGUAGE plpgsql SET timezone = 'UTC' SET work_mem = '64MB' SET jit = off
SET client_min_messages = warning AS $$
DECLARE
    midnight timestamptz := today::timestamptz;
    next timestamptz := midnight + interval '1 day';
BEGIN
    IF checkdata AND NOT day_is_counted(today, true) THEN
        RETURN false;
    END IF;
    IF was_dropped('reports', midnight) THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('update_hang_pairs'));
    DROP TABLE IF EXISTS pg_temp.halves, pg_temp.meetings;
    CREATE TEMP TABLE halves ON COMMIT DROP AS
    SELECT hang_id, crash_type, submitted_at, crash_id, signature_id, product_version_id,
           flash_version_id
    FROM reports_clean
    WHERE submitted_at >= midnight - interval '1 day' AND submitted_at < next + interval '1 day'
          AND hang_id IS NOT NULL AND hang_id NOT LIKE 'fake-%' AND crash_type IN (3, 4);
    ANALYZE halves;
    CREATE TEMP TABLE meetings ON COMMIT DROP AS
    SELECT hang_id, browser.crash_id AS browser_crash_id, plugin.crash_id AS plugin_crash_id,
           browser.submitted_at AS browser_submitted_at,
           plugin.submitted_at AS plugin_submitted_at,
           plugin.product_version_id, browser.signature_id AS browser_signature_id,
           plugin.signature_id AS plugin_signature_id,
           coalesce(plugin.flash_version_id, browser.flash_version_id) AS flash_version_id
    FROM halves AS plugin JOIN halves AS browser USING (hang_id)
    WHERE plugin.crash_type = 4 AND browser.crash_type = 3
          AND abs(extract(epoch FROM browser.submitted_at - plugin.submitted_at)) <= 86400;
    CREATE INDEX ON meetings (hang_id);  -- each pair looks for the others of its hang
    ANALYZE meetings;

    DELETE FROM hang_pairs WHERE day = today;
    INSERT INTO hang_pairs
        (day, hang_id, browser_crash_id, plugin_crash_id, browser_submitted_at,
         plugin_submitted_at, product_version_id, browser_signature_id, plugin_signature_id,
         flash_version_id, duplicates)
    SELECT today, pair.*, ARRAY(
        SELECT DISTINCT unnest(ARRAY[other.browser_crash_id, other.plugin_crash_id])
        FROM meetings AS other WHERE other.hang_id = pair.hang_id
        EXCEPT SELECT unnest(ARRAY[pair.browser_crash_id, pair.plugin_crash_id])
        ORDER BY 1)
    FROM (SELECT DISTINCT ON (hang_id) * FROM meetings
          ORDER BY hang_id, plugin_submitted_at, plugin_crash_id, browser_submitted_at,
                   browser_crash_id) AS pair
    WHERE plugin_submitted_at >= midnight AND plugin_submitted_at < next;

    INSERT INTO hang_halves AS was (day, pairs, browser, plugin)
    SELECT today, (SELECT count(*) FROM hang_pairs WHERE day = today),
           count(DISTINCT hang_id) FILTER (WHERE crash_type = 3),
           count(DISTINCT hang_id) FILTER (WHERE crash_type = 4)
    FROM halves
    WHERE submitted_at >= midnight AND submitted_at < next
          AND NOT EXISTS (SELECT FROM meetings
                          WHERE meetings.hang_id = halves.hang_id
                                AND halves.crash_id IN (browser_crash_id, plugin_crash_id))
    ON CONFLICT (day) DO UPDATE
        SET pairs = excluded.pairs, browser = excluded.browser, plugin = excluded.plugin;
    RETURN true;
END
$$;
COMMENT ON FUNCTION update_hang_pairs(date, boolean) IS
    'Match the halves of the hangs of one UTC day. Run it again a day later: the other half of a '
    'hang at midnight comes the next day.';

CREATE OR REPLACE FUNCTION backfill_hang_pairs(day date) RETURNS boolean
LANGUAGE sql AS $$
    SELECT update_hang_pairs(day, false)
$$;
COMMENT ON FUNCTION backfill_hang_pairs(date) IS 'As update_hang_pairs(), whatever is marked.';
