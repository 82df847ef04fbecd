-- 0040: machines that are suspected to have broken memory.
-- Lock: none that anybody waits for (new tables only).
-- depends: 0036_feature_versions

CREATE TABLE hardware_scans (
    day        date             PRIMARY KEY,
    first_day  date             NOT NULL,
    crashes    integer          NOT NULL,
    flipped    integer          NOT NULL,
    machines   integer          NOT NULL,
    base_share double precision NOT NULL,
    notes      text[]           NOT NULL
);
COMMENT ON TABLE hardware_scans IS
    'Scans of the crashes of some days for machines with broken memory; kept 400 days.';
COMMENT ON COLUMN hardware_scans.day IS 'The last UTC day that was read.';
COMMENT ON COLUMN hardware_scans.crashes IS 'Crashes that name their machine.';
COMMENT ON COLUMN hardware_scans.flipped IS 'Those at an address with a single bit set.';
COMMENT ON COLUMN hardware_scans.machines IS 'Machines that were tested.';
COMMENT ON COLUMN hardware_scans.base_share IS 'Share of one-bit addresses that is held for usual.';
COMMENT ON COLUMN hardware_scans.notes IS 'What was left out, for people.';

CREATE TABLE hardware_suspects (
    day                   date             NOT NULL REFERENCES hardware_scans ON DELETE CASCADE,
    place                 integer          NOT NULL,
    os_name               text             NOT NULL,
    os_version            text             NOT NULL,
    cpu_info              text             NOT NULL,
    cpu_microcode_version text             NOT NULL,
    graphics              text             NOT NULL,
    memory_bytes          bigint           NOT NULL,
    crashes               integer          NOT NULL,
    flipped               integer          NOT NULL,
    signatures            integer          NOT NULL,
    chance                double precision NOT NULL,
    signature             text,
    PRIMARY KEY (day, place)
);
COMMENT ON TABLE hardware_suspects IS
    'Machines whose crashes are at one-bit addresses too often; made by hardware-suspects.';
COMMENT ON COLUMN hardware_suspects.flipped IS 'Crashes at an address with a single bit set.';
COMMENT ON COLUMN hardware_suspects.signatures IS 'Different signatures of these.';
COMMENT ON COLUMN hardware_suspects.chance IS
    'Chance of so many by the usual share, times the number of machines.';
COMMENT ON COLUMN hardware_suspects.signature IS 'The commonest signature of all its crashes.';
