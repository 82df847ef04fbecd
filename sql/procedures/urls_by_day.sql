-- Crashes by page, a UTC day at a time; run again at any time.
--
-- A page is named only when crashes of *fewest* different installs happened on it in a version that
-- day, and a signature beside it on the same terms: what one person did is nobody's business, and
-- a crash with a rare signature can be looked up. What is too rare is counted under its domain, or
-- under "", so that a domain is the sum of its pages and all is the sum of the domains.
--
-- Installs differ by the second in which they were made. A client that does not send it counts as
-- one install for each crash that is no duplicate.
--
-- The steps pass on temporary tables, which go with the transaction:
--
-- table         columns                                       made by              read by
-- ------------- --------------------------------------------- -------------------- --------------------
-- sent_urls     sent_url (as clients sent it), url, domain,   read_urls            read_urls,
--               page, domain_number (their numbers, in the                         name_pages
--               order of their names)
-- page_crashes  product_version_id, signature_id,             read_urls            the views
--               domain_number, page, install: each crash
-- page_totals   product_version_id, domain_number, page,      read_urls            the views,
--               reports, install_bits: sums of page_crashes                        name_pages,
--                                                                                  update_urls
-- group_totals  level, product_version_id, number,            make_group_views     keep_common_groups
-- (a view)      signature_id, reports, install_bits
-- group_crashes level, product_version_id, number,            make_group_views     keep_common_groups
-- (a view)      signature_id, install
-- common_groups product_version_id, number, signature_id,     keep_common_groups   choose_names,
--               reports, install_bits                                              name_signatures
-- named_pages   product_version_id, domain_number, page       choose_names         name_pages
-- named_domains product_version_id, domain_number             choose_names         name_pages
-- page_names    product_version_id, page, domain, url, url_id make_group_views,    group_totals,
--                                                             name_pages           group_crashes,
--                                                                                  update_urls

CREATE OR REPLACE FUNCTION update_urls(
    of_day date, fewest integer DEFAULT 5, most integer DEFAULT 500
) RETURNS integer
LANGUAGE plpgsql SET work_mem = '256MB' SET jit = off SET client_min_messages = warning AS $$
DECLARE
    written integer;
BEGIN
    IF was_dropped('reports_user_info', of_day::timestamp AT TIME ZONE 'UTC') THEN
        RETURN 0;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('update_urls'));
    DELETE FROM url_signatures WHERE url_signatures.day = of_day;
    DELETE FROM url_counts WHERE url_counts.day = of_day;
    PERFORM read_urls(of_day);
    PERFORM make_group_views();
    PERFORM choose_names(fewest, most);
    PERFORM name_pages();

    INSERT INTO url_counts (day, product_version_id, url_id, reports)
    SELECT of_day, product_version_id, url_id, sum(reports)
    FROM page_names JOIN page_totals USING (product_version_id, page)
    GROUP BY product_version_id, url_id;
    GET DIAGNOSTICS written = ROW_COUNT;
    PERFORM name_signatures(of_day, fewest);
    RETURN written;
END
$$;
COMMENT ON FUNCTION update_urls(date, integer, integer) IS
    'Count the crashes of a UTC day by page: named are pages and domains of at least "fewest" '
    'installs, "most" of each for a version. Reads reports_user_info, reports and reports_clean; '
    'replaces the day in url_counts and url_signatures. Returns how many rows url_counts has.';

CREATE OR REPLACE FUNCTION install_bit(install bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 1::bigint << (hashint8(install) & 63)  -- one of 64, by the last six bits of a hash
$$;
COMMENT ON FUNCTION install_bit(bigint) IS
    'A number with one of its 64 bits set, always the same one for an install. bit_or() of these '
    'is install_bits: at_least() counts them.';

CREATE OR REPLACE FUNCTION at_least(install_bits bigint, fewest integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT bit_count(install_bits::bit(64)) >= fewest
$$;
COMMENT ON FUNCTION at_least(bigint, integer) IS
    'True: so many bits of bit_or(install_bit(install)) are set, so there are as many installs. '
    'False: perhaps there are, and two set the same bit; they have to be counted one by one.';

-- Cleaned reports of a day that was just counted have no statistics yet, hence no nested loops.
-- Wide tables are read and joined by several processes, which the planner deems dearer than it is.
CREATE OR REPLACE FUNCTION read_urls(of_day date) RETURNS void
LANGUAGE plpgsql SET enable_nestloop = off SET parallel_tuple_cost = 0.01 AS $$
DECLARE
    starts timestamptz := of_day::timestamp AT TIME ZONE 'UTC';
    ends timestamptz := (of_day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    DROP TABLE IF EXISTS pg_temp.sent_urls, pg_temp.page_crashes, pg_temp.page_totals CASCADE;
    CREATE TEMP TABLE sent_urls ON COMMIT DROP AS
    WITH cleaned AS MATERIALIZED (
        SELECT sent_url, clean_url(sent_url) AS url
        FROM (SELECT DISTINCT url AS sent_url FROM reports_user_info
              WHERE submitted_at >= starts AND submitted_at < ends AND url IS NOT NULL) AS sent
    ), pages AS MATERIALIZED (
        SELECT sent_url, url, url_domain(url) AS domain FROM cleaned WHERE url IS NOT NULL
    )
    SELECT sent_url, url, domain,
           dense_rank() OVER (ORDER BY url COLLATE "C")::integer AS page,
           dense_rank() OVER (ORDER BY domain COLLATE "C")::integer AS domain_number
    FROM pages;
    ANALYZE sent_urls;

    CREATE TEMP TABLE page_crashes ON COMMIT DROP AS
    SELECT product_version_id, signature_id, domain_number, page, install
    FROM (SELECT clean.product_version_id, clean.signature_id, info.url AS sent_url,
                 coalesce(extract(epoch FROM reports.crash_time)::bigint - clean.install_age,
                          uuid_hash_extended(coalesce(duplicates.duplicate_of, crash_id), 0))
                     AS install
          FROM reports_user_info AS info
          JOIN reports_clean AS clean USING (submitted_at, crash_id)
          JOIN reports USING (submitted_at, crash_id)
          LEFT JOIN reports_duplicates AS duplicates USING (submitted_at, crash_id)
          WHERE submitted_at >= starts AND submitted_at < ends
            AND clean.submitted_at >= starts AND clean.submitted_at < ends
            AND reports.submitted_at >= starts AND reports.submitted_at < ends
            AND info.url IS NOT NULL) AS crashes
    JOIN sent_urls USING (sent_url);
    ANALYZE page_crashes;
    CREATE TEMP TABLE page_totals ON COMMIT DROP AS
    SELECT product_version_id, domain_number, page, count(*) AS reports,
           bit_or(install_bit(install)) AS install_bits
    FROM page_crashes GROUP BY product_version_id, domain_number, page;
    ANALYZE page_totals;
END
$$;
COMMENT ON FUNCTION read_urls(date) IS
    'A step of update_urls(): reads reports_user_info, reports, reports_clean and '
    'reports_duplicates; makes sent_urls, page_crashes and page_totals.';

-- A group is what may be too rare to be named: a page, a domain, or a signature beside a name that
-- is there already. Its number is that of the page, of the domain, or the url_id.
CREATE OR REPLACE FUNCTION make_group_views() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.page_names CASCADE;
    CREATE TEMP TABLE page_names (
        product_version_id integer, page integer, domain text, url text, url_id integer
    ) ON COMMIT DROP;
    CREATE TEMP VIEW group_totals AS
    SELECT 'page' AS level, product_version_id, page AS number, 0 AS signature_id, reports,
           install_bits
    FROM page_totals
    UNION ALL
    SELECT 'domain' AS level, product_version_id, domain_number AS number, 0 AS signature_id,
           reports, install_bits
    FROM page_totals
    UNION ALL
    SELECT 'signature' AS level, product_version_id, url_id AS number, signature_id, 1 AS reports,
           install_bit(install) AS install_bits
    FROM page_crashes JOIN page_names USING (product_version_id, page) WHERE domain <> '';
    CREATE TEMP VIEW group_crashes AS
    SELECT 'page' AS level, product_version_id, page AS number, 0 AS signature_id, install
    FROM page_crashes
    UNION ALL
    SELECT 'domain' AS level, product_version_id, domain_number AS number, 0 AS signature_id,
           install
    FROM page_crashes
    UNION ALL
    SELECT 'signature' AS level, product_version_id, url_id AS number, signature_id, install
    FROM page_crashes JOIN page_names USING (product_version_id, page) WHERE domain <> '';
END
$$;
COMMENT ON FUNCTION make_group_views() IS
    'A step of update_urls(): makes page_names, empty, and the views group_totals and group_crashes '
    'over it and what read_urls() made.';

-- Installs are not told apart by sorting all of them: for most groups 64 bits already show that
-- there are enough. Only the few groups of which they cannot show it are counted one by one.
CREATE OR REPLACE FUNCTION keep_common_groups(of_level text, fewest integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.common_groups;
    CREATE TEMP TABLE common_groups ON COMMIT DROP AS
    SELECT product_version_id, number, signature_id, sum(reports) AS reports,
           bit_or(install_bits) AS install_bits
    FROM group_totals WHERE level = of_level
    GROUP BY product_version_id, number, signature_id HAVING sum(reports) >= fewest;
    ANALYZE common_groups;
    DELETE FROM common_groups
    USING (SELECT product_version_id, number, signature_id
           FROM common_groups JOIN group_crashes USING (product_version_id, number, signature_id)
           WHERE level = of_level AND NOT at_least(install_bits, fewest)
           GROUP BY product_version_id, number, signature_id
           HAVING count(DISTINCT install) < fewest) AS rare
    WHERE (rare.product_version_id, rare.number, rare.signature_id)
        = (common_groups.product_version_id, common_groups.number, common_groups.signature_id);
END
$$;
COMMENT ON FUNCTION keep_common_groups(text, integer) IS
    'A step of update_urls(): reads group_totals and group_crashes of one level (page, domain or '
    'signature); makes common_groups, those with enough reports of enough installs.';

CREATE OR REPLACE FUNCTION choose_names(fewest integer, most integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.named_pages, pg_temp.named_domains;
    PERFORM keep_common_groups('page', fewest);
    CREATE TEMP TABLE named_pages ON COMMIT DROP AS
    SELECT product_version_id, domain_number, page
    FROM (SELECT product_version_id, number AS page,
                 row_number() OVER (PARTITION BY product_version_id
                                    ORDER BY reports DESC, number) AS place
          FROM common_groups) AS placed
    JOIN page_totals USING (product_version_id, page)
    WHERE place <= most;

    PERFORM keep_common_groups('domain', fewest);
    CREATE TEMP TABLE named_domains ON COMMIT DROP AS
    SELECT product_version_id, domain_number
    FROM (SELECT product_version_id, number AS domain_number,
                 row_number() OVER (PARTITION BY product_version_id
                                    ORDER BY reports DESC, number) AS place
          FROM common_groups) AS placed
    WHERE place <= most
    UNION
    SELECT product_version_id, domain_number FROM named_pages;
END
$$;
COMMENT ON FUNCTION choose_names(integer, integer) IS
    'A step of update_urls(): makes named_pages and named_domains, the most frequent of what '
    'keep_common_groups() leaves.';

CREATE OR REPLACE FUNCTION name_pages() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.chosen_names;
    CREATE TEMP TABLE chosen_names ON COMMIT DROP AS
    SELECT product_version_id, page,
           CASE WHEN named_domains.domain_number IS NULL THEN '' ELSE names.domain END AS domain,
           CASE WHEN named_pages.page IS NULL THEN '' ELSE names.url END AS url
    FROM page_totals
    JOIN (SELECT DISTINCT page, url, domain FROM sent_urls) AS names USING (page)
    LEFT JOIN named_domains USING (product_version_id, domain_number)
    LEFT JOIN named_pages USING (product_version_id, page);
    INSERT INTO urls (domain, url) SELECT DISTINCT domain, url FROM chosen_names
    ON CONFLICT (domain, url) DO NOTHING;
    INSERT INTO page_names (product_version_id, page, domain, url, url_id)
    SELECT product_version_id, page, domain, url, url_id
    FROM chosen_names JOIN urls USING (domain, url);
    ANALYZE page_names;
END
$$;
COMMENT ON FUNCTION name_pages() IS
    'A step of update_urls(): reads page_totals, sent_urls, named_pages and named_domains; adds to '
    'urls, and fills page_names: each page of a version under its own name or its domain''s.';

CREATE OR REPLACE FUNCTION name_signatures(of_day date, fewest integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM keep_common_groups('signature', fewest);
    INSERT INTO url_signatures (day, product_version_id, url_id, signature_id, reports)
    SELECT of_day, product_version_id, number, signature_id, reports FROM common_groups;
END
$$;
COMMENT ON FUNCTION name_signatures(date, integer) IS
    'A step of update_urls(): writes to url_signatures what keep_common_groups() leaves beside '
    'page_names.';

CREATE OR REPLACE FUNCTION drop_urls(before date) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    dropped integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('update_urls'));
    DELETE FROM url_signatures WHERE day < before;
    DELETE FROM url_counts WHERE day < before;
    DELETE FROM urls WHERE NOT EXISTS (SELECT FROM url_counts WHERE url_counts.url_id = urls.url_id);
    GET DIAGNOSTICS dropped = ROW_COUNT;
    RETURN dropped;
END
$$;
COMMENT ON FUNCTION drop_urls(date) IS
    'Forget pages of the days before a day: they go when personal data goes. Returns how many.';
