-- 0002: find the reports of the last minute, whatever the age of their crashes.
-- Lock: SHARE on reports and its partitions while the index is built; with a BRIN, seconds.
-- Rows are appended in order of completion, so a page range tells its times: a few kilobytes.
-- depends: 0001_jobs_and_reports

CREATE INDEX reports_completed ON reports USING brin (completed_at) WITH (autosummarize = on);
