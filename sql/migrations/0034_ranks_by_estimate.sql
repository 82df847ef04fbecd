-- 0034: top crashers are ranked by estimated crashes; rankings by processed ones are made again.
-- Lock: ROW EXCLUSIVE on top_crasher_rankings, brief (a row for each version, period and day).
-- Until the clock has ranked today and yesterday again (minutes), queries sum top_crashers instead.
-- depends: 0033_search_hours

UPDATE top_crasher_rankings SET fresh = false WHERE fresh;

COMMENT ON TABLE top_crasher_ranks IS
    'The first 1,000 signatures of a ranking, rank 1 first: most estimated crashes, then by name.';
