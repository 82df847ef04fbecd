-- 0043: modules on stacks: installs that mix builds, and modules that look suspicious.
-- Lock: none that anybody waits for (new tables only).
-- depends: 0036_feature_versions

CREATE TABLE module_scans (
    day       date     NOT NULL,
    kind      text     NOT NULL CHECK (kind IN ('frankeninstalls', 'suspicious-modules')),
    first_day date     NOT NULL,
    crashes   integer  NOT NULL,
    one_in    integer  NOT NULL,
    notes     text[]   NOT NULL,
    PRIMARY KEY (day, kind)
);
COMMENT ON TABLE module_scans IS
    'Scans of the stacks of some days for mixed builds or suspicious modules; kept 400 days.';
COMMENT ON COLUMN module_scans.day IS 'The last UTC day that was read.';
COMMENT ON COLUMN module_scans.crashes IS 'Crashes with modules that were read: one in one_in.';
COMMENT ON COLUMN module_scans.notes IS 'What was left out, for people.';

CREATE TABLE mixed_installs (
    day             date    NOT NULL,
    product         text    NOT NULL,
    release_channel text    NOT NULL,
    signature       text    NOT NULL,
    installs        integer NOT NULL,
    crashes         integer NOT NULL,
    mixed_installs  integer NOT NULL,
    mixed_crashes   integer NOT NULL,
    place           integer,
    PRIMARY KEY (day, product, release_channel, signature)
);
COMMENT ON TABLE mixed_installs IS
    'Installs that crashed, and those with a module of another build; made by frankeninstalls.';
COMMENT ON COLUMN mixed_installs.day IS 'The last day of the scan (module_scans).';
COMMENT ON COLUMN mixed_installs.signature IS 'Empty: all signatures of the channel.';
COMMENT ON COLUMN mixed_installs.place IS 'The commonest foreign module of its mixed crashes.';

CREATE TABLE foreign_modules (
    day                   date             NOT NULL,
    place                 integer          NOT NULL,
    product               text             NOT NULL,
    os_name               text             NOT NULL,
    build_id              text             NOT NULL,
    filename              text             NOT NULL,
    debug_id              text             NOT NULL,
    of_build              text,
    rule                  text             NOT NULL CHECK (rule IN ('symbols', 'share')),
    share                 double precision NOT NULL,
    owner_share           double precision,
    installs              integer          NOT NULL,
    crashes               integer          NOT NULL,
    signature             text,
    signature_installs    integer          NOT NULL,
    distribution          text,
    distribution_installs integer          NOT NULL,
    PRIMARY KEY (day, place)
);
COMMENT ON TABLE foreign_modules IS
    'Modules that are not of the build that loaded them, with the evidence.';
COMMENT ON COLUMN foreign_modules.of_build IS 'NULL: no crash shows the build that it is of.';
COMMENT ON COLUMN foreign_modules.share IS
    'Of the installs of the build with this file: those that have this id.';
COMMENT ON COLUMN foreign_modules.owner_share IS 'The same in of_build.';
COMMENT ON COLUMN foreign_modules.distribution IS 'The commonest distribution of these installs.';

CREATE TABLE suspicious_modules (
    day                date    NOT NULL,
    product            text    NOT NULL,
    name               text    NOT NULL,
    names              text[]  NOT NULL,
    name_count         integer NOT NULL,
    debug_ids          text[]  NOT NULL,
    debug_id_count     integer NOT NULL,
    points             real    NOT NULL,
    reasons            text[]  NOT NULL,
    installs           integer NOT NULL,
    crashes            integer NOT NULL,
    first_day          date    NOT NULL,
    is_signed          boolean,
    signature          text,
    signature_installs integer NOT NULL,
    PRIMARY KEY (day, product, name)
);
COMMENT ON TABLE suspicious_modules IS
    'Modules that somebody should look at, with the reasons; made by suspicious-modules.';
COMMENT ON COLUMN suspicious_modules.name IS 'The first of its names.';
COMMENT ON COLUMN suspicious_modules.names IS 'The first 100 of them.';
COMMENT ON COLUMN suspicious_modules.first_day IS 'The first day of the scan that had it.';
COMMENT ON COLUMN suspicious_modules.is_signed IS
    'Whether it has a certificate; NULL: no crash says which modules have one.';
