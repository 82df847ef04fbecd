-- One crash that was sent more than once, under several ids: one event. docs/counts.md explains it.

-- Those who save reports of one event take turns, so that each sees the ones before; they take
-- this lock before they mark hours. The first report is remembered by the others, also when it
-- was dropped after its retention: else the next one would be counted as well.
CREATE OR REPLACE FUNCTION save_event(
    of_event uuid, submitted timestamptz, saved_id uuid, rate real)
RETURNS timestamptz
LANGUAGE plpgsql AS $$
DECLARE
    first_one record;
    rate_of_first real;
    other_first_at timestamptz;
    other_first_id uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('save_event'), hashtext(of_event::text));
    INSERT INTO reports_events (event, submitted_at, crash_id, throttle_rate)
    VALUES (of_event, submitted, saved_id, rate)
    ON CONFLICT ON CONSTRAINT reports_events_pkey
        DO UPDATE SET throttle_rate = excluded.throttle_rate;
    SELECT earlier.submitted_at, earlier.crash_id INTO other_first_at, other_first_id
    FROM (SELECT events.submitted_at, events.crash_id
          FROM reports_events AS events
          WHERE event = of_event AND (events.submitted_at, events.crash_id) <> (submitted, saved_id)
          UNION ALL
          SELECT first_submitted_at, first_crash_id
          FROM reports_events JOIN reports_resent USING (submitted_at, crash_id)
          WHERE reports_events.event = of_event) AS earlier
    ORDER BY earlier.submitted_at, earlier.crash_id LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT * INTO first_one
    FROM (VALUES (submitted, saved_id), (other_first_at, other_first_id)) AS firsts (at, id)
    ORDER BY at, id LIMIT 1;
    rate_of_first := (SELECT throttle_rate FROM reports_events
                      WHERE event = of_event AND is_counted(crash_id)
                      ORDER BY submitted_at, crash_id LIMIT 1);
    INSERT INTO reports_resent AS saved
        (submitted_at, crash_id, event, first_submitted_at, first_crash_id, counted_rate)
    SELECT submitted_at, crash_id, of_event, first_one.at, first_one.id,
           CASE WHEN crash_id = first_one.id THEN rate_of_first END
    FROM reports_events WHERE event = of_event
    ON CONFLICT ON CONSTRAINT reports_resent_pkey DO UPDATE
        SET event = excluded.event, first_submitted_at = excluded.first_submitted_at,
            first_crash_id = excluded.first_crash_id, counted_rate = excluded.counted_rate
        WHERE (saved.event, saved.first_submitted_at, saved.first_crash_id, saved.counted_rate)
              IS DISTINCT FROM (excluded.event, excluded.first_submitted_at,
                                excluded.first_crash_id, excluded.counted_rate);
    IF FOUND AND NOT was_dropped('reports', other_first_at) THEN
        RETURN other_first_at;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION save_event(uuid, timestamptz, uuid, real) IS
    'Enter a report in reports_events and, when its event has others, all of them in '
    'reports_resent. Returns the submission of the report that was the first of the others, if it '
    'may have to be counted anew.';

-- As the owner: a processor may queue these, and no other crash.
CREATE OR REPLACE FUNCTION queue_deferred(crash_ids uuid[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    queued integer;
BEGIN
    INSERT INTO jobs (crash_id)
    SELECT deferred.crash_id
    FROM unnest(crash_ids) WITH ORDINALITY AS deferred (crash_id, place)
    WHERE NOT is_counted(deferred.crash_id)
      AND NOT EXISTS (SELECT FROM reports
                      WHERE reports.crash_id = deferred.crash_id
                        AND reports.submitted_at >= crash_day(deferred.crash_id)
                        AND reports.submitted_at < crash_day(deferred.crash_id) + interval '1 day')
    ORDER BY place
    ON CONFLICT (crash_id) DO NOTHING;
    GET DIAGNOSTICS queued = ROW_COUNT;
    IF queued > 0 THEN
        PERFORM pg_notify('socorro_jobs', '');
    END IF;
    RETURN queued;
END
$$;
COMMENT ON FUNCTION queue_deferred(uuid[]) IS
    'Queue deferred crashes that have neither a job nor a report: each was sent again, and accepted. '
    'Returns how many.';
