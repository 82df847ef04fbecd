-- 0009: what is derived from the daily tables: explosions, ranks, null signatures, Flash, URLs.
-- Lock: SHARE ROW EXCLUSIVE on hours_to_count, crash_counts and adi, brief (triggers); else new tables only.
-- All of it can be made again from reports and the daily tables, URLs while they are kept.
-- depends: 0004_counts 0008_server_status

CREATE TABLE days_to_derive (
    day       date        NOT NULL,
    what      text        NOT NULL CHECK (what IN ('counts', 'adi')),
    marked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (day, what)
);
COMMENT ON TABLE days_to_derive IS
    'UTC days whose counts or installs changed since what follows from them was derived.';

CREATE TABLE explosiveness (
    day                date    NOT NULL,
    product_version_id integer NOT NULL,
    signature_id       integer NOT NULL,
    oneday             double precision,
    threeday           double precision,
    day0 real NOT NULL, day1 real NOT NULL, day2 real NOT NULL, day3 real NOT NULL,
    day4 real NOT NULL, day5 real NOT NULL, day6 real NOT NULL, day7 real NOT NULL,
    day8 real NOT NULL, day9 real NOT NULL,
    PRIMARY KEY (day, product_version_id, signature_id)
);
COMMENT ON TABLE explosiveness IS
    'Signatures beyond what their last days explain, by UTC day (docs/counts.md has the formula).';
COMMENT ON COLUMN explosiveness.oneday IS
    'Rise over the mean of nine days, in units of their usual rise. NULL: too few to say.';
COMMENT ON COLUMN explosiveness.threeday IS
    'Rise of three days over the seven before, in units of their deviation. NULL: too few to say.';
COMMENT ON COLUMN explosiveness.day0 IS
    'Crashes per million ADI on the day; day1 on the day before it, and so on to day9.';

CREATE TABLE rank_changes (
    day                date     NOT NULL,
    product_version_id integer  NOT NULL,
    signature_id       integer  NOT NULL,
    reports            integer  NOT NULL,
    rank               integer  NOT NULL,
    share              real     NOT NULL,
    previous_reports   integer,
    previous_rank      integer,
    previous_share     real,
    PRIMARY KEY (day, product_version_id, signature_id)
);
COMMENT ON TABLE rank_changes IS
    'The first 300 signatures of a version on a UTC day, against the day before.';
COMMENT ON COLUMN rank_changes.rank IS 'From 1; equal counts share a rank, and the next follows it.';
COMMENT ON COLUMN rank_changes.share IS 'Of all reports of the version on the day, 5 digits.';
COMMENT ON COLUMN rank_changes.previous_rank IS 'NULL: not seen on the day before.';

CREATE TABLE null_signature_facts (
    day                date             NOT NULL,
    product_version_id integer          NOT NULL,
    kind               text             NOT NULL CHECK (kind IN ('build', 'module', 'os', 'reason')),
    value              text             NOT NULL,
    reports            integer          NOT NULL,
    estimated          double precision NOT NULL,
    PRIMARY KEY (day, product_version_id, kind, value)
);
COMMENT ON TABLE null_signature_facts IS
    'Crashes whose signature says nothing (EMPTY: …), by build, top module, system and reason.';

CREATE TABLE build_counts (
    day                date             NOT NULL,
    product_version_id integer          NOT NULL,
    build_id           text             NOT NULL,
    reports            integer          NOT NULL,
    estimated          double precision NOT NULL,
    PRIMARY KEY (day, product_version_id, build_id)
);
COMMENT ON TABLE build_counts IS
    'Crashes by build id, version and UTC day of submission; build ids that are dates only.';
CREATE INDEX build_counts_version ON build_counts (product_version_id, build_id);

CREATE TABLE flash_counts (
    day                date    NOT NULL,
    product_version_id integer NOT NULL,
    signature_id       integer NOT NULL,
    flash_version_id   integer NOT NULL,
    reports            integer NOT NULL,
    PRIMARY KEY (day, product_version_id, signature_id, flash_version_id)
);
COMMENT ON TABLE flash_counts IS 'Crashes with a Flash player, by its version and the signature.';

CREATE TABLE urls (
    url_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    domain text    NOT NULL,
    url    text    NOT NULL,
    UNIQUE (domain, url)
);
COMMENT ON TABLE urls IS
    'Pages that several people crashed on, as clean_url() leaves them. They go with url_counts.';
COMMENT ON COLUMN urls.url IS '"": the pages of the domain that are too rare to be named.';
COMMENT ON COLUMN urls.domain IS '"": the domains that are too rare to be named.';

CREATE TABLE url_counts (
    day                date    NOT NULL,
    product_version_id integer NOT NULL,
    url_id             integer NOT NULL,
    reports            integer NOT NULL,
    PRIMARY KEY (day, product_version_id, url_id)
);
COMMENT ON TABLE url_counts IS
    'Crashes by page, version and UTC day of submission: all crashes with a URL are in it.';

CREATE TABLE url_signatures (
    day                date    NOT NULL,
    product_version_id integer NOT NULL,
    url_id             integer NOT NULL,
    signature_id       integer NOT NULL,
    reports            integer NOT NULL,
    PRIMARY KEY (day, product_version_id, url_id, signature_id)
);
COMMENT ON TABLE url_signatures IS
    'As url_counts, by signature; a signature that is rare on a page would name its visitor and '
    'is not in here.';
CREATE INDEX url_signatures_signature ON url_signatures (signature_id, day);

-- Who counts an hour takes its mark out of hours_to_count, and who counts a day again writes
-- crash_counts: what follows from the day has to be derived again.
CREATE FUNCTION mark_day_of_hour() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO days_to_derive (day, what) VALUES ((OLD.hour AT TIME ZONE 'UTC')::date, 'counts')
    ON CONFLICT (day, what) DO UPDATE SET marked_at = clock_timestamp();
    RETURN NULL;
END
$$;
CREATE TRIGGER hours_to_count_derive AFTER DELETE ON hours_to_count
    FOR EACH ROW EXECUTE FUNCTION mark_day_of_hour();

CREATE FUNCTION mark_changed_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO days_to_derive (day, what) SELECT DISTINCT day, TG_ARGV[0] FROM changed ORDER BY day
    ON CONFLICT (day, what) DO UPDATE SET marked_at = clock_timestamp();
    RETURN NULL;
END
$$;
CREATE TRIGGER crash_counts_derive_new AFTER INSERT ON crash_counts REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_changed_days('counts');
CREATE TRIGGER crash_counts_derive_other AFTER UPDATE ON crash_counts REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_changed_days('counts');
CREATE TRIGGER crash_counts_derive_gone AFTER DELETE ON crash_counts REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_changed_days('counts');
CREATE TRIGGER adi_derive_new AFTER INSERT ON adi REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_changed_days('adi');
CREATE TRIGGER adi_derive_other AFTER UPDATE ON adi REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_changed_days('adi');
CREATE TRIGGER adi_derive_gone AFTER DELETE ON adi REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_changed_days('adi');
