-- What earlier versions had and this one does not; before all other files, run again at any time.
-- CREATE OR REPLACE removes nothing, and cannot rename an argument either.

DROP FUNCTION IF EXISTS
    save_report(text, integer, reports, integer[], integer, text, text, text),
    -- steps of count_span()
    read_signatures(timestamptz, timestamptz), read_signatures(), read_reports(timestamptz),
    read_versions(timestamptz, timestamptz), read_told(timestamptz, timestamptz),
    clean_reports(timestamptz, timestamptz), clean_reports(),
    compare_reports(timestamptz, timestamptz, boolean),
    compare_reports(timestamptz, integer, boolean), save_clean(timestamptz),
    save_bad(timestamptz), add_to_cube(), versions_moved(), read_installs(date, boolean),
    -- steps of update_duplicates(), update_urls() and update_top_crasher_ranks()
    mixed(text, bigint), read_alike(timestamptz, timestamptz, interval),
    compare_alike(timestamptz, timestamptz), compare_alike(timestamptz[], interval),
    read_urls(date, integer), name_urls(integer, integer), name_signatures_of_urls(date, integer),
    save_ranks(date),
    -- other names of update_...(), which replaces a day anyway
    backfill_explosiveness(date), backfill_rank_changes(date), backfill_null_signatures(date),
    backfill_builds(date), backfill_flash(date), backfill_urls(date, integer, integer);

-- Those whose arguments have other names now, if they are still the old ones.
DO $$
DECLARE
    old regprocedure;
BEGIN
    FOR old IN
        SELECT oid FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
              AND proargnames && ARRAY['wanted', 'today', 'told', 'names', 'installs',
                                     'is_now', 'estimated_now']
              AND proname = ANY(ARRAY[
                  'add_crash_counts', 'add_crash_counts_build', 'add_to_days', 'add_top_crashers',
                  'add_top_crashers_build', 'at_least', 'changed_installs', 'changed_squares',
                  'clean_reports', 'cleaned_reports',
                  'drop_empty', 'forget_day', 'match_channel', 'match_installs', 'missing_adi',
                  'read_urls', 'stale_rankings', 'update_adi', 'update_builds',
                  'update_explosiveness', 'update_flash', 'update_hang_pairs',
                  'update_null_signatures', 'update_rank_changes', 'update_urls', 'was_dropped'])
    LOOP
        EXECUTE format('DROP FUNCTION %s', old);
    END LOOP;
END
$$;
