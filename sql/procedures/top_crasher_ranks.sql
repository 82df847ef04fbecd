-- Top crashers by rank, so that the first signatures of a version are one short look into an index.

CREATE OR REPLACE FUNCTION ranked_signatures() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 1000';
COMMENT ON FUNCTION ranked_signatures() IS
    'How many signatures of a version and period are ranked ahead. Queries that need more sum '
    'top_crashers.';

COMMENT ON TABLE top_crasher_ranks IS
    'The first signatures of a ranking, as many as ranked_signatures() says; rank 1 first: most '
    'estimated crashes, then by name.';

-- In order: counters of two days touch the same rankings.
CREATE OR REPLACE FUNCTION stale_rankings(of_day date, versions integer[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    ranked integer[] := versions || ARRAY(SELECT DISTINCT group_id FROM grouped_versions()
                                          WHERE product_version_id = ANY(versions));
BEGIN
    PERFORM FROM top_crasher_rankings
    WHERE product_version_id = ANY(ranked) AND last_day >= of_day AND last_day < of_day + days
    ORDER BY product_version_id, last_day, days FOR NO KEY UPDATE;
    UPDATE top_crasher_rankings SET fresh = false
    WHERE product_version_id = ANY(ranked) AND last_day >= of_day AND last_day < of_day + days
          AND fresh;
END
$$;
COMMENT ON FUNCTION stale_rankings(date, integer[]) IS
    'A step of count_span(): marks the rankings of some versions, and of their groups, that a day is '
    'part of as not fresh.';

CREATE OR REPLACE FUNCTION grouped_versions()
RETURNS TABLE (group_id integer, product_version_id integer)
LANGUAGE sql STABLE AS $$
    SELECT groups.group_id, versions.product_version_id
    FROM version_groups AS groups
    JOIN product_versions AS versions
        ON versions.product = groups.product AND NOT versions.is_rapid_beta
           AND versions.release_channel
               = coalesce(groups.release_channel, versions.release_channel)
$$;
COMMENT ON FUNCTION grouped_versions() IS
    'Which versions are ranked together: rapid betas one by one, so that no crash counts twice.';

-- Two passes: estimated crashes alone say which signatures are the first; only for these is the rest
-- summed. Estimates are rounded before they are compared: sums in another order differ in the last
-- bits, and a tie must be one.
-- A count that runs meanwhile finds the ranking locked, and marks it stale after us. Rankings that
-- are not there yet cannot be locked: then, about once a day, counts wait.
CREATE OR REPLACE FUNCTION update_top_crasher_ranks(last date) RETURNS integer
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('update_top_crasher_ranks'));
    RETURN rank_again(last, versions_to_rank(last), false);
END
$$;
COMMENT ON FUNCTION update_top_crasher_ranks(date) IS
    'Rank the signatures of each version over 1, 3, 7, 14 and 28 days that end with a day; only '
    'versions that were counted since. Returns how many those were. Reads top_crashers and '
    'crash_counts; writes top_crasher_rankings and top_crasher_ranks.';

-- Groups that nobody has seen yet have no ranking, so counts wait for their first one.
CREATE OR REPLACE FUNCTION update_group_ranks(last date) RETURNS integer
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('update_top_crasher_ranks'));
    INSERT INTO version_groups (product, release_channel)
    SELECT product, release_channel
    FROM (SELECT product, release_channel FROM product_versions
          UNION SELECT product, NULL FROM product_versions
          EXCEPT SELECT product, release_channel FROM version_groups) AS missing
    ORDER BY product, release_channel ON CONFLICT DO NOTHING;
    RETURN rank_again(last, groups_to_rank(last), true);
END
$$;
COMMENT ON FUNCTION update_group_ranks(date) IS
    'As update_top_crasher_ranks(), for all versions of a product, and for those of each channel, '
    'together. Writes version_groups, too.';

CREATE OR REPLACE FUNCTION rank_again(last date, missing integer[], are_groups boolean)
RETURNS integer
LANGUAGE plpgsql SET timezone = 'UTC' SET client_min_messages = warning
SET work_mem = '256MB' SET jit = off SET default_statistics_target = 10
AS $$
DECLARE
    versions integer[];
BEGIN
    IF missing <> '{}' THEN
        PERFORM pg_advisory_xact_lock(hashtext('count_span'), -1);
    END IF;
    PERFORM FROM top_crasher_rankings
    WHERE last_day = last AND NOT fresh AND (product_version_id < 0) = are_groups
    ORDER BY product_version_id, last_day, days FOR NO KEY UPDATE;
    versions := missing || ARRAY(SELECT DISTINCT product_version_id FROM top_crasher_rankings
                                 WHERE last_day = last AND NOT fresh
                                       AND (product_version_id < 0) = are_groups);
    IF versions <> '{}' THEN
        PERFORM read_members(versions);
        PERFORM sum_signatures(last, versions);
        PERFORM rank_signatures(versions);
        PERFORM save_rankings(last, versions);
        PERFORM save_ranks(last, versions);
    END IF;
    RETURN cardinality(versions);
END
$$;
COMMENT ON FUNCTION rank_again(date, integer[], boolean) IS
    'A step of update_top_crasher_ranks() and update_group_ranks(): ranks what has no ranking yet, '
    'and versions, or groups, whose rankings of the day are not fresh. Returns how many those were.';

CREATE OR REPLACE FUNCTION versions_to_rank(last date) RETURNS integer[]
LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(product_version_id), '{}')
    FROM product_versions AS versions
    WHERE EXISTS (SELECT FROM crash_counts AS counts
                  WHERE counts.product_version_id = versions.product_version_id
                        AND day BETWEEN last - 27 AND last)
          AND NOT EXISTS (SELECT FROM top_crasher_rankings AS ranking
                          WHERE (ranking.product_version_id, last_day, days)
                              = (versions.product_version_id, last, 28))
$$;
COMMENT ON FUNCTION versions_to_rank(date) IS
    'Versions that crashed in the 28 days that end with a day, and were not ranked for it.';

CREATE OR REPLACE FUNCTION groups_to_rank(last date) RETURNS integer[]
LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(DISTINCT group_id), '{}')
    FROM grouped_versions() AS members
    WHERE EXISTS (SELECT FROM crash_counts AS counts
                  WHERE counts.product_version_id = members.product_version_id
                        AND day BETWEEN last - 27 AND last)
          AND NOT EXISTS (SELECT FROM top_crasher_rankings AS ranking
                          WHERE (ranking.product_version_id, last_day, days)
                              = (members.group_id, last, 28))
$$;
COMMENT ON FUNCTION groups_to_rank(date) IS
    'Groups that crashed in the 28 days that end with a day, and were not ranked for it.';

CREATE OR REPLACE FUNCTION read_members(versions integer[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.ranked_members;
    CREATE TEMP TABLE ranked_members ON COMMIT DROP AS
    SELECT ranked_id, ranked_id AS member FROM unnest(versions) AS ranked_id WHERE ranked_id > 0
    UNION ALL
    SELECT group_id, product_version_id FROM grouped_versions() WHERE group_id = ANY(versions);
    ANALYZE ranked_members;
END
$$;
COMMENT ON FUNCTION read_members(integer[]) IS
    'A step of rank_again(): makes ranked_members (ranked_id: a version or a group; member: a version '
    'whose crashes it has).';

CREATE OR REPLACE FUNCTION sum_signatures(last date, versions integer[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.signature_sums;
    CREATE TEMP TABLE signature_sums ON COMMIT DROP AS
    SELECT ranked_id AS product_version_id, periods.days, signature_id, signature,
           periods.reports, round(periods.estimated * 1000) / 1000 AS estimated
    FROM (SELECT ranked_id, signature_id,
                 sum(reports) FILTER (WHERE day > last - 1) AS of_1_day,
                 sum(estimated) FILTER (WHERE day > last - 1) AS estimated_1_day,
                 sum(reports) FILTER (WHERE day > last - 3) AS of_3_days,
                 sum(estimated) FILTER (WHERE day > last - 3) AS estimated_3_days,
                 sum(reports) FILTER (WHERE day > last - 7) AS of_7_days,
                 sum(estimated) FILTER (WHERE day > last - 7) AS estimated_7_days,
                 sum(reports) FILTER (WHERE day > last - 14) AS of_14_days,
                 sum(estimated) FILTER (WHERE day > last - 14) AS estimated_14_days,
                 sum(reports) AS of_28_days, sum(estimated) AS estimated_28_days
          FROM ranked_members
          JOIN top_crashers ON product_version_id = member
          WHERE day > last - 28 AND day <= last
          GROUP BY ranked_id, signature_id) AS counted
    JOIN signatures USING (signature_id)
    CROSS JOIN LATERAL (
        VALUES (1, of_1_day, estimated_1_day), (3, of_3_days, estimated_3_days),
               (7, of_7_days, estimated_7_days), (14, of_14_days, estimated_14_days),
               (28, of_28_days, estimated_28_days)
    ) AS periods (days, reports, estimated)
    WHERE periods.reports > 0
    ORDER BY ranked_id, periods.days;  -- so that a ranking lies together
    CREATE INDEX ON signature_sums (product_version_id, days);
    ANALYZE signature_sums;
END
$$;
COMMENT ON FUNCTION sum_signatures(date, integer[]) IS
    'A step of rank_again(): reads ranked_members and top_crashers; makes signature_sums '
    '(product_version_id, days, signature_id, signature, reports, estimated).';

CREATE OR REPLACE FUNCTION rank_signatures(versions integer[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.first_signatures;
    CREATE TEMP TABLE first_signatures ON COMMIT DROP AS
    SELECT product_version_id, days, signature_id,
           row_number() OVER (PARTITION BY product_version_id, days
                              ORDER BY estimated DESC, signature COLLATE "C") AS rank
    FROM unnest(versions) AS version
    CROSS JOIN unnest(ARRAY[1, 3, 7, 14, 28]) AS period
    CROSS JOIN LATERAL (
        SELECT product_version_id, days, signature_id, signature, estimated FROM signature_sums
        WHERE product_version_id = version AND days = period
        ORDER BY estimated DESC, signature COLLATE "C" LIMIT ranked_signatures()
    ) AS first;
    ANALYZE first_signatures;
END
$$;
COMMENT ON FUNCTION rank_signatures(integer[]) IS
    'A step of rank_again(): reads signature_sums; makes first_signatures '
    '(product_version_id, days, signature_id, rank).';

CREATE OR REPLACE FUNCTION save_rankings(last date, versions integer[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO top_crasher_rankings
        (product_version_id, last_day, days, ranked_at, fresh, reports, estimated, signatures,
         summed_versions)
    SELECT product_version_id, last, days, now(), true, sum(reports),
           round(sum(estimated) * 1000) / 1000, count(*),
           CASE WHEN product_version_id < 0 THEN members_of(product_version_id, last, days) END
    FROM signature_sums
    GROUP BY product_version_id, days
    ON CONFLICT (product_version_id, last_day, days) DO UPDATE
        SET ranked_at = excluded.ranked_at, fresh = true, reports = excluded.reports,
            estimated = excluded.estimated, signatures = excluded.signatures,
            summed_versions = excluded.summed_versions;
    DELETE FROM top_crasher_rankings AS ranking
    WHERE product_version_id = ANY(versions) AND last_day = last
          AND NOT EXISTS (SELECT FROM first_signatures AS first
                          WHERE (first.product_version_id, first.days)
                              = (ranking.product_version_id, ranking.days));
END
$$;
COMMENT ON FUNCTION save_rankings(date, integer[]) IS
    'A step of rank_again(): reads signature_sums and first_signatures; replaces the totals of some '
    'versions in top_crasher_rankings.';

CREATE OR REPLACE FUNCTION members_of(ranked integer, last date, days integer) RETURNS integer[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ARRAY(
        SELECT member FROM ranked_members
        WHERE ranked_id = ranked
              AND EXISTS (SELECT FROM crash_counts AS counts
                          WHERE counts.product_version_id = member
                                AND day > last - days AND day <= last)
        ORDER BY member);
END
$$;
COMMENT ON FUNCTION members_of(integer, date, integer) IS
    'A step of save_rankings(): reads ranked_members and crash_counts; returns the versions of a '
    'group that crashed in a period.';

CREATE OR REPLACE FUNCTION save_ranks(last date, versions integer[]) RETURNS void
LANGUAGE plpgsql SET enable_mergejoin = off AS $$
BEGIN
    DELETE FROM top_crasher_ranks
    WHERE product_version_id = ANY(versions) AND last_day = last;
    INSERT INTO top_crasher_ranks
        (product_version_id, last_day, days, rank, signature_id, reports, estimated, win, mac, lin,
         android, browser, plugin, content, hang, startup, installs, squares)
    SELECT first.product_version_id, last, days, rank, first.signature_id, sum(reports),
           round(sum(estimated) * 1000) / 1000, sum(win), sum(mac), sum(lin), sum(android),
           sum(browser), sum(plugin), sum(content), sum(hang), sum(startup),
           CASE WHEN bool_and(installs IS NOT NULL) THEN sum(installs) END,
           CASE WHEN bool_and(squares IS NOT NULL) THEN sum(squares) END
    FROM first_signatures AS first
    JOIN ranked_members ON ranked_id = first.product_version_id
    JOIN top_crashers AS counted
        ON (counted.product_version_id, counted.signature_id) = (member, first.signature_id)
    WHERE day > last - days AND day <= last
    GROUP BY first.product_version_id, days, rank, first.signature_id
    ORDER BY first.product_version_id, days, rank;
END
$$;
COMMENT ON FUNCTION save_ranks(date, integer[]) IS
    'A step of rank_again(): reads first_signatures, ranked_members and top_crashers; replaces the '
    'ranks of some versions in top_crasher_ranks.';

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
