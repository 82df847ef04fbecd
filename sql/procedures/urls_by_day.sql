-- Crashes by page, a UTC day at a time; run again at any time.

-- A page is named only when crashes of *fewest* different installs happened on it in a version that
-- day, and a signature beside it on the same terms: what one person did is nobody's business, and
-- a crash with a rare signature can be looked up. What is too rare is counted under its domain, or
-- under "", so that a domain is the sum of its pages and all is the sum of the domains.
--
-- Installs differ by the second in which they were made. A client that does not tell it counts as
-- one install for each crash that is no duplicate.
--
-- Installs are not told apart by sorting all of them: 64 bits say of most groups that there are
-- enough (at_least). Only the few groups of which the bits cannot say it are looked at again.
CREATE OR REPLACE FUNCTION update_urls(
    wanted date, fewest integer DEFAULT 5, most integer DEFAULT 500
) RETURNS integer
LANGUAGE plpgsql SET work_mem = '256MB' SET jit = off SET client_min_messages = warning AS $$
DECLARE
    written integer;
BEGIN
    IF was_dropped('reports_user_info', wanted::timestamp AT TIME ZONE 'UTC') THEN
        RETURN 0;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('update_urls'));
    DELETE FROM url_signatures WHERE url_signatures.day = wanted;
    DELETE FROM url_counts WHERE url_counts.day = wanted;
    PERFORM read_urls(wanted);
    PERFORM name_urls(fewest, most);

    INSERT INTO url_counts
    SELECT wanted, product_version_id, url_id, sum(reports)
    FROM url_named JOIN url_pages USING (product_version_id, page)
    GROUP BY product_version_id, url_id;
    GET DIAGNOSTICS written = ROW_COUNT;
    PERFORM name_signatures_of_urls(wanted, fewest);
    RETURN written;
END
$$;

CREATE OR REPLACE FUNCTION at_least(installs bigint, fewest integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT bit_count(installs::bit(64)) >= fewest
$$;
COMMENT ON FUNCTION at_least(bigint, integer) IS
    'True: bit_or(install_bit(install)) has so many bits set, so there are as many installs. '
    'False: two may have set the same bit.';

CREATE OR REPLACE FUNCTION install_bit(install bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 1::bigint << (hashint8(install) & 63)
$$;
COMMENT ON FUNCTION install_bit(bigint) IS 'One of 64 bits, always the same for an install.';

-- Makes url_told: a row for each URL that clients told, however many crashed on it, with the numbers
-- of its page and domain; their order is that of the names.
-- Makes url_hits: a row for each crash on a page; url_pages: their sums by version and page.
-- Cleaned reports of a day that was just counted have no statistics yet, hence no nested loops.
-- Wide tables are read and joined by several processes, which the planner deems dearer than it is.
DROP FUNCTION IF EXISTS read_urls(date, integer);
CREATE OR REPLACE FUNCTION read_urls(wanted date) RETURNS void
LANGUAGE plpgsql SET enable_nestloop = off SET parallel_tuple_cost = 0.01 AS $$
DECLARE
    starts timestamptz := wanted::timestamp AT TIME ZONE 'UTC';
    ends timestamptz := (wanted + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    DROP TABLE IF EXISTS pg_temp.url_told, pg_temp.url_hits, pg_temp.url_pages;
    CREATE TEMP TABLE url_told ON COMMIT DROP AS
    WITH cleaned AS MATERIALIZED (
        SELECT told.url AS told_url, clean_url(told.url) AS url
        FROM (SELECT DISTINCT info.url FROM reports_user_info AS info
              WHERE info.submitted_at >= starts AND info.submitted_at < ends
                    AND info.url IS NOT NULL) AS told
    ), named AS MATERIALIZED (
        SELECT told_url, url, url_domain(url) AS domain FROM cleaned WHERE url IS NOT NULL
    )
    SELECT told_url, url, domain,
           dense_rank() OVER (ORDER BY url COLLATE "C")::integer AS page,
           dense_rank() OVER (ORDER BY domain COLLATE "C")::integer AS domain_number
    FROM named;
    ANALYZE url_told;

    CREATE TEMP TABLE url_hits ON COMMIT DROP AS
    SELECT product_version_id, signature_id, domain_number, page, install
    FROM (SELECT clean.product_version_id, clean.signature_id, told.url AS told_url,
                 coalesce(extract(epoch FROM reports.crash_time)::bigint - clean.install_age,
                          uuid_hash_extended(coalesce(duplicates.duplicate_of, crash_id), 0))
                     AS install
          FROM reports_user_info AS told
          JOIN reports_clean AS clean USING (submitted_at, crash_id)
          JOIN reports USING (submitted_at, crash_id)
          LEFT JOIN reports_duplicates AS duplicates USING (submitted_at, crash_id)
          WHERE submitted_at >= starts AND submitted_at < ends
            AND clean.submitted_at >= starts AND clean.submitted_at < ends
            AND reports.submitted_at >= starts AND reports.submitted_at < ends
            AND told.url IS NOT NULL) AS crashes
    JOIN url_told USING (told_url);
    ANALYZE url_hits;
    CREATE TEMP TABLE url_pages ON COMMIT DROP AS
    SELECT product_version_id, domain_number, page, count(*) AS reports,
           bit_or(install_bit(install)) AS installs
    FROM url_hits GROUP BY product_version_id, domain_number, page;
    ANALYZE url_pages;
END
$$;
COMMENT ON FUNCTION read_urls(date) IS 'A step of update_urls().';

-- Makes url_named: for each page of a version what may be told of it, its own name or its domain's.
CREATE OR REPLACE FUNCTION name_urls(fewest integer, most integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.url_most_pages, pg_temp.url_most_domains, pg_temp.url_named;
    CREATE TEMP TABLE url_most_pages ON COMMIT DROP AS
    WITH few AS (
        SELECT product_version_id, page
        FROM url_pages JOIN url_hits USING (product_version_id, page)
        WHERE reports >= fewest AND NOT at_least(installs, fewest)
        GROUP BY product_version_id, page HAVING count(DISTINCT install) < fewest
    )
    SELECT product_version_id, domain_number, page
    FROM (SELECT product_version_id, domain_number, page,
                 row_number() OVER (PARTITION BY product_version_id
                                    ORDER BY reports DESC, page) AS place
          FROM url_pages
          WHERE reports >= fewest
                AND (product_version_id, page) NOT IN (SELECT product_version_id, page FROM few)
         ) AS ranked
    WHERE place <= most;

    CREATE TEMP TABLE url_most_domains ON COMMIT DROP AS
    WITH domains AS MATERIALIZED (
        SELECT product_version_id, domain_number, sum(reports) AS reports,
               bit_or(installs) AS installs
        FROM url_pages GROUP BY product_version_id, domain_number HAVING sum(reports) >= fewest
    ), few AS (
        SELECT product_version_id, domain_number
        FROM domains JOIN url_hits USING (product_version_id, domain_number)
        WHERE NOT at_least(installs, fewest)
        GROUP BY product_version_id, domain_number HAVING count(DISTINCT install) < fewest
    )
    SELECT product_version_id, domain_number
    FROM (SELECT product_version_id, domain_number,
                 row_number() OVER (PARTITION BY product_version_id
                                    ORDER BY reports DESC, domain_number) AS place
          FROM domains
          WHERE (product_version_id, domain_number)
                NOT IN (SELECT product_version_id, domain_number FROM few)) AS ranked
    WHERE place <= most
    UNION
    SELECT product_version_id, domain_number FROM url_most_pages;

    CREATE TEMP TABLE url_named ON COMMIT DROP AS
    SELECT each.product_version_id, each.page,
           CASE WHEN known.domain_number IS NULL THEN '' ELSE told.domain END AS domain,
           CASE WHEN named.page IS NULL THEN '' ELSE told.url END AS url
    FROM url_pages AS each
    JOIN (SELECT DISTINCT page, url, domain FROM url_told) AS told USING (page)
    LEFT JOIN url_most_domains AS known USING (product_version_id, domain_number)
    LEFT JOIN url_most_pages AS named USING (product_version_id, page);
    INSERT INTO urls (domain, url) SELECT DISTINCT domain, url FROM url_named
    ON CONFLICT (domain, url) DO NOTHING;
    ALTER TABLE url_named ADD COLUMN url_id integer;
    UPDATE url_named SET url_id = urls.url_id FROM urls
    WHERE (urls.domain, urls.url) = (url_named.domain, url_named.url);
    ANALYZE url_named;
END
$$;
COMMENT ON FUNCTION name_urls(integer, integer) IS 'A step of update_urls().';

CREATE OR REPLACE FUNCTION name_signatures_of_urls(wanted date, fewest integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.url_beside;
    CREATE TEMP TABLE url_beside ON COMMIT DROP AS
    SELECT product_version_id, url_id, signature_id, count(*) AS reports,
           bit_or(install_bit(install)) AS installs
    FROM url_hits JOIN url_named USING (product_version_id, page)
    WHERE domain <> ''
    GROUP BY product_version_id, url_id, signature_id HAVING count(*) >= fewest;
    ANALYZE url_beside;
    INSERT INTO url_signatures
    WITH few AS (
        SELECT product_version_id, url_id, signature_id
        FROM url_hits
        JOIN url_named USING (product_version_id, page)
        JOIN (SELECT * FROM url_beside WHERE NOT at_least(installs, fewest)) AS beside
            USING (product_version_id, url_id, signature_id)
        GROUP BY product_version_id, url_id, signature_id HAVING count(DISTINCT install) < fewest
    )
    SELECT wanted, product_version_id, url_id, signature_id, reports
    FROM url_beside
    WHERE (product_version_id, url_id, signature_id)
          NOT IN (SELECT product_version_id, url_id, signature_id FROM few);
END
$$;
COMMENT ON FUNCTION name_signatures_of_urls(date, integer) IS 'A step of update_urls().';

CREATE OR REPLACE FUNCTION backfill_urls(
    wanted date, fewest integer DEFAULT 5, most integer DEFAULT 500
) RETURNS integer
LANGUAGE sql AS 'SELECT update_urls(wanted, fewest, most)';

CREATE OR REPLACE FUNCTION drop_urls(before date) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    gone integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('update_urls'));
    DELETE FROM url_signatures WHERE day < before;
    DELETE FROM url_counts WHERE day < before;
    DELETE FROM urls WHERE NOT EXISTS (SELECT FROM url_counts WHERE url_counts.url_id = urls.url_id);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
COMMENT ON FUNCTION drop_urls(date) IS
    'Forget pages of the days before a day: they go when personal data goes. Returns how many.';
