-- Which product version a crash or an install belongs to.

-- versions_to_match is a temporary table of the caller's (read_versions and match_installs make
-- it): product, version, sent_channel and build_id are filled in, never NULL; this fills in the
-- others. Rows that stay without product_version_id have a reason. Versions that are in no feed are
-- made when count_settings allow it.
-- any_build: an empty build id fits every beta (installs often come without).
CREATE OR REPLACE FUNCTION match_versions(day date, any_build boolean) RETURNS void
LANGUAGE plpgsql SET client_min_messages = warning AS $$
BEGIN
    UPDATE versions_to_match AS target
    SET channel = sent.channel,
        build_day = CASE WHEN sent.build_day <= day + 1 THEN sent.build_day END
    FROM (SELECT product, version, sent_channel, build_id, build_day(build_id) AS build_day,
                 match_channel(sent_channel, CASE WHEN release_folder <> '' THEN version ELSE '' END)
                     AS channel
          FROM versions_to_match LEFT JOIN products USING (product)) AS sent
    WHERE (target.product, target.version, target.sent_channel, target.build_id)
        = (sent.product, sent.version, sent.sent_channel, sent.build_id);
    IF any_build THEN
        PERFORM find_channels();
    END IF;
    UPDATE versions_to_match
    SET reason = CASE
            WHEN product = '' THEN 'no product'
            WHEN version = '' THEN 'no version'
            WHEN NOT is_plausible(product) THEN 'implausible product'
            -- 141.0b is the row that counts rapid betas together
            WHEN NOT is_plausible(version) OR version ~ '[0-9]b$' AND product IN (
                     SELECT product FROM products WHERE rapid_beta_version IS NOT NULL)
                THEN 'implausible version' END,
        version = CASE WHEN channel = 'esr' AND version ~ '^[0-9.]+$' THEN version || 'esr'
                       ELSE version END;
    PERFORM find_versions(any_build);
    IF EXISTS (SELECT FROM versions_to_match WHERE reason = 'unknown version') THEN
        PERFORM make_versions(day);
        PERFORM find_versions(any_build);
        UPDATE versions_to_match
        SET reason = CASE WHEN NOT versions_from_reports THEN 'unknown version'
                          WHEN product IN (SELECT product FROM products)
                               AND channel NOT IN (SELECT release_channel FROM release_channels)
                              THEN 'too many channels'
                          WHEN product IN (SELECT product FROM products) THEN 'too many versions'
                          WHEN products_from_reports THEN 'too many products'
                          ELSE 'unknown product' END
        FROM count_settings WHERE reason = 'unknown version';
    END IF;
END
$$;
COMMENT ON FUNCTION match_versions(date, boolean) IS
    'A step of count_span() and update_adi(): fills in versions_to_match, and makes the versions '
    'that are missing.';

-- Many imports have no channel, while each crash has one: such installs are those of the release, or
-- of whatever channel that version has.
CREATE OR REPLACE FUNCTION find_channels() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE versions_to_match AS target
    SET channel = coalesce(
        (SELECT release_channel FROM product_versions AS named
         WHERE (named.product, named.version) = (target.product, target.version)
         ORDER BY release_channel = 'release' DESC, release_channel = 'unknown' DESC,
                  build_date DESC, release_channel
         LIMIT 1),
        (SELECT 'release' FROM products
         WHERE products.product = target.product AND release_folder <> ''),
        'unknown')
    WHERE sent_channel = '' AND channel = 'unknown';
END
$$;
COMMENT ON FUNCTION find_channels() IS
    'A step of match_versions(): the channel of installs that were imported without one.';

-- Once for each version: version_sort() takes a tenth of a millisecond, and there are many builds.
CREATE OR REPLACE FUNCTION old_versions()
RETURNS TABLE (product text, version text, is_old boolean)
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY
    SELECT named.product, named.version,
           version_sort(named.version) COLLATE "C" < version_sort(named.rapid_release_version)
    FROM (SELECT DISTINCT sent.product, sent.version, products.rapid_release_version
          FROM versions_to_match AS sent
          JOIN products ON products.product = sent.product
          WHERE products.rapid_release_version IS NOT NULL) AS named;
END
$$;
COMMENT ON FUNCTION old_versions() IS
    'A step of match_versions(): says of each version in versions_to_match whether it is older than '
    'the first one of its product that is counted.';

-- A beta that calls itself 141.0 is found by its build. When the feed has builds of a beta, a
-- crash from another build is bad: nobody knows what it was built from.
CREATE OR REPLACE FUNCTION find_versions(any_build boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE versions_to_match AS target
    SET product_version_id = match.id,
        rapid_beta_id = versions.rapid_beta_id,
        build_version_id = CASE WHEN versions.has_builds THEN match.id
                                ELSE versions.rapid_beta_id END,
        reason = CASE WHEN match.id IS NOT NULL THEN NULL
                      WHEN match.is_old THEN 'old version'
                      WHEN match.needs_build THEN 'unknown build'
                      ELSE 'unknown version' END
    FROM (SELECT product, version, sent_channel, build_id, is_old, needs_build,
                 CASE WHEN is_old THEN NULL
                      WHEN id_by_build IS NOT NULL THEN id_by_build
                      WHEN needs_build AND NOT (any_build AND build_id = '' AND version ~ 'b')
                          THEN NULL
                      ELSE id_by_name END AS id
          FROM (SELECT sent.*, by_name.product_version_id AS id_by_name,
                       by_build.id AS id_by_build,
                       coalesce(old.is_old, false) AS is_old,
                       sent.channel = 'beta' AND EXISTS (
                           SELECT FROM product_versions AS beta
                           JOIN product_version_builds USING (product_version_id)
                           WHERE beta.product = sent.product AND beta.release_channel = 'beta'
                                 AND sent.version IN (beta.version, beta.release_version)
                       ) AS needs_build
                FROM versions_to_match AS sent
                LEFT JOIN old_versions() AS old USING (product, version)
                LEFT JOIN product_versions AS by_name
                    ON (by_name.product, by_name.version, by_name.release_channel)
                     = (sent.product, sent.version, sent.channel)
                LEFT JOIN LATERAL (
                    SELECT product_version_id AS id
                    FROM product_versions AS beta
                    JOIN product_version_builds AS build USING (product_version_id)
                    WHERE sent.channel IN ('beta', 'aurora')
                          AND (beta.product, beta.release_channel) = (sent.product, sent.channel)
                          AND sent.version IN (beta.version, beta.release_version)
                          AND build.build_id = sent.build_id
                    ORDER BY beta.version = sent.version DESC, beta_number DESC, id DESC
                    LIMIT 1) AS by_build ON true
                WHERE reason IS NULL OR reason = 'unknown version') AS candidates) AS match
    LEFT JOIN product_versions AS versions ON versions.product_version_id = match.id
    WHERE (target.product, target.version, target.sent_channel, target.build_id)
        = (match.product, match.version, match.sent_channel, match.build_id);
END
$$;
COMMENT ON FUNCTION find_versions(boolean) IS
    'A step of match_versions(): reads product_versions and their builds; fills in the numbers and '
    'the reason of versions_to_match.';

-- Bounded: made-up versions of a client fill a list, not the database.
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
        SELECT product, 100, '' FROM versions_to_match
        WHERE reason = 'unknown version' AND product NOT IN (SELECT product FROM products)
        GROUP BY product ORDER BY product
        LIMIT greatest(0, allowed.most_products - (SELECT count(*) FROM products))
        ON CONFLICT (product) DO NOTHING;
    END IF;
    INSERT INTO release_channels (release_channel, sort)
    SELECT channel, 0 FROM versions_to_match
    WHERE reason = 'unknown version'
          AND channel NOT IN (SELECT release_channel FROM release_channels)
    GROUP BY channel ORDER BY channel
    LIMIT greatest(0, allowed.most_channels - (SELECT count(*) FROM release_channels))
    ON CONFLICT (release_channel) DO NOTHING;
    DROP TABLE IF EXISTS pg_temp.new_versions;
    CREATE TEMP TABLE new_versions ON COMMIT DROP AS
    SELECT product, version, release_channel, release_version, beta_number, build_date, source
    FROM (SELECT product, version, channel AS release_channel, 'reports' AS source,
                 regexp_replace(version, '(esr|b[0-9]+)$', '') AS release_version,
                 coalesce(substring(version FROM '[0-9]b([0-9]{1,4})$')::smallint, 0)
                     AS beta_number,
                 min(coalesce(build_day, day)) AS build_date,
                 row_number() OVER (PARTITION BY product ORDER BY version, channel) AS place
          FROM versions_to_match
          JOIN products USING (product)
          JOIN release_channels ON release_channels.release_channel = channel
          WHERE reason = 'unknown version'
          GROUP BY product, version, channel) AS unknown
    WHERE place <= allowed.most_versions
          - (SELECT count(*) FROM product_versions
             WHERE product_versions.product = unknown.product
                   AND product_versions.source = 'reports');
    PERFORM add_versions();
END
$$;
COMMENT ON FUNCTION make_versions(date) IS
    'A step of match_versions(): reads what is an unknown version in versions_to_match; makes '
    'new_versions, as many as count_settings allow, for add_versions().';
