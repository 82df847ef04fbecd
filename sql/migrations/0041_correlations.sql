-- 0041: what the crashes of a signature have in common, computed once a day, with its evidence.
-- Lock: none that anybody waits for (new tables only).
-- depends: 0036_feature_versions

CREATE TABLE correlation_lines (
    day          date    NOT NULL,
    product      text    NOT NULL,
    channel      text    NOT NULL,
    first_day    date    NOT NULL,
    installs     integer NOT NULL,
    crashes      integer NOT NULL,
    share        real    NOT NULL,
    without_time integer NOT NULL,
    same_time    integer NOT NULL,
    problems     text[]  NOT NULL,
    computed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (product, channel, day)
);
COMMENT ON TABLE correlation_lines IS
    'Products and channels whose crashes were compared, by the last UTC day; kept as long as reports.';
COMMENT ON COLUMN correlation_lines.channel IS 'Release channel; empty where the client names none.';
COMMENT ON COLUMN correlation_lines.first_day IS 'First UTC day of the crashes that were read.';
COMMENT ON COLUMN correlation_lines.installs IS
    'Installs that crashed, each once for a signature: the rows that are compared.';
COMMENT ON COLUMN correlation_lines.crashes IS 'Processed crashes of these installs.';
COMMENT ON COLUMN correlation_lines.share IS 'Share of the installs that was read, at random.';
COMMENT ON COLUMN correlation_lines.without_time IS
    'Crashes without an install time: each counts as an install.';
COMMENT ON COLUMN correlation_lines.same_time IS 'Installs with the most frequent install time.';
COMMENT ON COLUMN correlation_lines.problems IS 'Hours that search lacked, in sentences.';

CREATE TABLE correlation_signatures (
    day        date    NOT NULL,
    product    text    NOT NULL,
    channel    text    NOT NULL,
    signature  text    NOT NULL,
    rank       integer NOT NULL,
    installs   integer NOT NULL,
    crashes    integer NOT NULL,
    attributes integer NOT NULL,
    kept       integer NOT NULL,
    weak       integer NOT NULL,
    explained  integer NOT NULL,
    unjudged   integer NOT NULL,
    PRIMARY KEY (signature, product, channel, day),
    FOREIGN KEY (product, channel, day) REFERENCES correlation_lines ON DELETE CASCADE
);
CREATE INDEX correlation_signatures_line ON correlation_signatures (product, channel, day);
COMMENT ON TABLE correlation_signatures IS
    'The signatures of a line that were compared with the others, and how many findings each has.';
COMMENT ON COLUMN correlation_signatures.rank IS 'Rank by installs in the line, from 1.';
COMMENT ON COLUMN correlation_signatures.attributes IS 'Attributes that were compared.';
COMMENT ON COLUMN correlation_signatures.kept IS 'Findings without a common cause.';
COMMENT ON COLUMN correlation_signatures.weak IS
    'Findings of which a common cause leaves little, or perhaps nothing.';
COMMENT ON COLUMN correlation_signatures.explained IS 'Findings that a common cause explains.';
COMMENT ON COLUMN correlation_signatures.unjudged IS
    'Smaller differences that no cause was sought for, because there are too many.';

CREATE TABLE correlations (
    day            date    NOT NULL,
    product        text    NOT NULL,
    channel        text    NOT NULL,
    signature      text    NOT NULL,
    rank           integer NOT NULL,
    state          text    NOT NULL CHECK (state IN ('kept', 'weak', 'explained')),
    attribute      text    NOT NULL,
    value          text    NOT NULL,
    names          text[]  NOT NULL,
    count          integer NOT NULL,
    other_count    integer NOT NULL,
    difference     real    NOT NULL,
    low            real    NOT NULL,
    high           real    NOT NULL,
    p              double precision NOT NULL,
    causes         text[]  NOT NULL,
    lefts          real[]  NOT NULL,
    left_lows      real[]  NOT NULL,
    left_highs     real[]  NOT NULL,
    comparable     real[]  NOT NULL,
    PRIMARY KEY (signature, product, channel, day, rank),
    FOREIGN KEY (signature, product, channel, day)
        REFERENCES correlation_signatures ON DELETE CASCADE
);
COMMENT ON TABLE correlations IS
    'Attributes that are more frequent with a signature than with others, or rarer; strongest first.';
COMMENT ON COLUMN correlations.state IS
    'kept, weak (little is left within a common cause) or explained (by the first cause).';
COMMENT ON COLUMN correlations.names IS
    'All attributes that are this finding, as "attribute = value", twenty at most.';
COMMENT ON COLUMN correlations.count IS 'Installs with the signature that have it.';
COMMENT ON COLUMN correlations.other_count IS 'Other installs that have it.';
COMMENT ON COLUMN correlations.difference IS 'Difference of the two shares, low to high at 95 %.';
COMMENT ON COLUMN correlations.p IS 'Probability of such a difference by chance.';
COMMENT ON COLUMN correlations.causes IS
    'Attributes within which it was judged again; the one that leaves least comes first.';
COMMENT ON COLUMN correlations.lefts IS 'What is left of the difference within each cause.';
COMMENT ON COLUMN correlations.comparable IS
    'Share of the weight that has crashes of the signature and others within each cause.';
