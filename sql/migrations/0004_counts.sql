-- 0004: what counts are made of: versions, signatures, cleaned reports, and the daily tables.
-- Lock: none that anybody waits for (new tables only).
-- All of it but settings can be made again from reports and the sources (docs/counts.md).
-- Bulk tables carry small integers and no foreign keys: they take 2.5 million rows a day.
-- depends: 0003_sources

CREATE TABLE count_settings (
    only_row              boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    versions_from_reports boolean NOT NULL DEFAULT true,
    products_from_reports boolean NOT NULL DEFAULT true,
    most_products         integer NOT NULL DEFAULT 100,
    most_versions         integer NOT NULL DEFAULT 2000
);
COMMENT ON TABLE count_settings IS 'One row: what the counts may do by themselves.';
COMMENT ON COLUMN count_settings.versions_from_reports IS
    'A version that crashes and is in no release feed is counted, not bad.';
COMMENT ON COLUMN count_settings.products_from_reports IS
    'A product that crashes and is not in products is added to it.';
COMMENT ON COLUMN count_settings.most_versions IS
    'Versions of a product made from reports; more of them are bad: somebody makes them up.';
INSERT INTO count_settings DEFAULT VALUES;

CREATE TABLE operating_systems (
    os    smallint PRIMARY KEY,
    code  text     NOT NULL UNIQUE,
    name  text     NOT NULL
);
COMMENT ON TABLE operating_systems IS 'Systems that are told apart; os_code(os_name) finds them.';
INSERT INTO operating_systems VALUES
    (0, 'other', 'Other'), (1, 'win', 'Windows'), (2, 'mac', 'macOS'), (3, 'lin', 'Linux'),
    (4, 'android', 'Android');

CREATE TABLE crash_types (
    crash_type smallint PRIMARY KEY,
    code       text     NOT NULL UNIQUE,
    name       text     NOT NULL UNIQUE,
    in_rates   boolean  NOT NULL
);
COMMENT ON TABLE crash_types IS
    'Process and hang in one number: crash_type(process_type, hang_id) finds it.';
COMMENT ON COLUMN crash_types.in_rates IS
    'Crash rates count it. A hang pair is counted once: by its plugin half.';
INSERT INTO crash_types VALUES
    (1, 'C', 'browser', true), (2, 'P', 'plugin', true),
    (3, 'c', 'hang-browser', false), (4, 'p', 'hang-plugin', true),
    (5, 'T', 'content', true), (6, 'O', 'other', true);

CREATE TABLE uptime_levels (
    uptime_level smallint PRIMARY KEY,
    name         text     NOT NULL,
    least        integer  NOT NULL,
    below        integer
);
COMMENT ON TABLE uptime_levels IS
    'Seconds from start to crash, [least, below); level 1 is a crash at startup.';
INSERT INTO uptime_levels VALUES
    (1, '< 1 min', 0, 60), (2, '1-5 min', 60, 300), (3, '5-15 min', 300, 900),
    (4, '15-60 min', 900, 3600), (5, '> 1 hour', 3600, NULL);

CREATE TABLE product_versions (
    product_version_id integer  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product            text     NOT NULL REFERENCES products ON UPDATE CASCADE ON DELETE CASCADE,
    version            text     NOT NULL,
    release_channel    text     NOT NULL REFERENCES release_channels ON UPDATE CASCADE,
    release_version    text     NOT NULL,
    beta_number        smallint NOT NULL DEFAULT 0,
    version_sort       text     NOT NULL,
    build_date         date     NOT NULL,
    sunset_date        date     NOT NULL,
    is_rapid_beta      boolean  NOT NULL DEFAULT false,
    rapid_beta_id      integer  REFERENCES product_versions,
    has_builds         boolean  NOT NULL DEFAULT false,
    featured           boolean  NOT NULL DEFAULT false,
    source             text     NOT NULL CHECK (source IN ('builds', 'reports', 'people')),
    UNIQUE (product, version, release_channel)
);
COMMENT ON TABLE product_versions IS 'What crashes are counted by.';
COMMENT ON COLUMN product_versions.version IS
    'As people say it: 140.0, 141.0b3, 142.0a1, 128.5.0esr; 141.0b: its rapid betas together. '
    '140.0 may also be a beta (channel beta) whose crashes do not tell which.';
COMMENT ON COLUMN product_versions.release_version IS
    'Without beta number and esr: 141.0, 128.5.0; nightly and aurora keep a1, a2.';
COMMENT ON COLUMN product_versions.version_sort IS
    'Text that sorts as the versions do (COLLATE "C"): padded numbers, letter a < b < r < x.';
COMMENT ON COLUMN product_versions.sunset_date IS
    'Last day on which it counts as current: 18 weeks after the build for release and ESR, else 9.';
COMMENT ON COLUMN product_versions.rapid_beta_id IS 'The row that counts the betas of 141.0 together.';
COMMENT ON COLUMN product_versions.has_builds IS
    'Counted by build date as well: nightly, aurora, rapid betas together.';
COMMENT ON COLUMN product_versions.source IS
    'builds: told by releases_raw. reports: seen in crashes only. people: entered.';
CREATE INDEX product_versions_betas ON product_versions (rapid_beta_id);

CREATE TABLE product_version_builds (
    product_version_id integer NOT NULL REFERENCES product_versions ON DELETE CASCADE,
    build_id           text    NOT NULL,
    platform           text    NOT NULL,
    repository         text    NOT NULL DEFAULT '',
    PRIMARY KEY (product_version_id, build_id, platform)
);
COMMENT ON TABLE product_version_builds IS
    'The builds of a version: they tell which beta a crash of 141.0 comes from.';

CREATE TABLE signatures (
    signature_id integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    signature    text        NOT NULL UNIQUE,
    first_report timestamptz NOT NULL,
    first_build  text
);
COMMENT ON TABLE signatures IS 'Every signature that was counted; rows are never removed.';
COMMENT ON COLUMN signatures.first_report IS
    'Submission of the earliest counted crash; a late crash moves it back.';
COMMENT ON COLUMN signatures.first_build IS 'Earliest build id that is a date. NULL: none was.';
CREATE INDEX signatures_first_report ON signatures (first_report);

CREATE TABLE signature_products (
    signature_id       integer     NOT NULL,
    product_version_id integer     NOT NULL,
    first_report       timestamptz NOT NULL,
    PRIMARY KEY (signature_id, product_version_id)
);
COMMENT ON TABLE signature_products IS
    'Versions in which a signature was counted; rapid betas one by one, not together.';

CREATE TABLE signatures_to_check (
    signature_id integer PRIMARY KEY
);
COMMENT ON TABLE signatures_to_check IS
    'Signatures that lost a crash that may have been their first; update_signatures() looks.';

CREATE TABLE flash_versions (
    flash_version_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    flash_version    text    NOT NULL UNIQUE
);

CREATE TABLE reports_clean (
    submitted_at       timestamptz      NOT NULL,
    crash_id           uuid             NOT NULL,
    estimated          double precision NOT NULL,
    signature_id       integer          NOT NULL,
    product_version_id integer          NOT NULL,
    rapid_beta_id      integer,
    build_version_id   integer,
    build_day          date,
    uptime             integer,
    install_age        integer,
    flash_version_id   integer,
    os                 smallint         NOT NULL,
    crash_type         smallint         NOT NULL,
    uptime_level       smallint,
    build_id           text,
    hang_id            text,
    PRIMARY KEY (submitted_at, crash_id)
) PARTITION BY RANGE (submitted_at);
COMMENT ON TABLE reports_clean IS
    'Reports as they were counted: the daily tables hold exactly these rows. Weekly partitions. '
    'Crash ids with digit 0 only; text is in reports, by (crash_id, submitted_at).';
COMMENT ON COLUMN reports_clean.estimated IS
    'Crashes that this one stands for: 1/throttle_rate, to 1/1024, so that sums are exact.';
COMMENT ON COLUMN reports_clean.rapid_beta_id IS
    'The product version that counts it together with other betas, if any.';
COMMENT ON COLUMN reports_clean.build_version_id IS
    'The product version under which it is counted by build date; NULL: it is not.';
COMMENT ON COLUMN reports_clean.build_day IS
    'Date in the build id; NULL when that is no date or more than a day ahead of submission.';
COMMENT ON COLUMN reports_clean.uptime_level IS 'NULL: the client did not tell.';
COMMENT ON COLUMN reports_clean.build_id IS 'NULL when it is no date.';
COMMENT ON COLUMN reports_clean.hang_id IS 'Joins the halves of a hang; the crash is a hang.';
CREATE INDEX reports_clean_signature ON reports_clean (signature_id, submitted_at);
CREATE INDEX reports_clean_hang ON reports_clean (hang_id) WHERE hang_id IS NOT NULL;

CREATE TABLE reports_bad (
    submitted_at timestamptz NOT NULL,
    crash_id     uuid        NOT NULL,
    reason       text        NOT NULL,
    PRIMARY KEY (submitted_at, crash_id)
) PARTITION BY RANGE (submitted_at);
COMMENT ON TABLE reports_bad IS 'Reports that cannot be counted, and why. Weekly partitions.';
COMMENT ON COLUMN reports_bad.reason IS
    'no product, no version, no signature, implausible version, unknown product, '
    'unknown version, too many products, or too many versions.';

CREATE TABLE reports_duplicates (
    submitted_at timestamptz NOT NULL,
    crash_id     uuid        NOT NULL,
    duplicate_of uuid        NOT NULL,
    PRIMARY KEY (submitted_at, crash_id)
) PARTITION BY RANGE (submitted_at);
COMMENT ON TABLE reports_duplicates IS
    'Crashes that one event sent several times; the first points to itself. Counts keep them all.';
CREATE INDEX reports_duplicates_of ON reports_duplicates (duplicate_of);

CREATE TABLE hours_to_count (
    hour     timestamptz PRIMARY KEY,
    taken_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE hours_to_count IS
    'Marks that were taken out of changed_hours and are not counted yet: so processors wait for '
    'the taking (a moment), not for the counting, and a count that is killed is made again.';

CREATE TABLE top_crashers (
    product_version_id integer          NOT NULL,
    day                date             NOT NULL,
    signature_id       integer          NOT NULL,
    reports            integer          NOT NULL,
    estimated          double precision NOT NULL,
    win                integer          NOT NULL,
    mac                integer          NOT NULL,
    lin                integer          NOT NULL,
    android            integer          NOT NULL,
    browser            integer          NOT NULL,
    plugin             integer          NOT NULL,
    content            integer          NOT NULL,
    hang               integer          NOT NULL,
    startup            integer          NOT NULL,
    PRIMARY KEY (product_version_id, day, signature_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE top_crashers IS
    'Reports by UTC day of submission, version and signature; rapid betas also together. '
    'Totals of a version and day are in crash_counts.';
COMMENT ON COLUMN top_crashers.estimated IS 'Throttle corrected: sum of 1/throttle_rate.';
COMMENT ON COLUMN top_crashers.browser IS 'Of the first process of the program, hangs too.';
COMMENT ON COLUMN top_crashers.hang IS 'With a hang id.';
COMMENT ON COLUMN top_crashers.startup IS 'Within the first minute.';
CREATE INDEX top_crashers_signature ON top_crashers (signature_id, day);

CREATE TABLE top_crashers_build (
    product_version_id integer          NOT NULL,
    build_day          date             NOT NULL,
    day                date             NOT NULL,
    signature_id       integer          NOT NULL,
    reports            integer          NOT NULL,
    estimated          double precision NOT NULL,
    win                integer          NOT NULL,
    mac                integer          NOT NULL,
    lin                integer          NOT NULL,
    android            integer          NOT NULL,
    browser            integer          NOT NULL,
    plugin             integer          NOT NULL,
    content            integer          NOT NULL,
    hang               integer          NOT NULL,
    startup            integer          NOT NULL,
    PRIMARY KEY (product_version_id, build_day, day, signature_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE top_crashers_build IS
    'As top_crashers, by date of the build: versions with has_builds only (nightly, aurora, rapid '
    'betas together), submitted from the build''s day to 6 days later.';
CREATE INDEX top_crashers_build_day ON top_crashers_build (day);

CREATE TABLE crash_counts (
    product_version_id integer          NOT NULL,
    day                date             NOT NULL,
    os                 smallint         NOT NULL,
    crash_type         smallint         NOT NULL,
    reports            integer          NOT NULL,
    estimated          double precision NOT NULL,
    PRIMARY KEY (product_version_id, day, os, crash_type)
) WITH (fillfactor = 50);
COMMENT ON TABLE crash_counts IS
    'Reports by UTC day of submission, version, system and crash type: for rates and for totals. '
    'Rows that would be 0 are not there.';

CREATE TABLE crash_counts_build (
    product_version_id integer          NOT NULL,
    build_day          date             NOT NULL,
    day                date             NOT NULL,
    os                 smallint         NOT NULL,
    crash_type         smallint         NOT NULL,
    reports            integer          NOT NULL,
    estimated          double precision NOT NULL,
    PRIMARY KEY (product_version_id, build_day, day, os, crash_type)
) WITH (fillfactor = 50);
COMMENT ON TABLE crash_counts_build IS
    'As crash_counts, by date of the build, submitted from the build''s day to 14 days later; '
    'rates take the first 6.';
CREATE INDEX crash_counts_build_day ON crash_counts_build (day);

CREATE TABLE hang_pairs (
    day                  date        NOT NULL,
    hang_id              text        NOT NULL,
    browser_crash_id     uuid        NOT NULL,
    plugin_crash_id      uuid        NOT NULL,
    browser_submitted_at timestamptz NOT NULL,
    plugin_submitted_at  timestamptz NOT NULL,
    product_version_id   integer     NOT NULL,
    browser_signature_id integer     NOT NULL,
    plugin_signature_id  integer     NOT NULL,
    flash_version_id     integer,
    duplicates           uuid[]      NOT NULL DEFAULT '{}',
    PRIMARY KEY (day, hang_id)
);
COMMENT ON TABLE hang_pairs IS
    'Browser and plugin crash of one hang; the day is the plugin''s, UTC.';
COMMENT ON COLUMN hang_pairs.duplicates IS 'Other crashes of the same hang.';
CREATE INDEX hang_pairs_browser ON hang_pairs (browser_crash_id);
CREATE INDEX hang_pairs_plugin ON hang_pairs (plugin_crash_id);

CREATE TABLE hang_halves (
    day     date    PRIMARY KEY,
    pairs   integer NOT NULL,
    browser integer NOT NULL,
    plugin  integer NOT NULL
);
COMMENT ON TABLE hang_halves IS
    'Hang ids by UTC day: with both halves, and with one only whose other half never came.';

CREATE TABLE adi (
    product_version_id integer  NOT NULL,
    day                date     NOT NULL,
    os                 smallint NOT NULL,
    adi                bigint   NOT NULL,
    PRIMARY KEY (product_version_id, day, os)
);
COMMENT ON TABLE adi IS
    'Active daily installs by version, rapid betas also together. No row: nobody told. 0 is 0.';

CREATE TABLE adi_build (
    product_version_id integer  NOT NULL,
    build_day          date     NOT NULL,
    day                date     NOT NULL,
    os                 smallint NOT NULL,
    adi                bigint   NOT NULL,
    PRIMARY KEY (product_version_id, build_day, day, os)
);
COMMENT ON TABLE adi_build IS
    'As adi, by date of the build, from the build''s day to 6 days later: has_builds only.';
