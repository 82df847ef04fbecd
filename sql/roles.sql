-- What the role of each service may do, and no more; run again at any time, as the owner.
-- `socorro migrate` runs it after the procedures, when the roles exist; a test tries each role.
--
-- Collector and crashmover use no database. What removes whole weeks, or makes them, needs the owner
-- of the tables, and so does a processor that queues a deferred crash, a page that adds a user whom an
-- identity provider vouches for, and whoever recognises a crash that was forgotten, by a key that
-- nobody else reads: these functions run as the owner (SECURITY DEFINER, with a search_path of their
-- own), and only the roles below may call them. Weekly partitions need no grants: services go through
-- the parent. Views read with the rights of the owner, too.

-- First everything away: a right that a former version granted, or somebody by hand, does not stay.
DO $$
DECLARE
    services CONSTANT regrole[] := ARRAY['socorro_monitor', 'socorro_processor', 'socorro_cron',
                                         'socorro_middleware', 'socorro_webapp'];
    away text;
BEGIN
    FOR away IN
        SELECT DISTINCT format('REVOKE ALL ON TABLE %s FROM %s', pg_class.oid::regclass, service)
        FROM pg_class
        CROSS JOIN unnest(services) AS service
        WHERE relnamespace IN ('public'::regnamespace, 'auth'::regnamespace)
          AND relkind IN ('r', 'p', 'v')
          AND (EXISTS (SELECT FROM aclexplode(relacl) WHERE grantee = service)
               OR EXISTS (SELECT FROM pg_attribute, aclexplode(attacl)
                          WHERE attrelid = pg_class.oid AND grantee = service))
        UNION ALL
        SELECT format('REVOKE ALL ON FUNCTION %s FROM %s', pg_proc.oid::regprocedure, service)
        FROM pg_proc
        CROSS JOIN unnest(services) AS service
        WHERE pronamespace IN ('public'::regnamespace, 'auth'::regnamespace)
          AND EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = service)
        UNION ALL
        SELECT format('REVOKE ALL ON SCHEMA %I FROM %s', nspname, service)
        FROM pg_namespace
        CROSS JOIN unnest(services) AS service
        WHERE nspname IN ('public', 'auth')
          AND EXISTS (SELECT FROM aclexplode(nspacl) WHERE grantee = service)
    LOOP
        EXECUTE away;
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA public TO
    socorro_monitor, socorro_processor, socorro_cron, socorro_middleware, socorro_webapp;

-- The functions that run as the owner.
REVOKE EXECUTE ON FUNCTION
    make_partitions(timestamptz, timestamptz), drop_partitions(text, timestamptz),
    forget_missed_symbols(timestamptz), queue_deferred(uuid[]), forgotten_token(text),
    is_forgotten(uuid), refuse_forgotten(),
    auth.sign_in_identity(text, text, text, text, text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_partitions(timestamptz, timestamptz)
    TO socorro_processor, socorro_cron;
GRANT EXECUTE ON FUNCTION queue_deferred(uuid[]) TO socorro_processor;
GRANT EXECUTE ON FUNCTION is_forgotten(uuid)
    TO socorro_monitor, socorro_processor, socorro_cron;
GRANT EXECUTE ON FUNCTION forgotten_token(text) TO socorro_monitor, socorro_cron;
GRANT SELECT ON forgotten TO socorro_cron;
GRANT EXECUTE ON FUNCTION
    drop_partitions(text, timestamptz), forget_missed_symbols(timestamptz) TO socorro_cron;

-- Monitor: queues crashes and those that missed symbols, ends leases, counts, measures how late search
-- is.
GRANT SELECT, INSERT, UPDATE ON jobs TO socorro_monitor;
GRANT SELECT (crash_id, submitted_at, started_at, completed_at) ON reports TO socorro_monitor;
GRANT SELECT ON missed_symbols, changed_hours, search_hours TO socorro_monitor;
GRANT SELECT, UPDATE (settled_at) ON symbol_modules TO socorro_monitor;

-- Processor: claims jobs, saves reports, looks up which beta a build is. It writes personal data, and
-- cannot read it.
GRANT SELECT, UPDATE, DELETE ON jobs TO socorro_processor;
GRANT SELECT (crash_id, submitted_at, signature), INSERT, DELETE ON reports TO socorro_processor;
GRANT SELECT (crash_id, submitted_at), INSERT, UPDATE, DELETE ON reports_user_info
    TO socorro_processor;
GRANT SELECT, INSERT, UPDATE, DELETE ON missed_symbols TO socorro_processor;
GRANT SELECT, INSERT, UPDATE ON reports_events, reports_resent TO socorro_processor;
GRANT SELECT, INSERT, UPDATE (last_seen) ON symbol_modules TO socorro_processor;
GRANT SELECT, INSERT, UPDATE ON signature_moves TO socorro_processor;
GRANT SELECT, INSERT, UPDATE ON changed_hours TO socorro_processor;
GRANT SELECT ON dropped_weeks, product_versions, product_version_builds TO socorro_processor;

-- Cron: counts, imports, removes expired rows. E-mail and comments only for extracts and search.
GRANT SELECT ON reports, reports_user_info, reports_events, reports_resent, missed_symbols,
    dropped_weeks TO socorro_cron;
GRANT SELECT ON
    count_settings, crash_types, operating_systems, uptime_levels, products, release_channels,
    release_channel_matches, product_release_channels, signature_bugs, nightly_builds
    TO socorro_cron;
GRANT INSERT ON products, release_channels TO socorro_cron;
GRANT SELECT, INSERT, UPDATE ON
    product_versions, product_version_builds, flash_versions, hang_halves, releases_raw,
    release_files, bugs, bug_signatures, server_status, cron_jobs, retention_stands
    TO socorro_cron;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    jobs, changed_hours, hours_to_count, search_hours, days_to_derive, reports_clean, reports_bad,
    reports_duplicates, signatures, signature_products, signatures_to_check, top_crashers,
    top_crashers_build, crash_counts, crash_counts_build, install_counts, install_counts_build,
    days_without_installs, hang_pairs, adi, adi_build,
    top_crasher_rankings, top_crasher_ranks, explosiveness, rank_changes, null_signature_facts,
    build_counts, flash_counts, urls, url_counts, url_signatures, adi_raw, module_list, cron_log,
    alerts, alert_deliveries
    TO socorro_cron;
GRANT SELECT, INSERT, UPDATE ON ledger_days TO socorro_cron;
GRANT SELECT, INSERT ON version_groups TO socorro_cron;
GRANT SELECT, INSERT, DELETE ON explosion_days, explosions TO socorro_cron;
GRANT SELECT ON alert_mutes TO socorro_cron;
GRANT SELECT, INSERT, DELETE ON hardware_scans, hardware_suspects TO socorro_cron;
GRANT SELECT, INSERT, DELETE ON correlation_lines, correlation_signatures, correlations
    TO socorro_cron;

-- Cron makes the index of similar stacks anew, pages and REST look things up in it.
GRANT SELECT, INSERT, UPDATE, DELETE ON similar_stacks, similar_index, similar_state
    TO socorro_cron;
GRANT SELECT ON similar_stacks, similar_index, similar_state TO socorro_middleware, socorro_webapp;
GRANT SELECT, INSERT, DELETE ON
    module_scans, mixed_installs, foreign_modules, suspicious_modules TO socorro_cron;

-- Pages and REST: read what is counted, queue a crash that somebody looks at or has reprocessed.
-- They read no personal data here: it comes from the crash store, for those who may see it.
GRANT SELECT ON
    reports, jobs, missed_symbols, dropped_weeks, symbol_modules, signature_moves,
    count_settings, crash_types, operating_systems, uptime_levels, products, release_channels,
    release_channel_matches, product_release_channels, signature_bugs, nightly_builds,
    changed_hours, hours_to_count, search_hours, days_to_derive, reports_clean, reports_bad,
    reports_duplicates, reports_events, reports_resent, product_versions, product_version_builds,
    signatures, signature_products, flash_versions, top_crashers, top_crashers_build,
    crash_counts, crash_counts_build, install_counts, install_counts_build, days_without_installs,
    hang_pairs, hang_halves, adi, adi_build, top_crasher_rankings, top_crasher_ranks,
    explosiveness, rank_changes, null_signature_facts, build_counts, flash_counts, urls,
    url_counts, url_signatures, releases_raw, adi_raw, bugs, bug_signatures, module_list,
    server_status, cron_jobs, cron_log, alerts
    TO socorro_middleware, socorro_webapp;
GRANT SELECT ON explosion_days, explosions, ledger_days, version_groups
    TO socorro_middleware, socorro_webapp;
GRANT SELECT ON hardware_scans, hardware_suspects TO socorro_middleware, socorro_webapp;
GRANT SELECT ON correlation_lines, correlation_signatures, correlations
    TO socorro_middleware, socorro_webapp;
GRANT SELECT ON module_scans, mixed_installs, foreign_modules, suspicious_modules
    TO socorro_middleware, socorro_webapp;
GRANT
    INSERT (crash_id, ruleset, priority),
    UPDATE (ruleset, priority, state, queued_at, not_before, attempts, last_error)
    ON jobs TO socorro_middleware, socorro_webapp;
GRANT UPDATE (featured) ON product_versions TO socorro_middleware;
GRANT USAGE ON SCHEMA auth TO socorro_middleware, socorro_webapp;

-- REST knows tokens and what their owners may do, no password and no session.
GRANT SELECT (id, user_id, hash, permissions, expires_at) ON auth.tokens TO socorro_middleware;
GRANT SELECT (id, username, is_active) ON auth.auth_user TO socorro_middleware;
GRANT SELECT ON auth.held TO socorro_middleware;

-- Pages sign users in and make tokens. They add no user and change no group but through this function:
-- those of an identity provider.
GRANT EXECUTE ON FUNCTION auth.sign_in_identity(text, text, text, text, text[], text[])
    TO socorro_webapp;
GRANT SELECT ON auth.identities TO socorro_webapp;
GRANT SELECT ON
    auth.auth_user, auth.auth_group, auth.auth_permission, auth.auth_user_groups,
    auth.auth_user_user_permissions, auth.auth_group_permissions, auth.django_content_type,
    auth.held
    TO socorro_webapp;
GRANT UPDATE (last_login, password) ON auth.auth_user TO socorro_webapp;
GRANT SELECT, INSERT, DELETE ON auth.tokens TO socorro_webapp;
GRANT SELECT, INSERT, UPDATE, DELETE ON auth.django_session TO socorro_webapp;
