-- Top crashers by rank, so that the first 300 of a version are one short look into an index.

CREATE OR REPLACE FUNCTION ranked_signatures() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 1000';
COMMENT ON FUNCTION ranked_signatures() IS
    'How many signatures of a version and period are ranked ahead. Queries that need more sum '
    'top_crashers.';

COMMENT ON TABLE top_crasher_ranks IS
    'The first signatures of a ranking, as many as ranked_signatures() says; rank 1 first: most '
    'reports, then by name.';

-- In order: counters of two days touch the same rankings.
CREATE OR REPLACE FUNCTION stale_rankings(today date, versions integer[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM top_crasher_rankings
    WHERE product_version_id = ANY(versions) AND last_day >= today AND last_day < today + days
    ORDER BY product_version_id, last_day, days FOR NO KEY UPDATE;
    UPDATE top_crasher_rankings SET fresh = false
    WHERE product_version_id = ANY(versions) AND last_day >= today AND last_day < today + days
          AND fresh;
END
$$;
COMMENT ON FUNCTION stale_rankings(date, integer[]) IS 'A step of count_span().';

-- Two passes: reports alone say who is among the first; only for these is the rest summed.
-- Who counts meanwhile finds the ranking locked, and marks it stale after us. Rankings that are
-- not there yet cannot be locked: then, about once a day, counts wait.
CREATE OR REPLACE FUNCTION update_top_crasher_ranks(last date) RETURNS integer
LANGUAGE plpgsql SET timezone = 'UTC' SET work_mem = '256MB' SET jit = off
SET default_statistics_target = 10 SET client_min_messages = warning AS $$
DECLARE
    versions integer[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('update_top_crasher_ranks'));
    versions := versions_to_rank(last);
    IF versions <> '{}' THEN
        PERFORM pg_advisory_xact_lock(hashtext('count_span'), -1);
    END IF;
    PERFORM FROM top_crasher_rankings WHERE last_day = last AND NOT fresh
    ORDER BY product_version_id, last_day, days FOR NO KEY UPDATE;
    versions := versions || ARRAY(SELECT DISTINCT product_version_id FROM top_crasher_rankings
                                  WHERE last_day = last AND NOT fresh);
    IF versions = '{}' THEN
        RETURN 0;
    END IF;
    DROP TABLE IF EXISTS pg_temp.sums, pg_temp.firsts;
    CREATE TEMP TABLE sums ON COMMIT DROP AS
    SELECT product_version_id, signature_id, signature, n1, n3, n7, n14, n28
    FROM (SELECT product_version_id, signature_id, sum(reports) AS n28,
                 sum(reports) FILTER (WHERE day > last - 14) AS n14,
                 sum(reports) FILTER (WHERE day > last - 7) AS n7,
                 sum(reports) FILTER (WHERE day > last - 3) AS n3,
                 sum(reports) FILTER (WHERE day > last - 1) AS n1
          FROM top_crashers
          WHERE product_version_id = ANY(versions) AND day BETWEEN last - 27 AND last
          GROUP BY product_version_id, signature_id) AS counted
    JOIN signatures USING (signature_id)
    ORDER BY product_version_id;  -- so that a version lies together
    CREATE INDEX ON sums (product_version_id);
    ANALYZE sums;
    CREATE TEMP TABLE firsts ON COMMIT DROP AS
    SELECT product_version_id, days, signature_id,
           row_number() OVER (PARTITION BY product_version_id, days
                              ORDER BY reports DESC, signature COLLATE "C") AS rank
    FROM unnest(versions) AS version
    CROSS JOIN LATERAL (
        SELECT version AS product_version_id, days, most.*
        FROM unnest(ARRAY[1, 3, 7, 14, 28]) AS days
        CROSS JOIN LATERAL (
            SELECT signature_id, signature, chosen.reports
            FROM sums
            CROSS JOIN LATERAL (SELECT CASE days WHEN 1 THEN n1 WHEN 3 THEN n3 WHEN 7 THEN n7
                                                 WHEN 14 THEN n14 ELSE n28 END AS reports) AS chosen
            WHERE product_version_id = version AND chosen.reports > 0
            ORDER BY chosen.reports DESC, signature COLLATE "C" LIMIT ranked_signatures()
        ) AS most
        OFFSET 0) AS placed;
    ANALYZE firsts;

    DELETE FROM top_crasher_ranks
    WHERE product_version_id = ANY(versions) AND last_day = last;
    INSERT INTO top_crasher_rankings AS was
        (product_version_id, last_day, days, ranked_at, fresh, reports, estimated, signatures)
    SELECT product_version_id, last, periods.days, now(), true, periods.reports,
           (SELECT sum(estimated) FROM crash_counts AS counts
            WHERE counts.product_version_id = totals.product_version_id
                  AND day > last - periods.days AND day <= last),
           periods.signatures
    FROM (SELECT product_version_id, sum(n1) AS n1, sum(n3) AS n3, sum(n7) AS n7,
                 sum(n14) AS n14, sum(n28) AS n28, count(n1) AS s1, count(n3) AS s3,
                 count(n7) AS s7, count(n14) AS s14, count(n28) AS s28
          FROM sums GROUP BY product_version_id) AS totals
    CROSS JOIN LATERAL (VALUES (1, n1, s1), (3, n3, s3), (7, n7, s7), (14, n14, s14),
                               (28, n28, s28)) AS periods (days, reports, signatures)
    WHERE periods.reports > 0
    ON CONFLICT (product_version_id, last_day, days) DO UPDATE
        SET ranked_at = excluded.ranked_at, fresh = true, reports = excluded.reports,
            estimated = excluded.estimated, signatures = excluded.signatures;
    DELETE FROM top_crasher_rankings AS ranking
    WHERE product_version_id = ANY(versions) AND last_day = last
          AND NOT EXISTS (SELECT FROM firsts
                          WHERE (firsts.product_version_id, firsts.days)
                              = (ranking.product_version_id, ranking.days));
    PERFORM save_ranks(last);
    RETURN cardinality(versions);
END
$$;
COMMENT ON FUNCTION update_top_crasher_ranks(date) IS
    'Rank the signatures of each version over 1, 3, 7, 14 and 28 days that end with a day; only '
    'versions that were counted since. Returns how many those were.';

CREATE OR REPLACE FUNCTION versions_to_rank(last date) RETURNS integer[]
LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(product_version_id), '{}')
    FROM product_versions AS known
    WHERE EXISTS (SELECT FROM crash_counts AS counts
                  WHERE counts.product_version_id = known.product_version_id
                        AND day BETWEEN last - 27 AND last)
          AND NOT EXISTS (SELECT FROM top_crasher_rankings AS ranking
                          WHERE (ranking.product_version_id, last_day, days)
                              = (known.product_version_id, last, 28))
$$;
COMMENT ON FUNCTION versions_to_rank(date) IS
    'Versions that crashed in the 28 days that end with a day, and were not ranked for it.';

CREATE OR REPLACE FUNCTION save_ranks(last date) RETURNS void
LANGUAGE plpgsql SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO top_crasher_ranks
        (product_version_id, last_day, days, rank, signature_id, reports, estimated, win, mac, lin,
         android, browser, plugin, content, hang, startup)
    SELECT product_version_id, last, days, rank, signature_id, sum(reports), sum(estimated),
           sum(win), sum(mac), sum(lin), sum(android), sum(browser), sum(plugin), sum(content),
           sum(hang), sum(startup)
    FROM firsts JOIN top_crashers USING (product_version_id, signature_id)
    WHERE day > last - days AND day <= last
    GROUP BY product_version_id, days, rank, signature_id
    ORDER BY product_version_id, days, rank;
END
$$;
COMMENT ON FUNCTION save_ranks(date) IS 'A step of update_top_crasher_ranks().';

CREATE OR REPLACE FUNCTION drop_top_crasher_ranks(cutoff date) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    dropped integer;
BEGIN
    DELETE FROM top_crasher_ranks WHERE last_day < cutoff;
    DELETE FROM top_crasher_rankings WHERE last_day < cutoff;
    GET DIAGNOSTICS dropped = ROW_COUNT;
    RETURN dropped;
END
$$;
COMMENT ON FUNCTION drop_top_crasher_ranks(date) IS
    'Drop rankings of periods that ended before cutoff: they can be made again.';
