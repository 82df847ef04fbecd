-- 0026: what users told in an hour is found by its time, not by reading a whole week of it.
-- Lock: SHARE on reports_user_info and its partitions (writers wait), 0.2 s for a million rows.
-- depends: 0025_fakedata

SET LOCAL lock_timeout = '5s';
CREATE INDEX reports_user_info_submitted ON reports_user_info
    USING brin (submitted_at) WITH (pages_per_range = 32, autosummarize = on);
