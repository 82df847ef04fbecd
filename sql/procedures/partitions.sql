-- Weekly partitions (Monday 00:00 UTC), made ahead; run again at any time.

CREATE OR REPLACE FUNCTION crash_day(crash_id uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT make_timestamptz(2000 + substr(digits, 1, 2)::int, substr(digits, 3, 2)::int,
                            substr(digits, 5, 2)::int, 0, 0, 0, 'UTC')
    FROM (SELECT right(crash_id::text, 6) AS digits) AS id
$$;
COMMENT ON FUNCTION crash_day(uuid) IS
    'The start of the UTC day on which a crash was submitted: the last six digits of its id.';

CREATE OR REPLACE FUNCTION week_of(moment timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT date_trunc('week', moment AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
$$;
COMMENT ON FUNCTION week_of(timestamptz) IS 'Monday 00:00 UTC of the week of a moment.';

-- Returns how many partitions were made. The lock lets two callers take turns; a partition is
-- filled with nothing before it is attached, so the lock on its parent is short.
CREATE OR REPLACE FUNCTION make_partitions(first timestamptz, last timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    parent text;
    week timestamptz := week_of(first);
    part text;
    new_parts integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('make_partitions'));
    WHILE week <= last LOOP
        FOREACH parent IN ARRAY ARRAY['reports', 'reports_user_info', 'reports_clean',
                                   'reports_bad', 'reports_duplicates', 'reports_events',
                                   'reports_resent', 'missed_symbols'] LOOP
            part := parent || to_char(week AT TIME ZONE 'UTC', '_YYYYMMDD');
            IF to_regclass(part) IS NULL THEN
                EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                               part, parent);
                EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                               parent, part, week, week + interval '7 days');
                new_parts := new_parts + 1;
            END IF;
        END LOOP;
        week := week + interval '7 days';
    END LOOP;
    RETURN new_parts;
END
$$;
COMMENT ON FUNCTION make_partitions(timestamptz, timestamptz) IS
    'Make the weekly partitions that hold submissions from first to last.';

CREATE OR REPLACE FUNCTION partitions_of(parent text)
RETURNS TABLE (part text, week timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT relname::text,
           to_date(right(relname, 8), 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC'
    FROM pg_inherits JOIN pg_class ON oid = inhrelid
    WHERE inhparent = to_regclass(parent) AND relname ~ '_[0-9]{8}$'
    ORDER BY relname
$$;
COMMENT ON FUNCTION partitions_of(text) IS 'Weekly partitions of a table, oldest first.';

-- Whether the partition is there does not say it: a crash that is processed again makes it anew.
CREATE OR REPLACE FUNCTION was_dropped(parent_table text, moment timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM dropped_weeks WHERE parent = parent_table AND moment < until)
$$;
COMMENT ON FUNCTION was_dropped(text, timestamptz) IS
    'The rows of reports or reports_user_info of that moment were dropped after their retention.';

CREATE OR REPLACE FUNCTION reports_are_kept(day date) RETURNS boolean
LANGUAGE sql STABLE SET timezone = 'UTC' AS $$
    SELECT to_regclass('reports' || to_char(week_of(day::timestamptz), '_YYYYMMDD')) IS NOT NULL
           AND NOT was_dropped('reports', day::timestamptz)
$$;
COMMENT ON FUNCTION reports_are_kept(date) IS
    'false: that week was dropped after its retention, or nothing was submitted in it.';

CREATE OR REPLACE FUNCTION make_partitions_of_counts(first timestamptz, last timestamptz)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM partitions_of('reports')
               WHERE week BETWEEN week_of(first) AND last
                     AND to_regclass('reports_duplicates' || right(part, 9)) IS NULL) THEN
        PERFORM make_partitions(first, last);
    END IF;
END
$$;
COMMENT ON FUNCTION make_partitions_of_counts(timestamptz, timestamptz) IS
    'Add the partitions of counts to weeks of reports that are older than the counts.';

-- Cleaned reports go with their reports, and dropped_weeks remembers it: a crash of that time that
-- comes again would be counted as a new one.
-- Waits 5 seconds for the lock at most; then it fails as a whole, and can be run again.
CREATE OR REPLACE FUNCTION drop_partitions(parent text, cutoff timestamptz) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET timezone = 'UTC' SET lock_timeout = '5s' AS $$
DECLARE
    parents text[] := CASE parent
        WHEN 'reports' THEN ARRAY['reports', 'reports_clean', 'reports_bad', 'reports_duplicates',
                                  'reports_events', 'reports_resent', 'missed_symbols']
        WHEN 'reports_user_info' THEN ARRAY['reports_user_info'] END;
    old text;
    ended timestamptz;
BEGIN
    IF parents IS NULL THEN
        RAISE EXCEPTION 'nothing is dropped from %: only reports and reports_user_info', parent;
    ELSIF cutoff > now() THEN
        RAISE EXCEPTION 'cannot drop up to %: it lies in the future', cutoff;
    END IF;
    FOR old, ended IN SELECT part, week + interval '7 days'
                      FROM unnest(parents) AS name, partitions_of(name)
                      WHERE week + interval '7 days' <= cutoff ORDER BY part LOOP
        EXECUTE format('DROP TABLE %I', old);
        INSERT INTO dropped_weeks (parent, until) VALUES (drop_partitions.parent, ended)
        ON CONFLICT ON CONSTRAINT dropped_weeks_pkey
            DO UPDATE SET until = greatest(dropped_weeks.until, excluded.until);
        RETURN NEXT old;
    END LOOP;
END
$$;
COMMENT ON FUNCTION drop_partitions(text, timestamptz) IS
    'Drop the weeks of reports (with what was cleaned of them) or of reports_user_info that end '
    'before cutoff; returns their names. Daily tables stay.';
