-- Missed symbols are kept as long as their reports; run again at any time.

CREATE OR REPLACE FUNCTION forget_missed_symbols(oldest timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    part text;
    dropped integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('make_partitions'));
    FOR part IN
        SELECT relid::text FROM pg_partition_tree('missed_symbols')
        WHERE isleaf AND relid::text < to_char(week_of(oldest) AT TIME ZONE 'UTC',
                                               '"missed_symbols_"YYYYMMDD')
    LOOP
        EXECUTE format('DROP TABLE %s', part);
        dropped := dropped + 1;
    END LOOP;
    DELETE FROM symbol_modules WHERE last_seen < oldest - interval '1 day';
    DELETE FROM signature_moves WHERE day < oldest;
    RETURN dropped;
END
$$;
COMMENT ON FUNCTION forget_missed_symbols(timestamptz) IS
    'Drop the weeks of missed_symbols that ended before a moment, and modules that no crash has '
    'missed since; returns how many weeks.';
