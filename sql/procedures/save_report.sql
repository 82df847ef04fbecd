-- What a processor writes when a crash is processed; run again at any time.
-- One call is one round trip, and a session plans what is in here once: so it may not plan for
-- the few rows of that moment, and scan them all when they are many.

CREATE OR REPLACE FUNCTION mark_hour(submitted timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    marked CONSTANT timestamptz := date_trunc('hour', submitted, 'UTC');
BEGIN
    -- Processors share this lock; a count takes the mark away first, and waits for them there.
    -- Between the two statements a count may take the mark away: then it is made anew.
    -- An update instead would be one statement, and let one processor at a time commit.
    LOOP
        PERFORM FROM changed_hours WHERE hour = marked FOR KEY SHARE;
        EXIT WHEN FOUND;
        INSERT INTO changed_hours (hour) VALUES (marked) ON CONFLICT (hour) DO NOTHING;
    END LOOP;
END
$$;
COMMENT ON FUNCTION mark_hour(timestamptz) IS
    'Mark the hour for counting again, and keep the mark until the end of the transaction.';

CREATE OR REPLACE FUNCTION save_report(
    holder text, attempt integer, report reports, missed integer[], naming integer,
    url text, email text, user_comments text, event uuid DEFAULT NULL
) RETURNS boolean
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    before text;  -- the signature of an earlier report of the crash
    other timestamptz;  -- a report of the same event, which may have to be counted anew
BEGIN
    DELETE FROM jobs
    WHERE crash_id = report.crash_id AND state = 'running'
      AND lease_holder = holder AND attempts = attempt;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF is_forgotten(report.crash_id) THEN  -- while it was processed: the job is over, no report
        RETURN NULL;
    END IF;
    LOOP
        INSERT INTO reports SELECT report.* ON CONFLICT DO NOTHING;
        EXIT WHEN FOUND;
        DELETE FROM reports
        WHERE crash_id = report.crash_id AND submitted_at = report.submitted_at
        RETURNING signature INTO before;
    END LOOP;
    IF before IS NOT NULL THEN
        DELETE FROM reports_user_info AS old
        WHERE old.crash_id = report.crash_id AND old.submitted_at = report.submitted_at;
        DELETE FROM missed_symbols AS old
        WHERE old.crash_id = report.crash_id AND old.submitted_at = report.submitted_at;
    END IF;
    -- What was dropped after its retention does not come back with a crash that is processed again.
    IF num_nonnulls(url, email, user_comments) > 0
       AND NOT was_dropped('reports_user_info', report.submitted_at) THEN
        INSERT INTO reports_user_info (crash_id, submitted_at, url, email, user_comments)
        VALUES (report.crash_id, report.submitted_at, url, email, user_comments)
        ON CONFLICT ON CONSTRAINT reports_user_info_pkey DO UPDATE SET
            url = save_report.url, email = save_report.email,  -- excluded would have to be readable
            user_comments = save_report.user_comments;
    END IF;
    IF cardinality(missed) > 0 THEN
        INSERT INTO missed_symbols (crash_id, submitted_at, modules, naming)
        VALUES (report.crash_id, report.submitted_at, missed, naming)
        ON CONFLICT ON CONSTRAINT missed_symbols_pkey DO UPDATE SET
            modules = excluded.modules, naming = excluded.naming;
    END IF;
    IF event IS NOT NULL THEN
        other := save_event(event, report.submitted_at, report.crash_id, report.throttle_rate);
    END IF;
    -- The earlier hour first, as all do who hold several marks.
    PERFORM mark_hour(least(other, report.submitted_at));
    IF other IS NOT NULL THEN
        PERFORM mark_hour(greatest(other, report.submitted_at));
    END IF;
    IF before IS NOT NULL THEN  -- last: crashes that move alike wait for one another here
        INSERT INTO signature_moves (day, before, after, crash_count)
        VALUES (date_trunc('day', report.completed_at, 'UTC')::date,
                before, report.signature, 1)
        ON CONFLICT ON CONSTRAINT signature_moves_pkey
            DO UPDATE SET crash_count = signature_moves.crash_count + 1;
    END IF;
    RETURN before IS NULL;
END
$$;
COMMENT ON FUNCTION save_report(
    text, integer, reports, integer[], integer, text, text, text, uuid
) IS
    'End a job and write its report; true when the crash had none before. NULL: the job is not '
    'the holder''s any more, and nothing was written. The event is what posts of the same crash '
    'share; NULL: nothing distinguishes it.';
