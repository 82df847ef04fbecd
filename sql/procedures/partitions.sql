-- Weekly partitions (Monday 00:00 UTC), made ahead; run again at any time.

CREATE OR REPLACE FUNCTION crash_day(crash_id uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT make_timestamptz(2000 + substr(t, 31, 2)::int, substr(t, 33, 2)::int,
                            substr(t, 35, 2)::int, 0, 0, 0, 'UTC')
    FROM (SELECT crash_id::text AS t) AS id
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
LANGUAGE plpgsql AS $$
DECLARE
    parent text;
    week timestamptz := week_of(first);
    part text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('make_partitions'));
    WHILE week <= last LOOP
        FOREACH parent IN ARRAY ARRAY['reports', 'reports_user_info', 'reports_clean',
                                   'reports_bad', 'reports_duplicates',
                                   'missed_symbols'] LOOP
            part := parent || to_char(week AT TIME ZONE 'UTC', '_YYYYMMDD');
            IF to_regclass(part) IS NULL THEN
                EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                               part, parent);
                EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                               parent, part, week, week + interval '7 days');
                made := made + 1;
            END IF;
        END LOOP;
        week := week + interval '7 days';
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION make_partitions(timestamptz, timestamptz) IS
    'Make the weekly partitions that hold submissions from first to last.';
