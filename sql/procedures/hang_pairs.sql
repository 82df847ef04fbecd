-- Hang pairs: the browser's and the plugin's crash of one hang, sent one by one.

-- The halves come in either order, sometimes on both sides of midnight: within a day of each
-- other they are a pair, on the plugin's UTC day. More crashes of one hang are its duplicates.
-- Made-up ids (fake-...) are of clients that send both dumps at once: no other half exists.
CREATE OR REPLACE FUNCTION update_hang_pairs(of_day date, checkdata boolean DEFAULT true)
RETURNS boolean
LANGUAGE plpgsql SET timezone = 'UTC' SET work_mem = '64MB' SET jit = off
SET client_min_messages = warning AS $$
DECLARE
    midnight timestamptz := of_day::timestamptz;
    next timestamptz := midnight + interval '1 day';
BEGIN
    IF checkdata AND NOT day_is_counted(of_day, true) THEN
        RETURN false;
    END IF;
    IF was_dropped('reports', midnight) THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('update_hang_pairs'));
    DROP TABLE IF EXISTS pg_temp.halves, pg_temp.possible_pairs;
    CREATE TEMP TABLE halves ON COMMIT DROP AS
    SELECT hang_id, crash_type, submitted_at, crash_id, signature_id, product_version_id,
           flash_version_id
    FROM reports_clean
    WHERE submitted_at >= midnight - interval '1 day' AND submitted_at < next + interval '1 day'
          AND hang_id IS NOT NULL AND hang_id NOT LIKE 'fake-%' AND crash_type IN (3, 4);
    ANALYZE halves;
    CREATE TEMP TABLE possible_pairs ON COMMIT DROP AS
    SELECT hang_id, browser.crash_id AS browser_crash_id, plugin.crash_id AS plugin_crash_id,
           browser.submitted_at AS browser_submitted_at,
           plugin.submitted_at AS plugin_submitted_at,
           plugin.product_version_id, browser.signature_id AS browser_signature_id,
           plugin.signature_id AS plugin_signature_id,
           coalesce(plugin.flash_version_id, browser.flash_version_id) AS flash_version_id
    FROM halves AS plugin JOIN halves AS browser USING (hang_id)
    WHERE plugin.crash_type = 4 AND browser.crash_type = 3
          AND abs(extract(epoch FROM browser.submitted_at - plugin.submitted_at)) <= 86400;
    CREATE INDEX ON possible_pairs (hang_id);  -- each pair looks for the others of its hang
    ANALYZE possible_pairs;

    DELETE FROM hang_pairs WHERE day = of_day;
    INSERT INTO hang_pairs
        (day, hang_id, browser_crash_id, plugin_crash_id, browser_submitted_at,
         plugin_submitted_at, product_version_id, browser_signature_id, plugin_signature_id,
         flash_version_id, duplicates)
    SELECT of_day, hang_id, browser_crash_id, plugin_crash_id, browser_submitted_at,
           plugin_submitted_at, product_version_id, browser_signature_id, plugin_signature_id,
           flash_version_id,
           ARRAY(SELECT unnest(ARRAY[other.browser_crash_id, other.plugin_crash_id]) AS crash_id
                 FROM possible_pairs AS other WHERE other.hang_id = pair.hang_id
                 EXCEPT SELECT unnest(ARRAY[pair.browser_crash_id, pair.plugin_crash_id])
                 ORDER BY crash_id)
    FROM (SELECT DISTINCT ON (hang_id) * FROM possible_pairs
          ORDER BY hang_id, plugin_submitted_at, plugin_crash_id, browser_submitted_at,
                   browser_crash_id) AS pair
    WHERE plugin_submitted_at >= midnight AND plugin_submitted_at < next;

    INSERT INTO hang_halves (day, pairs, browser, plugin)
    SELECT of_day, (SELECT count(*) FROM hang_pairs WHERE day = of_day),
           count(DISTINCT hang_id) FILTER (WHERE crash_type = 3),
           count(DISTINCT hang_id) FILTER (WHERE crash_type = 4)
    FROM halves
    WHERE submitted_at >= midnight AND submitted_at < next
          AND NOT EXISTS (SELECT FROM possible_pairs
                          WHERE possible_pairs.hang_id = halves.hang_id
                                AND halves.crash_id IN (browser_crash_id, plugin_crash_id))
    ON CONFLICT (day) DO UPDATE
        SET pairs = excluded.pairs, browser = excluded.browser, plugin = excluded.plugin;
    RETURN true;
END
$$;
COMMENT ON FUNCTION update_hang_pairs(date, boolean) IS
    'Match the halves of the hangs of one UTC day: reads reports_clean; replaces the day in '
    'hang_pairs and hang_halves. Run it again a day later: the other half of a hang at midnight '
    'comes the next day.';

CREATE OR REPLACE FUNCTION backfill_hang_pairs(day date) RETURNS boolean
LANGUAGE sql AS $$
    SELECT update_hang_pairs(day, false)
$$;
COMMENT ON FUNCTION backfill_hang_pairs(date) IS 'As update_hang_pairs(), whatever is marked.';
