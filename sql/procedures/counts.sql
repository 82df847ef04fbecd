-- Counting: reports of an hour become cleaned reports, and what changed reaches the daily tables.
-- docs/counts.md explains why. To count: take_marked_hours(), then count_hour() for each of them, in a
-- transaction of its own; backfill_counts() for a day; rebuild_counts() for everything.

-- In the order of hours, as a processor that holds several marks takes them: else each could wait
-- for the other.
CREATE OR REPLACE FUNCTION take_marks(first timestamptz, after timestamptz)
RETURNS SETOF timestamptz
LANGUAGE sql AS $$
    WITH marked AS MATERIALIZED (
        SELECT hour FROM changed_hours WHERE hour >= first AND hour < after
        ORDER BY hour FOR UPDATE
    ), taken AS (
        DELETE FROM changed_hours USING marked WHERE changed_hours.hour = marked.hour
        RETURNING changed_hours.hour
    ), noted AS (
        INSERT INTO search_hours (engine, hour)
        SELECT engine, hour
        FROM taken CROSS JOIN unnest(ARRAY['elasticsearch', 'segments']) AS engine
        ORDER BY hour, engine
        ON CONFLICT (engine, hour) DO UPDATE SET note = excluded.note
    )
    SELECT hour FROM taken
$$;
COMMENT ON FUNCTION take_marks(timestamptz, timestamptz) IS
    'Take the marks of [first, after) away, note them for search, and return them. Waits for '
    'processors that hold one.';

CREATE OR REPLACE FUNCTION take_marked_hours() RETURNS SETOF timestamptz
LANGUAGE plpgsql AS $$
BEGIN
    -- Waits for processors that hold a mark, so that the count sees what they wrote.
    INSERT INTO hours_to_count (hour)
    SELECT hour FROM take_marks('-infinity', 'infinity') AS taken (hour) ORDER BY hour
    ON CONFLICT (hour) DO NOTHING;
    RETURN QUERY SELECT hour FROM hours_to_count ORDER BY hour;
END
$$;
COMMENT ON FUNCTION take_marked_hours() IS
    'Take the marks away and return the hours to count, oldest first; commit before counting. '
    'Hours whose count was killed are among them.';

CREATE OR REPLACE FUNCTION count_hour(hour timestamptz) RETURNS integer
LANGUAGE sql AS $$
    SELECT count_span(date_trunc('hour', hour, 'UTC'),
                      date_trunc('hour', hour, 'UTC') + interval '1 hour', false)
$$;
COMMENT ON FUNCTION count_hour(timestamptz) IS
    'Count the reports submitted in one UTC hour, and add the difference to the daily tables; '
    'returns how many cleaned reports the hour has. In any order, any number of times.';

CREATE OR REPLACE PROCEDURE count_marked_hours(most integer DEFAULT 1000)
LANGUAGE plpgsql AS $$
DECLARE
    hours timestamptz[] := ARRAY(SELECT take_marked_hours() LIMIT most);
    next timestamptz;
BEGIN
    COMMIT;
    FOREACH next IN ARRAY hours LOOP
        PERFORM count_hour(next);
        COMMIT;
    END LOOP;
    PERFORM update_signatures();
END
$$;
COMMENT ON PROCEDURE count_marked_hours(integer) IS
    'CALL it in autocommit: count what is marked, a transaction for each hour.';

CREATE OR REPLACE FUNCTION backfill_counts(day date) RETURNS integer
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
BEGIN
    IF day > (now() AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION 'cannot count %: it has not begun', day;
    ELSIF reports_are_kept(day) THEN
        RETURN count_span(day::timestamptz, day::timestamptz + interval '1 day', true);
    ELSIF EXISTS (SELECT FROM product_versions
                  JOIN crash_counts AS counts USING (product_version_id)
                  WHERE counts.day = backfill_counts.day) THEN
        RAISE EXCEPTION 'cannot count % again: its reports are gone, its counts stay', day;
    END IF;
    RETURN 0;
END
$$;
COMMENT ON FUNCTION backfill_counts(date) IS
    'Throw the counts of one UTC day away and count it from its reports; returns how many '
    'cleaned reports it has. The result is what counting its hours gives.';

CREATE OR REPLACE FUNCTION update_counts(day date, checkdata boolean DEFAULT true) RETURNS boolean
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
BEGIN
    IF NOT day_is_over(day, checkdata) THEN
        RETURN false;
    END IF;
    INSERT INTO hours_to_count (hour)
    SELECT hour FROM take_marks(day::timestamptz, day::timestamptz + interval '1 day')
                     AS taken (hour)
    ORDER BY hour
    ON CONFLICT (hour) DO NOTHING;
    PERFORM count_hour(hour)
    FROM (SELECT hour FROM hours_to_count
          WHERE hour >= day::timestamptz AND hour < day::timestamptz + interval '1 day'
          ORDER BY hour) AS marked;
    RETURN true;
END
$$;
COMMENT ON FUNCTION update_counts(date, boolean) IS
    'Count what is marked of a day that is over, in one transaction: processors of crashes of '
    'these hours wait for it.';

CREATE OR REPLACE FUNCTION day_is_over(day date, checkdata boolean) RETURNS boolean
LANGUAGE plpgsql STABLE SET timezone = 'UTC' AS $$
BEGIN
    IF now() >= day::timestamptz + interval '1 day' THEN
        RETURN true;
    ELSIF checkdata THEN
        RAISE EXCEPTION 'the day % is not over (UTC)', day;
    END IF;
    RETURN false;
END
$$;
COMMENT ON FUNCTION day_is_over(date, boolean) IS
    'The UTC day has ended. checkdata: an error instead of false.';

CREATE OR REPLACE FUNCTION day_is_counted(day date, checkdata boolean DEFAULT false)
RETURNS boolean
LANGUAGE plpgsql STABLE SET timezone = 'UTC' AS $$
DECLARE
    missing timestamptz;
BEGIN
    IF NOT day_is_over(day, checkdata) THEN
        RETURN false;
    END IF;
    SELECT min(hour) INTO missing
    FROM (SELECT hour FROM changed_hours UNION ALL SELECT hour FROM hours_to_count) AS marked
    WHERE hour >= day::timestamptz AND hour < day::timestamptz + interval '1 day';
    IF missing IS NOT NULL AND checkdata THEN
        RAISE EXCEPTION 'the reports of % are not counted yet', missing;
    END IF;
    RETURN missing IS NULL;
END
$$;
COMMENT ON FUNCTION day_is_counted(date, boolean) IS
    'The day is over and no hour of it waits for counting. checkdata: an error instead of false.';

CREATE OR REPLACE PROCEDURE rebuild_counts(first date, last date)
LANGUAGE plpgsql AS $$
DECLARE
    next date := first;
BEGIN
    PERFORM update_product_versions();
    COMMIT;
    WHILE next <= last LOOP
        IF reports_are_kept(next) THEN
            PERFORM backfill_counts(next);
            COMMIT;
            PERFORM backfill_duplicates(next);
            COMMIT;
        END IF;
        PERFORM backfill_adi(next);
        COMMIT;
        next := next + 1;
    END LOOP;
    next := first - 1;  -- the other half of a hang may have come a day later
    WHILE next <= last LOOP
        IF reports_are_kept(next) THEN
            PERFORM backfill_hang_pairs(next);
            COMMIT;
        END IF;
        next := next + 1;
    END LOOP;
    PERFORM update_signatures();
END
$$;
COMMENT ON PROCEDURE rebuild_counts(date, date) IS
    'CALL it in autocommit without a statement timeout: count the days [first, last] from '
    'their reports, with duplicates, hang pairs and installs. Days whose reports are gone stay.';
