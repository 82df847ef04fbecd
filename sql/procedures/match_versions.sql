-- Which product version a crash or an install belongs to.

-- span_versions is a temporary table of the caller's (read_versions makes one): product, version,
-- told_channel and build_id are told, never NULL; this fills in the others. Rows that stay without product_version_id
-- have a reason. Versions that no feed tells of are made when count_settings allow it.
-- any_build: an empty build id fits every beta (installs are often told without).
CREATE OR REPLACE FUNCTION match_versions(day date, any_build boolean) RETURNS void
LANGUAGE plpgsql SET client_min_messages = warning AS $$
BEGIN
    UPDATE span_versions AS told
    SET channel = matched.channel,
        build_day = CASE WHEN matched.build_day <= day + 1 THEN matched.build_day END
    FROM (SELECT product, version, told_channel, build_id, build_day(build_id) AS build_day,
                 match_channel(told_channel, version) AS channel
          FROM span_versions) AS matched
    WHERE (told.product, told.version, told.told_channel, told.build_id)
        = (matched.product, matched.version, matched.told_channel, matched.build_id);
    UPDATE span_versions
    SET reason = CASE
            WHEN product = '' THEN 'no product'
            WHEN version = '' THEN 'no version'
            WHEN product !~ '^[[:alnum:]][[:alnum:] ._+-]*$' THEN 'implausible product'
            WHEN version !~ '^[0-9]{1,5}(\.[0-9]{1,5}){0,3}([-.+_]?[[:alpha:]][[:alnum:].+_-]*)?$'
                 OR version ~ '[0-9]b$' THEN 'implausible version' END,
        version = CASE WHEN channel = 'esr' AND version ~ '^[0-9.]+$' THEN version || 'esr'
                       ELSE version END;
    PERFORM find_versions(any_build);
    IF EXISTS (SELECT FROM span_versions WHERE reason = 'unknown version') THEN
        PERFORM make_versions(day);
        PERFORM find_versions(any_build);
        UPDATE span_versions
        SET reason = CASE WHEN NOT versions_from_reports THEN 'unknown version'
                          WHEN product IN (SELECT product FROM products) THEN 'too many versions'
                          WHEN products_from_reports THEN 'too many products'
                          ELSE 'unknown product' END
        FROM count_settings WHERE reason = 'unknown version';
    END IF;
END
$$;
COMMENT ON FUNCTION match_versions(date, boolean) IS 'A step of count_span() and update_adi().';

-- A beta that calls itself 141.0 is found by its build. When the feed told builds of a beta, a
-- crash from another build is bad: nobody knows what it was built from.
CREATE OR REPLACE FUNCTION find_versions(any_build boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE span_versions AS told
    SET product_version_id = found.id,
        rapid_beta_id = known.rapid_beta_id,
        build_version_id = CASE WHEN known.has_builds THEN found.id ELSE known.rapid_beta_id END,
        reason = CASE WHEN found.id IS NOT NULL THEN NULL
                      WHEN found.old THEN 'old version'
                      WHEN found.built THEN 'unknown build'
                      ELSE 'unknown version' END
    FROM (SELECT product, version, told_channel, build_id, old, built,
                 CASE WHEN old THEN NULL
                      WHEN by_build IS NOT NULL THEN by_build
                      WHEN built AND NOT (any_build AND build_id = '' AND version ~ 'b') THEN NULL
                      ELSE direct END AS id
          FROM (SELECT told.*, direct.product_version_id AS direct, by_build.id AS by_build,
                       coalesce(version_sort(told.version) COLLATE "C"
                                < version_sort(products.rapid_release_version), false) AS old,
                       told.channel = 'beta' AND EXISTS (
                           SELECT FROM product_versions AS beta
                           JOIN product_version_builds USING (product_version_id)
                           WHERE beta.product = told.product AND beta.release_channel = 'beta'
                                 AND told.version IN (beta.version, beta.release_version)
                       ) AS built
                FROM span_versions AS told
                LEFT JOIN products ON products.product = told.product
                LEFT JOIN product_versions AS direct
                    ON (direct.product, direct.version, direct.release_channel)
                     = (told.product, told.version, told.channel)
                LEFT JOIN LATERAL (
                    SELECT product_version_id AS id
                    FROM product_versions AS beta
                    JOIN product_version_builds AS build USING (product_version_id)
                    WHERE told.channel IN ('beta', 'aurora')
                          AND (beta.product, beta.release_channel) = (told.product, told.channel)
                          AND told.version IN (beta.version, beta.release_version)
                          AND build.build_id = told.build_id
                    ORDER BY beta.version = told.version DESC, beta_number DESC, id DESC
                    LIMIT 1) AS by_build ON true
                WHERE reason IS NULL OR reason = 'unknown version') AS told) AS found
    LEFT JOIN product_versions AS known ON known.product_version_id = found.id
    WHERE (told.product, told.version, told.told_channel, told.build_id)
        = (found.product, found.version, found.told_channel, found.build_id);
END
$$;
COMMENT ON FUNCTION find_versions(boolean) IS 'A step of match_versions().';

-- Bounded: who posts made-up versions fills a list, not the database.
CREATE OR REPLACE FUNCTION make_versions(day date) RETURNS void
LANGUAGE plpgsql SET client_min_messages = warning AS $$
DECLARE
    allowed count_settings;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('update_product_versions'));
    SELECT * INTO allowed FROM count_settings;
    IF NOT allowed.versions_from_reports THEN
        RETURN;
    END IF;
    IF allowed.products_from_reports THEN
        INSERT INTO products (product, sort, release_folder)
        SELECT product, 100, '' FROM span_versions
        WHERE reason = 'unknown version' AND product NOT IN (SELECT product FROM products)
        GROUP BY product ORDER BY product
        LIMIT greatest(0, allowed.most_products - (SELECT count(*) FROM products))
        ON CONFLICT (product) DO NOTHING;
    END IF;
    DROP TABLE IF EXISTS pg_temp.new_versions;
    CREATE TEMP TABLE new_versions ON COMMIT DROP AS
    SELECT product, version, release_channel, release_version, beta_number, build_date, source
    FROM (SELECT product, version, channel AS release_channel, 'reports' AS source,
                 regexp_replace(version, '(esr|b[0-9]+)$', '') AS release_version,
                 coalesce(substring(version FROM '[0-9]b([0-9]{1,4})$')::smallint, 0)
                     AS beta_number,
                 min(coalesce(build_day, day)) AS build_date,
                 row_number() OVER (PARTITION BY product ORDER BY version, channel) AS place
          FROM span_versions JOIN products USING (product)
          WHERE reason = 'unknown version'
          GROUP BY product, version, channel) AS told
    WHERE place <= allowed.most_versions
          - (SELECT count(*) FROM product_versions AS known
             WHERE known.product = told.product AND known.source = 'reports');
    PERFORM add_versions();
END
$$;
COMMENT ON FUNCTION make_versions(date) IS 'A step of match_versions().';
