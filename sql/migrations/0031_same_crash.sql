-- 0031: which reports are of one crash that was sent more than once, under several ids.
-- Lock: none that anybody waits for (new tables only).
-- make_partitions() makes their weeks, as a processor does before its first report of a week.
-- Reports of before are in them when they are processed again.
-- depends: 0030_names_of_every_kind

CREATE TABLE reports_events (
    event         uuid        NOT NULL,
    submitted_at  timestamptz NOT NULL,
    crash_id      uuid        NOT NULL,
    throttle_rate real        NOT NULL,
    PRIMARY KEY (event, submitted_at, crash_id)
) PARTITION BY RANGE (submitted_at);
COMMENT ON TABLE reports_events IS
    'Which event each report is of: posts of the same crash are one. Weekly partitions. Reports '
    'with neither a dump nor a CrashEventID are not in it.';
COMMENT ON COLUMN reports_events.event IS
    'Made of the dumps'' checksums, CrashEventID and program (socorro/crash_event.py).';
COMMENT ON COLUMN reports_events.throttle_rate IS 'As in reports.';

CREATE TABLE reports_resent (
    submitted_at       timestamptz NOT NULL,
    crash_id           uuid        NOT NULL,
    event              uuid        NOT NULL,
    first_submitted_at timestamptz NOT NULL,
    first_crash_id     uuid        NOT NULL,
    counted_rate       real,
    PRIMARY KEY (submitted_at, crash_id)
) PARTITION BY RANGE (submitted_at);
COMMENT ON TABLE reports_resent IS
    'The reports of events that have several, each with the first of them. Weekly partitions. '
    'Such an event is counted once: as its first report.';
COMMENT ON COLUMN reports_resent.counted_rate IS
    'The report is counted, and stands for 1/rate. NULL: it is not, whatever its id says. The first '
    'one is counted when any of them was accepted, with the rate of the first that was.';
