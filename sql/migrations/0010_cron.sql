-- 0010: what the clock did and has to do next, and the log of it.
-- Lock: none that anybody waits for (new tables only).
-- depends: 0003_sources

CREATE TABLE cron_jobs (
    job            text        PRIMARY KEY,
    place          smallint    NOT NULL DEFAULT 0,
    does           text        NOT NULL DEFAULT '',
    period         text        NOT NULL DEFAULT '',
    needs          text[]      NOT NULL DEFAULT '{}',
    off            text        NOT NULL DEFAULT '',
    waits_for      text        NOT NULL DEFAULT '',
    limit_seconds  integer     NOT NULL DEFAULT 600,
    first_run      timestamptz,
    last_run       timestamptz,
    last_success   timestamptz,
    done_until     timestamptz,
    next_run       timestamptz,
    errors         integer     NOT NULL DEFAULT 0,
    next_try       timestamptz,
    last_error_at  timestamptz,
    last_error_type text,
    last_error     text,
    running_slot   timestamptz,
    running_since  timestamptz,
    running_by     text,
    lease_until    timestamptz,
    seen_at        timestamptz NOT NULL DEFAULT now(),
    CHECK ((running_by IS NULL) = (running_since IS NULL)),
    CHECK ((running_by IS NULL) = (lease_until IS NULL))
);
COMMENT ON TABLE cron_jobs IS 'One row per job of the clock; declared columns are the runner''s.';
COMMENT ON COLUMN cron_jobs.place IS 'Its place in the table of jobs: needed ones come before.';
COMMENT ON COLUMN cron_jobs.off IS 'Why it does not run (which setting is missing); empty: it does.';
COMMENT ON COLUMN cron_jobs.done_until IS 'End of the last slot that succeeded.';
COMMENT ON COLUMN cron_jobs.next_run IS 'When its next slot is due, as the runner last saw it.';
COMMENT ON COLUMN cron_jobs.errors IS 'Failures in a row since the last success.';
COMMENT ON COLUMN cron_jobs.last_error IS 'Without anything that a user told or visited.';
COMMENT ON COLUMN cron_jobs.running_by IS
    'Who runs it; the advisory lock of the job says whether that is still so.';
COMMENT ON COLUMN cron_jobs.lease_until IS 'By then a run has ended, or was ended at its limit.';
COMMENT ON COLUMN cron_jobs.seen_at IS 'When a runner last had this job in its table.';

CREATE TABLE cron_log (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job        text        NOT NULL,
    slot       timestamptz NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz NOT NULL DEFAULT now(),
    outcome    text        NOT NULL CHECK (outcome IN ('done', 'failed', 'killed', 'passed over')),
    rows       bigint      NOT NULL DEFAULT 0,
    notes      text[]      NOT NULL DEFAULT '{}',
    runner     text        NOT NULL DEFAULT ''
);
COMMENT ON TABLE cron_log IS 'Every run of a job that ended, by the start of the slot it was for.';
CREATE INDEX cron_log_job ON cron_log (job, id DESC);
