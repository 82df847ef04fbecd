-- 0033: which hours search has to read again.
-- Lock: none that anybody waits for (a new table only).
-- Hours of before are noted when an engine finds that it has nothing of them.
-- depends: 0032_bad_reports_by_product

CREATE TABLE search_hours (
    engine   text        NOT NULL CHECK (engine IN ('segments', 'elasticsearch')),
    hour     timestamptz NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now(),
    note     xid8        NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (engine, hour)
);
COMMENT ON TABLE search_hours IS
    'Hours of submission whose reports changed since an engine of search read them: a row for each '
    'engine. take_marks() notes them, search_hour_done() takes a note away.';
COMMENT ON COLUMN search_hours.noted_at IS 'Since when the engine has not seen a change.';
COMMENT ON COLUMN search_hours.note IS
    'The transaction that noted the hour last. An hour that changes while it is read gets another '
    'one, and so keeps its note.';
