-- 0012: modules that were loaded in Windows crashes, day by day: to tell rare ones from common ones.
-- Lock: none that anybody waits for (a new table only).
-- depends: 0011_sources_seen

CREATE TABLE module_list (
    day         date    NOT NULL,
    filename    text    NOT NULL,
    debug_file  text    NOT NULL,
    debug_id    text    NOT NULL,
    version     text    NOT NULL,
    crash_count integer NOT NULL,
    PRIMARY KEY (day, filename, debug_file, debug_id, version)
);
COMMENT ON TABLE module_list IS
    'Modules loaded in the Windows crashes of a UTC day, and in how many; kept as long as reports.';
