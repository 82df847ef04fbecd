-- Crashes by page, a UTC day at a time; run again at any time.

-- A page is named only when crashes of *fewest* different installs happened on it in a version that
-- day, and a signature beside it on the same terms: what one person did is nobody's business, and
-- a crash with a rare signature can be looked up. What is too rare is counted under its domain, or
-- under "", so that a domain is the sum of its pages and all is the sum of the domains.
--
-- Installs differ by the second in which they were made. A client that does not tell it counts as
-- one install for each crash that is no duplicate.
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
    PERFORM read_urls(wanted, fewest);
    PERFORM name_urls(fewest, most);

    INSERT INTO urls (domain, url) SELECT DISTINCT domain, url FROM url_named
    ON CONFLICT (domain, url) DO NOTHING;
    INSERT INTO url_counts
    SELECT wanted, product_version_id, url_id, count(*)
    FROM url_named JOIN urls USING (domain, url)
    GROUP BY product_version_id, url_id;
    GET DIAGNOSTICS written = ROW_COUNT;
    INSERT INTO url_signatures
    SELECT wanted, product_version_id, url_id, signature_id, count(*)
    FROM url_named JOIN urls USING (domain, url)
    WHERE domain <> ''
    GROUP BY product_version_id, url_id, signature_id
    HAVING count(DISTINCT install) >= fewest;
    RETURN written;
END
$$;

-- Makes url_hits: a row for each crash with a URL; install is NULL where too few crashes happened
-- on the domain, whoever it was. Temporary tables have statistics, which the joins need; cleaned
-- reports of a day that was just counted have none yet, hence no nested loops. A page is cleaned
-- once, however many crashed on it.
CREATE OR REPLACE FUNCTION read_urls(wanted date, fewest integer) RETURNS void
LANGUAGE plpgsql SET enable_nestloop = off AS $$
DECLARE
    starts timestamptz := wanted::timestamp AT TIME ZONE 'UTC';
    ends timestamptz := (wanted + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    DROP TABLE IF EXISTS pg_temp.url_told, pg_temp.url_frequent, pg_temp.url_hits;
    CREATE TEMP TABLE url_told ON COMMIT DROP AS
    WITH pages AS MATERIALIZED (
        SELECT told.url AS told_url, clean_url(told.url) AS url
        FROM (SELECT DISTINCT info.url FROM reports_user_info AS info
              WHERE info.submitted_at >= starts AND info.submitted_at < ends
                    AND info.url IS NOT NULL) AS told
    ), named AS MATERIALIZED (
        SELECT told_url, url, url_domain(url) AS domain FROM pages WHERE url IS NOT NULL
    )
    SELECT clean.product_version_id, clean.signature_id, clean.submitted_at, clean.crash_id,
           clean.install_age, named.url, named.domain
    FROM reports_user_info AS told
    JOIN reports_clean AS clean USING (submitted_at, crash_id)
    JOIN named ON named.told_url = told.url
    WHERE told.submitted_at >= starts AND told.submitted_at < ends
      AND clean.submitted_at >= starts AND clean.submitted_at < ends;
    ANALYZE url_told;
    CREATE TEMP TABLE url_frequent ON COMMIT DROP AS
    SELECT product_version_id, domain FROM url_told GROUP BY product_version_id, domain
    HAVING count(*) >= fewest;
    ANALYZE url_frequent;

    CREATE TEMP TABLE url_hits ON COMMIT DROP AS
    SELECT told.product_version_id, told.signature_id, told.url, told.domain,
           CASE WHEN url_frequent.domain IS NOT NULL THEN coalesce(
               (extract(epoch FROM reports.crash_time)::bigint - told.install_age)::text,
               duplicates.duplicate_of::text, told.crash_id::text)
           END AS install
    FROM url_told AS told
    LEFT JOIN url_frequent USING (product_version_id, domain)
    LEFT JOIN reports ON url_frequent.domain IS NOT NULL AND told.install_age IS NOT NULL
        AND reports.crash_id = told.crash_id AND reports.submitted_at = told.submitted_at
        AND reports.submitted_at >= starts AND reports.submitted_at < ends
    LEFT JOIN reports_duplicates AS duplicates ON url_frequent.domain IS NOT NULL
        AND duplicates.crash_id = told.crash_id AND duplicates.submitted_at = told.submitted_at
        AND duplicates.submitted_at >= starts AND duplicates.submitted_at < ends;
    ANALYZE url_hits;
END
$$;
COMMENT ON FUNCTION read_urls(date, integer) IS 'A step of update_urls().';

-- Makes url_named: url_hits with the page and domain that may be told, "" for the others.
CREATE OR REPLACE FUNCTION name_urls(fewest integer, most integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS pg_temp.url_pages, pg_temp.url_domains, pg_temp.url_named;
    CREATE TEMP TABLE url_pages ON COMMIT DROP AS
    SELECT product_version_id, domain, url
    FROM (SELECT product_version_id, domain, url,
                 row_number() OVER (PARTITION BY product_version_id
                                    ORDER BY count(*) DESC, url) AS place
          FROM url_hits WHERE install IS NOT NULL GROUP BY product_version_id, domain, url
          HAVING count(DISTINCT install) >= fewest) AS ranked
    WHERE place <= most;
    ANALYZE url_pages;
    CREATE TEMP TABLE url_domains ON COMMIT DROP AS
    SELECT product_version_id, domain
    FROM (SELECT product_version_id, domain,
                 row_number() OVER (PARTITION BY product_version_id
                                    ORDER BY count(*) DESC, domain) AS place
          FROM url_hits WHERE install IS NOT NULL GROUP BY product_version_id, domain
          HAVING count(DISTINCT install) >= fewest) AS ranked
    WHERE place <= most
    UNION
    SELECT product_version_id, domain FROM url_pages;
    ANALYZE url_domains;
    CREATE TEMP TABLE url_named ON COMMIT DROP AS
    SELECT hits.product_version_id, hits.signature_id, hits.install,
           coalesce(url_domains.domain, '') AS domain, coalesce(url_pages.url, '') AS url
    FROM url_hits AS hits
    LEFT JOIN url_domains USING (product_version_id, domain)
    LEFT JOIN url_pages USING (product_version_id, domain, url);
    ANALYZE url_named;
END
$$;
COMMENT ON FUNCTION name_urls(integer, integer) IS 'A step of update_urls().';

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
