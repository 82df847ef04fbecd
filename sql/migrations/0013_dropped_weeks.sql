-- 0013: which weeks were dropped after their retention, so that nothing of them is counted twice.
-- Lock: none that anybody waits for (a new table only).
-- depends: 0012_module_list

CREATE TABLE dropped_weeks (
    parent text        PRIMARY KEY,
    until  timestamptz NOT NULL
);
COMMENT ON TABLE dropped_weeks IS
    'Up to when reports, or reports_user_info, were dropped. A crash of that time that is processed '
    'again has a report until the next retention, but no count and no personal data.';
