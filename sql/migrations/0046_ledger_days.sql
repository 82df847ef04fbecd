-- 0046: the ledger of each past day, so that pages and `socorro health` need no access to the spool.
-- Lock: none that anybody waits for (a new table only).
-- depends: 0044_alerts

CREATE TABLE ledger_days (
    day         date        PRIMARY KEY,
    accepted    integer     NOT NULL,
    elsewhere   integer     NOT NULL,
    spooled     integer     NOT NULL,
    quarantined integer     NOT NULL,
    stored      integer     NOT NULL,
    deferred    integer     NOT NULL,
    waiting     integer     NOT NULL,
    running     integer     NOT NULL,
    failed      integer     NOT NULL,
    processed   integer     NOT NULL,
    expired     integer     NOT NULL,
    missing     integer     NOT NULL,
    doubled     integer     NOT NULL,
    damaged     integer     NOT NULL,
    compared_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ledger_days IS
    'Where the crashes of each UTC day are, as the clock''s job `ledger` compared them by id.';
COMMENT ON COLUMN ledger_days.elsewhere IS
    'Of the stored ones: accepted by the collector of another machine.';
COMMENT ON COLUMN ledger_days.doubled IS 'With more than one report.';
