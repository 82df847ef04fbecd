-- 0018: symbol debt: which modules crashes missed, and what became of signatures since.
-- Lock: none that anybody waits for (new tables only).
-- A crash has one row at most, whatever it missed: bulk is narrow and has no foreign keys.
-- depends: 0003_sources

CREATE TABLE symbol_modules (
    module_id  integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    debug_file text    NOT NULL,
    debug_id   text    NOT NULL,
    filename   text    NOT NULL DEFAULT '',
    version    text    NOT NULL DEFAULT '',
    last_seen  date    NOT NULL,
    settled_at timestamptz,
    UNIQUE (debug_file, debug_id)
);
COMMENT ON TABLE symbol_modules IS 'Modules that some crash had no symbols for.';
COMMENT ON COLUMN symbol_modules.last_seen IS 'Day on which a crash last missed it, UTC.';
COMMENT ON COLUMN symbol_modules.settled_at IS
    'Symbols that came until then were dealt with: the crashes that missed them are processed again.';

CREATE TABLE missed_symbols (
    crash_id     uuid        NOT NULL,
    submitted_at timestamptz NOT NULL,
    modules      integer[]   NOT NULL CHECK (cardinality(modules) BETWEEN 1 AND 10),
    naming       smallint    NOT NULL,
    PRIMARY KEY (crash_id, submitted_at)
) PARTITION BY RANGE (submitted_at);
COMMENT ON TABLE missed_symbols IS
    'Crashes whose crashing thread had frames in modules without symbols; gone when they came.';
COMMENT ON COLUMN missed_symbols.modules IS
    'Those modules: first the ones whose frames are part of the signature, then the others.';
COMMENT ON COLUMN missed_symbols.naming IS 'How many of them are part of the signature.';

-- Few modules, many crashes: a GIN holds a module's crashes in a byte or two each.
CREATE INDEX missed_symbols_modules ON missed_symbols USING gin (modules);
CREATE INDEX missed_symbols_submitted ON missed_symbols USING brin (submitted_at);

CREATE TABLE signature_moves (
    day         date    NOT NULL,
    before      text    NOT NULL,
    after       text    NOT NULL,
    crash_count integer NOT NULL,
    PRIMARY KEY (day, before, after)
);
COMMENT ON TABLE signature_moves IS
    'Crashes that were processed again on a UTC day: their signatures before and after.';
