-- 0025: which days hold generated reports, so that they can be taken out again.
-- Lock: none that anybody waits for (a new table only).
-- depends: 0003_sources

CREATE TABLE fakedata (
    seed            bigint      NOT NULL,
    first_day       date        NOT NULL,
    last_day        date        NOT NULL,
    crashes_per_day integer     NOT NULL,
    started_at      timestamptz NOT NULL DEFAULT now(),
    finished_at     timestamptz,
    only_row        boolean     PRIMARY KEY DEFAULT true CHECK (only_row)
);
COMMENT ON TABLE fakedata IS
    'What `socorro fakedata` put in: one history at a time. Its reports have the throttle rule '
    'fakedata, its builds, installs and bugs the source generated.';
COMMENT ON COLUMN fakedata.finished_at IS 'NULL: it is being put in, or that was cut short.';
