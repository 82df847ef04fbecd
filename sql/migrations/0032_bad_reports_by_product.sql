-- 0032: bad reports of one product are found by it: tables and pages name their number.
-- Lock: SHARE on reports_bad and its partitions (counts wait), a second for a million rows.
-- depends: 0031_same_crash

SET LOCAL lock_timeout = '5s';
CREATE INDEX reports_bad_product ON reports_bad (product, submitted_at);
