-- 0003: what comes from outside and counts need: products and their channels, builds, installs, bugs.
-- Lock: none that anybody waits for (new tables only).
-- depends: 0002_reports_completed

CREATE TABLE products (
    product               text     PRIMARY KEY,
    sort                  smallint NOT NULL DEFAULT 0,
    release_folder        text     NOT NULL,
    rapid_release_version text,
    rapid_beta_version    text
);
COMMENT ON TABLE products IS
    'Products that are counted, in the order in which pages list them.';
COMMENT ON COLUMN products.release_folder IS 'Its folder in the release tree, such as firefox.';
COMMENT ON COLUMN products.rapid_release_version IS
    'First version of the rapid release process; older ones are not counted. NULL: count all.';
COMMENT ON COLUMN products.rapid_beta_version IS
    'First version whose betas are counted together as well as one by one. NULL: none.';

CREATE TABLE release_channels (
    release_channel text     PRIMARY KEY,
    sort            smallint NOT NULL
);
COMMENT ON TABLE release_channels IS 'Channels that are counted, stable ones last.';

CREATE TABLE release_channel_matches (
    release_channel text NOT NULL REFERENCES release_channels ON UPDATE CASCADE ON DELETE CASCADE,
    pattern         text NOT NULL,
    PRIMARY KEY (release_channel, pattern)
);
COMMENT ON COLUMN release_channel_matches.pattern IS
    'ILIKE pattern for what clients say; the longest that matches counts, none means release.';

CREATE TABLE product_release_channels (
    product         text NOT NULL REFERENCES products ON UPDATE CASCADE ON DELETE CASCADE,
    release_channel text NOT NULL REFERENCES release_channels ON UPDATE CASCADE ON DELETE CASCADE,
    throttle        real NOT NULL DEFAULT 1 CHECK (throttle > 0 AND throttle <= 1),
    PRIMARY KEY (product, release_channel)
);
COMMENT ON COLUMN product_release_channels.throttle IS
    'Share of the crashes that is processed, as today''s throttle rules have it.';

INSERT INTO products (product, sort, release_folder, rapid_release_version, rapid_beta_version)
VALUES ('Firefox', 1, 'firefox', '5.0', '23.0'),
       ('Fenix', 2, 'mobile', '79.0', '79.0'),
       ('Thunderbird', 3, 'thunderbird', '6.0', '24.0'),
       ('SeaMonkey', 4, 'seamonkey', '2.3', NULL);
INSERT INTO release_channels VALUES ('nightly', 1), ('aurora', 2), ('beta', 3), ('release', 4), ('esr', 5);
INSERT INTO release_channel_matches
VALUES ('nightly', 'nightly%'), ('nightly', 'default'), ('aurora', 'aurora%'), ('beta', 'beta%'),
       ('release', 'release%'), ('esr', 'esr%');
INSERT INTO product_release_channels
SELECT product, release_channel,
       CASE WHEN product = 'Firefox' AND release_channel = 'release' THEN 0.1 ELSE 1 END
FROM products CROSS JOIN release_channels;

CREATE TABLE releases_raw (
    product         text        NOT NULL,
    version         text        NOT NULL,
    build_id        text        NOT NULL CHECK (build_id ~ '^[0-9]{10,14}$'),
    release_channel text        NOT NULL,
    platform        text        NOT NULL,
    beta_number     smallint    NOT NULL DEFAULT 0,
    repository      text        NOT NULL DEFAULT '',
    source          text        NOT NULL DEFAULT '',
    seen_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (product, version, build_id, release_channel, platform, beta_number)
);
COMMENT ON TABLE releases_raw IS
    'Builds as the release tree or a feed tells them; version without the beta number (140.0).';
COMMENT ON COLUMN releases_raw.beta_number IS '0: no beta.';
COMMENT ON COLUMN releases_raw.source IS 'Who told: tree, feed, or generated.';

CREATE TABLE adi_raw (
    day             date   NOT NULL,
    product         text   NOT NULL,
    version         text   NOT NULL,
    build_id        text   NOT NULL DEFAULT '',
    release_channel text   NOT NULL DEFAULT '',
    os_name         text   NOT NULL DEFAULT '',
    adi             bigint NOT NULL CHECK (adi >= 0),
    source          text   NOT NULL DEFAULT '',
    PRIMARY KEY (day, product, version, build_id, release_channel, os_name)
);
COMMENT ON TABLE adi_raw IS
    'Active daily installs as they were imported: how many installs were used on a UTC day.';
COMMENT ON COLUMN adi_raw.version IS 'As clients say it (140.0, 141.0a1, 140.0.1); "" build_id: any.';
COMMENT ON COLUMN adi_raw.source IS 'Who told: the file''s name, or generated.';

CREATE TABLE bugs (
    bug_id     bigint      PRIMARY KEY,
    status     text        NOT NULL DEFAULT '',
    resolution text        NOT NULL DEFAULT '',
    summary    text        NOT NULL DEFAULT '',
    duplicate_of bigint,
    changed_at timestamptz,
    source     text        NOT NULL DEFAULT ''
);
COMMENT ON TABLE bugs IS 'Bugs of the bug tracker that name a signature.';

CREATE TABLE bug_signatures (
    bug_id    bigint      NOT NULL REFERENCES bugs ON DELETE CASCADE,
    signature text        NOT NULL,
    since     timestamptz NOT NULL DEFAULT now(),
    until     timestamptz,
    PRIMARY KEY (bug_id, signature, since)
);
COMMENT ON TABLE bug_signatures IS
    'Which bug named which signature, and when; until NULL: it still does. History is kept.';
CREATE UNIQUE INDEX bug_signatures_now ON bug_signatures (bug_id, signature) WHERE until IS NULL;
CREATE INDEX bug_signatures_signature ON bug_signatures (signature) WHERE until IS NULL;
