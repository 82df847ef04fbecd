-- 0028: every table says what it is for, and columns whose names do not say it; docs/reference/schema.md.
-- Lock: SHARE UPDATE EXCLUSIVE on the tables below, brief (no rewrite; reports and readers go on).
-- depends: 0027_rankings_of_a_thousand

SET LOCAL lock_timeout = '5s';

COMMENT ON TABLE reports_user_info IS
    'What a user entered or visited: protected, kept for a shorter time than the report.';
COMMENT ON TABLE releases_raw IS
    'Builds as the release tree or a feed lists them; version without the beta number (140.0).';
COMMENT ON COLUMN releases_raw.source IS 'Where it comes from: tree, feed, or generated.';
COMMENT ON COLUMN releases_raw.release_channel IS 'As the source spells it; match_channel() maps it.';
COMMENT ON COLUMN releases_raw.platform IS 'As the source spells it, such as win64 or linux-x86_64.';
COMMENT ON COLUMN releases_raw.repository IS 'Where it was built from, such as mozilla-release.';
COMMENT ON COLUMN releases_raw.seen_at IS 'When it was first read.';
COMMENT ON COLUMN adi_raw.source IS 'Where it comes from: the name of the file, or generated.';
COMMENT ON COLUMN adi_raw.build_id IS '"": of any build.';
COMMENT ON COLUMN adi_raw.os_name IS 'As the source spells it; os_code() maps it.';
COMMENT ON TABLE adi IS
    'Active daily installs by version, rapid betas also together. No row: not imported. 0 is 0.';

COMMENT ON COLUMN jobs.ruleset IS 'Which set of rules the processor applies.';
COMMENT ON COLUMN jobs.priority IS 'Higher ones are claimed first.';
COMMENT ON COLUMN jobs.not_before IS 'A job that failed is tried again from then on.';
COMMENT ON COLUMN jobs.attempts IS 'How often it was claimed: an attempt counts when it begins.';
COMMENT ON COLUMN jobs.lease_holder IS 'host:process:thread of the processor that has it.';
COMMENT ON COLUMN jobs.lease_until IS 'When others may claim it again: its processor must have died.';

COMMENT ON COLUMN reports.started_at IS 'When the processor began with the crash.';
COMMENT ON COLUMN reports.completed_at IS 'When the processor had finished it.';
COMMENT ON COLUMN reports.crash_time IS 'By the clock of the client.';
COMMENT ON COLUMN reports.product_id IS 'The application''s GUID.';
COMMENT ON COLUMN reports.process_type IS 'parent, content, plugin, gpu, …; crash_type() maps it.';
COMMENT ON COLUMN reports.reason IS 'Such as SIGSEGV / SEGV_MAPERR.';
COMMENT ON COLUMN reports.address IS 'The address that the crash is about.';
COMMENT ON COLUMN reports.uptime IS 'Seconds from start to crash.';
COMMENT ON COLUMN reports.install_age IS 'Seconds from installation to crash.';
COMMENT ON COLUMN reports.last_crash IS 'Seconds since the crash before it.';
COMMENT ON COLUMN reports.hang_id IS 'The same for the browser''s and the plugin''s crash of one hang.';
COMMENT ON COLUMN reports.hang_type IS '0 a crash, 1 the browser hung, -1 a plugin hung.';
COMMENT ON COLUMN reports.addons_checked IS 'Whether the client checked that its add-ons are compatible.';
COMMENT ON COLUMN reports.topmost_filenames IS 'The source file nearest to the crash.';
COMMENT ON COLUMN reports.app_notes IS 'What the application noted about itself.';
COMMENT ON COLUMN reports.success IS 'The dump was walked, or there was none, and no rule failed.';
COMMENT ON COLUMN reports.status IS 'What the walker reported, such as OK.';
COMMENT ON COLUMN reports.truncated IS 'The middle of the crashing thread''s stack was left out.';
COMMENT ON COLUMN reports.throttle_rule IS 'The rule that accepted the crash.';
COMMENT ON COLUMN reports.throttle_rate IS 'The share of such crashes that is kept: it stands for 1/rate.';

COMMENT ON COLUMN changed_hours.marked_at IS 'When the first change came.';
COMMENT ON COLUMN hours_to_count.taken_at IS 'When the mark was taken out of changed_hours.';
COMMENT ON COLUMN days_to_derive.what IS 'What changed: counts or adi.';
COMMENT ON COLUMN dropped_weeks.parent IS 'reports or reports_user_info.';
COMMENT ON COLUMN count_settings.only_row IS 'Always true, so that there is one row at most.';
COMMENT ON COLUMN count_settings.most_products IS
    'Products there may be in all; those of further crashes are bad: somebody makes them up.';
COMMENT ON COLUMN operating_systems.os IS 'The number that other tables have.';
COMMENT ON COLUMN crash_types.crash_type IS 'The number that other tables have.';
COMMENT ON COLUMN products.sort IS 'Pages list small numbers first.';
COMMENT ON TABLE release_channel_matches IS
    'Which words of clients mean which channel: match_channel() reads it.';
COMMENT ON TABLE product_release_channels IS 'The channels of each product, and their throttle.';
COMMENT ON COLUMN product_versions.beta_number IS '0: no beta.';
COMMENT ON COLUMN product_versions.build_date IS 'Of its first build, or of its first crash.';
COMMENT ON COLUMN product_versions.is_rapid_beta IS 'Counts all betas of a version together: 141.0b.';
COMMENT ON COLUMN product_versions.featured IS 'Set by people; nothing reads it so far.';
COMMENT ON TABLE product_version_builds IS
    'The builds of a version: they show which beta a crash of 141.0 comes from.';
COMMENT ON TABLE flash_versions IS 'Every version of the Flash player that was counted.';

COMMENT ON COLUMN reports_clean.os IS 'See operating_systems.';
COMMENT ON COLUMN reports_clean.crash_type IS 'See crash_types.';
COMMENT ON COLUMN reports_clean.uptime IS 'Seconds from start to crash.';
COMMENT ON COLUMN reports_clean.install_age IS 'Seconds from installation to crash.';
COMMENT ON COLUMN reports_clean.uptime_level IS 'See uptime_levels; NULL: the client did not send it.';
COMMENT ON COLUMN reports_duplicates.duplicate_of IS 'The earliest crash of the event.';
COMMENT ON COLUMN top_crashers.win IS 'Reports from Windows; mac, lin and android likewise.';
COMMENT ON COLUMN top_crashers.plugin IS 'Of plugin processes, hangs too.';
COMMENT ON COLUMN top_crashers.content IS 'Of content processes.';
COMMENT ON COLUMN top_crashers_build.estimated IS 'Throttle corrected: sum of 1/throttle_rate.';
COMMENT ON COLUMN top_crashers_build.build_day IS 'The date in the build id.';
COMMENT ON COLUMN crash_counts.os IS 'See operating_systems.';
COMMENT ON COLUMN crash_counts.crash_type IS 'See crash_types.';
COMMENT ON COLUMN crash_counts.estimated IS 'Throttle corrected: sum of 1/throttle_rate.';
COMMENT ON COLUMN crash_counts_build.estimated IS 'Throttle corrected: sum of 1/throttle_rate.';
COMMENT ON COLUMN crash_counts_build.build_day IS 'The date in the build id.';
COMMENT ON COLUMN top_crasher_rankings.signatures IS 'How many there are in all, ranked or not.';
COMMENT ON COLUMN top_crasher_rankings.estimated IS 'Throttle corrected: sum of 1/throttle_rate.';
COMMENT ON COLUMN top_crasher_ranks.estimated IS 'Throttle corrected: sum of 1/throttle_rate.';
COMMENT ON COLUMN null_signature_facts.kind IS 'What value is: build, module, os or reason.';
COMMENT ON COLUMN null_signature_facts.estimated IS 'Throttle corrected: sum of 1/throttle_rate.';
COMMENT ON COLUMN build_counts.estimated IS 'Throttle corrected: sum of 1/throttle_rate.';
COMMENT ON COLUMN hang_halves.pairs IS 'Hangs of which both halves came.';
COMMENT ON COLUMN hang_halves.browser IS 'Hangs of which only the browser''s half came.';
COMMENT ON COLUMN hang_halves.plugin IS 'Hangs of which only the plugin''s half came.';
COMMENT ON COLUMN bug_signatures.since IS 'When the bug was first seen to name it.';
COMMENT ON COLUMN bug_signatures.until IS 'When it was seen not to name it any more; NULL: it does.';
COMMENT ON COLUMN bugs.duplicate_of IS 'The bug that this one is a duplicate of, if any.';
COMMENT ON COLUMN bugs.changed_at IS 'When the bug tracker last changed it.';
COMMENT ON COLUMN bugs.source IS 'Where it comes from; generated: socorro fakedata.';

COMMENT ON COLUMN server_status.last_completed_at IS 'Completion of the newest report by then.';
COMMENT ON COLUMN server_status.completed_count IS 'Reports that were completed in the five minutes.';
COMMENT ON COLUMN cron_jobs.does IS 'What the job does, for people.';
COMMENT ON COLUMN cron_jobs.needs IS 'Jobs that have to succeed before it.';
COMMENT ON COLUMN cron_jobs.waits_for IS 'The job that it waits for just now; empty: none.';
COMMENT ON COLUMN cron_jobs.last_error IS 'Without anything that a user entered or visited.';
COMMENT ON COLUMN cron_jobs.running_slot IS 'Start of the slot that is being run.';
COMMENT ON COLUMN cron_log.slot IS 'Start of the slot that the run was for.';
COMMENT ON COLUMN cron_log.rows IS 'How many rows, files or crashes the run dealt with.';
COMMENT ON COLUMN cron_log.notes IS 'What people should read about the run.';
COMMENT ON COLUMN cron_log.runner IS 'host:process that ran it.';
COMMENT ON TABLE symbol_modules IS 'Modules for which some crash had no symbols.';
COMMENT ON COLUMN module_list.crash_count IS 'Crashes of that day in which it was loaded.';

COMMENT ON TABLE auth.django_content_type IS 'Django''s: what permissions are about; one row, crash.';
COMMENT ON TABLE auth.django_session IS 'Django''s: browsers that are signed in.';
COMMENT ON TABLE auth.auth_user IS 'Django''s: people who may sign in.';
COMMENT ON TABLE auth.auth_group IS 'Django''s: groups that permissions are given to.';
COMMENT ON TABLE auth.auth_permission IS 'Django''s: permissions; docs/access.md explains them.';
COMMENT ON TABLE auth.auth_user_groups IS 'Django''s: who is in which group.';
COMMENT ON TABLE auth.auth_group_permissions IS 'Django''s: what members of a group may do.';
COMMENT ON TABLE auth.auth_user_user_permissions IS 'Django''s: what a user may do besides.';
COMMENT ON VIEW auth.held IS
    'Which permissions a user has now: by group, of their own, or all; inactive: none.';
COMMENT ON COLUMN auth.tokens.hash IS 'SHA-256 of the token.';
COMMENT ON COLUMN auth.tokens.permissions IS
    'What it may be used for, as far as its owner still has the permission.';

COMMENT ON FUNCTION mark_day_of_hour() IS
    'Trigger: an hour left hours_to_count, so it was counted; marks its day in days_to_derive.';
COMMENT ON FUNCTION mark_changed_days() IS
    'Trigger: rows of some days changed; marks the days in days_to_derive, as its argument says '
    '(counts or adi).';
