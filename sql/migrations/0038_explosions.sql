-- 0038: explosions: signatures that crash more than their own history explains, with the evidence.
-- Lock: none that anybody waits for (new tables only).
-- depends: 0036_feature_versions

CREATE TABLE explosion_days (
    day             date        NOT NULL,
    product         text        NOT NULL,
    release_channel text        NOT NULL,
    signatures      integer     NOT NULL,
    judged          integer     NOT NULL,
    counted         text        NOT NULL CHECK (counted IN ('crashes', 'installs')),
    exposure        text        NOT NULL CHECK (exposure IN ('adi', 'crashes')),
    adi_day         date,
    judged_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (day, product, release_channel)
);
COMMENT ON TABLE explosion_days IS
    'UTC days whose signatures were judged, by product and channel; all of a day are one set of '
    'tests (docs/statistics.md).';
COMMENT ON COLUMN explosion_days.signatures IS 'That crashed in the 49 days up to the day.';
COMMENT ON COLUMN explosion_days.judged IS
    'Of these: with three crashes or more in the last seven days.';
COMMENT ON COLUMN explosion_days.counted IS 'What the counts of explosions of the day are.';
COMMENT ON COLUMN explosion_days.exposure IS
    'What is expected follows ADI, or all crashes where there is no ADI.';
COMMENT ON COLUMN explosion_days.adi_day IS
    'Last day with ADI; when it is before the day, later days took its ADI. NULL: there is none.';

CREATE TABLE explosions (
    day             date             NOT NULL,
    product         text             NOT NULL,
    release_channel text             NOT NULL,
    signature_id    integer          NOT NULL,
    first_day       date             NOT NULL,
    window_days     smallint         NOT NULL,
    events          integer          NOT NULL,
    expected        double precision NOT NULL,
    ratio           double precision,
    low             double precision NOT NULL,
    high            double precision,
    scatter         double precision NOT NULL,
    p               double precision NOT NULL,
    tests           integer          NOT NULL,
    history_days    smallint         NOT NULL,
    counts          integer[]        NOT NULL,
    expected_counts double precision[] NOT NULL,
    PRIMARY KEY (day, product, release_channel, signature_id)
);
COMMENT ON TABLE explosions IS
    'Alarms: signatures that exploded on a UTC day, with the numbers that say so. They are kept: their '
    'days are no history for later ones.';
COMMENT ON COLUMN explosions.first_day IS
    'First day with an alarm, of those less than a week apart that lead to this one.';
COMMENT ON COLUMN explosions.window_days IS 'The alarm is about so many days that end with the day.';
COMMENT ON COLUMN explosions.events IS
    'Crashes of these days, or installs that crashed (explosion_days.counted).';
COMMENT ON COLUMN explosions.expected IS 'What the history let expect of them.';
COMMENT ON COLUMN explosions.ratio IS
    'The rate divided by the one before, 95 % of it from low to high; NULL: nothing before.';
COMMENT ON COLUMN explosions.high IS 'NULL: without a limit.';
COMMENT ON COLUMN explosions.scatter IS 'Variance of its daily counts divided by their mean.';
COMMENT ON COLUMN explosions.p IS
    'Chance of so many if the rate had not risen beyond what is no explosion.';
COMMENT ON COLUMN explosions.tests IS 'Signatures that were judged together; p * tests do so by chance.';
COMMENT ON COLUMN explosions.counts IS 'Of the 49 days that end with the day, oldest first.';
COMMENT ON COLUMN explosions.expected_counts IS 'What was expected of each of them.';
CREATE INDEX explosions_signature ON explosions (signature_id, day);
