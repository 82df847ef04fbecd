-- 0008: how the line did, every five minutes.
-- Lock: none that anybody waits for (a new table only).
-- depends: 0003_sources

CREATE TABLE server_status (
    recorded_at             timestamptz PRIMARY KEY,
    oldest_job_at           timestamptz,
    last_completed_at       timestamptz,
    completed_count         integer NOT NULL,
    average_process_seconds real,
    average_wait_seconds    real,
    waiting_count           integer NOT NULL,
    running_count           integer NOT NULL,
    failed_count            integer NOT NULL,
    processor_count         integer NOT NULL
);
COMMENT ON TABLE server_status IS
    'Queue and processors, a row for every five minutes; kept by record_status().';
COMMENT ON COLUMN server_status.recorded_at IS 'The end of the five minutes.';
COMMENT ON COLUMN server_status.oldest_job_at IS 'When the oldest open job was queued.';
COMMENT ON COLUMN server_status.average_process_seconds IS
    'From the start of the walk to the report, of what was completed in these five minutes.';
COMMENT ON COLUMN server_status.average_wait_seconds IS
    'From submission to the report; what was processed again after a day does not count here.';
COMMENT ON COLUMN server_status.processor_count IS 'Processes that hold a lease: processors at work.';
