-- Search follows the reports by hours: take_marks() notes what changed, an engine reads the hour and
-- then calls search_hour_done(). Killed between the two, it reads the hour again.

CREATE OR REPLACE FUNCTION note_search_hours(hours timestamptz[], engines text[]) RETURNS integer
LANGUAGE sql AS $$
    -- In one order, so that two who note never wait for each other.
    WITH noted AS (
        INSERT INTO search_hours (engine, hour)
        SELECT DISTINCT engine, date_trunc('hour', changed, 'UTC') AS hour
        FROM unnest(engines) AS engine, unnest(hours) AS changed
        ORDER BY hour, engine
        ON CONFLICT (engine, hour) DO UPDATE SET note = excluded.note
        RETURNING hour
    )
    SELECT count(*)::integer FROM noted
$$;
COMMENT ON FUNCTION note_search_hours(timestamptz[], text[]) IS
    'Note hours for engines of search (segments, elasticsearch); returns how many notes.';

CREATE OR REPLACE FUNCTION search_hour_done(
    reader text, read_hour timestamptz, read_note xid8, read_at timestamptz
) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_hours WHERE engine = reader AND hour = read_hour AND note = read_note;
    IF FOUND THEN
        RETURN true;
    END IF;
    UPDATE search_hours SET noted_at = greatest(noted_at, read_at)
    WHERE engine = reader AND hour = read_hour;
    RETURN false;
END
$$;
COMMENT ON FUNCTION search_hour_done(text, timestamptz, xid8, timestamptz) IS
    'Take the note of an hour away, which an engine read at read_at. false: it changed meanwhile, '
    'or had no note.';

-- Hops over the index from hour to hour: a scan would read every report.
CREATE OR REPLACE FUNCTION hours_with_reports(first timestamptz, after timestamptz)
RETURNS SETOF timestamptz
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE hours (hour) AS (
        SELECT date_trunc('hour', min(submitted_at), 'UTC') FROM reports
        WHERE submitted_at >= first AND submitted_at < after
        UNION ALL
        SELECT (SELECT date_trunc('hour', min(submitted_at), 'UTC') FROM reports
                WHERE submitted_at >= hours.hour + interval '1 hour' AND submitted_at < after)
        FROM hours WHERE hours.hour IS NOT NULL
    )
    SELECT hour FROM hours WHERE hour IS NOT NULL AND NOT was_dropped('reports', hour)
$$;
COMMENT ON FUNCTION hours_with_reports(timestamptz, timestamptz) IS
    'The hours of submission in [first, after) that have reports, oldest first.';
