-- 0027: rankings that end after 500 signatures are made again, with ranked_signatures() of them.
-- Lock: ROW EXCLUSIVE on top_crasher_rankings, brief (a row for each version, period and day).
-- Until the clock has ranked today and yesterday again (minutes), queries sum top_crashers instead.
-- depends: 0026_user_info_by_time

UPDATE top_crasher_rankings SET fresh = false WHERE fresh AND signatures > 500;
