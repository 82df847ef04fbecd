-- 0001: the queue of crashes to process, and what became of them.
-- Lock: none that anybody waits for (new tables only).
-- depends:

CREATE TABLE jobs (
    crash_id     uuid        PRIMARY KEY,
    ruleset      text        NOT NULL DEFAULT 'default',
    priority     smallint    NOT NULL DEFAULT 0,
    state        text        NOT NULL DEFAULT 'waiting'
                             CHECK (state IN ('waiting', 'running', 'failed')),
    queued_at    timestamptz NOT NULL DEFAULT now(),
    not_before   timestamptz NOT NULL DEFAULT now(),
    attempts     smallint    NOT NULL DEFAULT 0,
    lease_holder text,
    lease_until  timestamptz,
    last_error   text,
    CHECK ((state = 'running') = (lease_holder IS NOT NULL)),
    CHECK ((state = 'running') = (lease_until IS NOT NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

COMMENT ON TABLE jobs IS
    'One crash to process: offered by the monitor, claimed with a lease, gone when finished.';

CREATE INDEX jobs_next ON jobs (priority DESC, queued_at) WHERE state = 'waiting';
CREATE INDEX jobs_leases ON jobs (lease_until) WHERE state = 'running';

CREATE TABLE reports (
    crash_id            uuid        NOT NULL,
    submitted_at        timestamptz NOT NULL,
    started_at          timestamptz NOT NULL,
    completed_at        timestamptz NOT NULL,
    crash_time          timestamptz,
    signature           text        NOT NULL,
    product             text        NOT NULL DEFAULT '',
    product_id          text,
    version             text        NOT NULL DEFAULT '',
    build_id            text,
    release_channel     text,
    process_type        text,
    os_name             text,
    os_version          text,
    cpu_arch            text,
    cpu_info            text,
    reason              text,
    address             text,
    crashing_thread     integer,
    uptime              integer,
    install_age         integer,
    last_crash          integer,
    hang_id             text,
    hang_type           smallint    NOT NULL DEFAULT 0,
    addons_checked      boolean,
    flash_version       text,
    distributor         text,
    distributor_version text,
    topmost_filenames   text,
    app_notes           text,
    success             boolean     NOT NULL,
    status              text        NOT NULL,
    truncated           boolean     NOT NULL DEFAULT false,
    processor_notes     text[]      NOT NULL DEFAULT '{}',
    throttle_rule       text,
    throttle_rate       real        NOT NULL DEFAULT 1 CHECK (throttle_rate > 0 AND throttle_rate <= 1),
    fields              jsonb       NOT NULL DEFAULT '{}',
    PRIMARY KEY (crash_id, submitted_at)
) PARTITION BY RANGE (submitted_at);

COMMENT ON TABLE reports IS
    'One row per processed crash, by week of submission (Monday, UTC). Public columns only.';
COMMENT ON COLUMN reports.fields IS 'The other public fields of the processed crash.';

CREATE INDEX reports_submitted ON reports (submitted_at DESC);
CREATE INDEX reports_signature ON reports (signature, submitted_at DESC);
CREATE INDEX reports_product ON reports (product, version, submitted_at DESC);

CREATE TABLE reports_user_info (
    crash_id      uuid        NOT NULL,
    submitted_at  timestamptz NOT NULL,
    url           text,
    email         text,
    user_comments text,
    PRIMARY KEY (crash_id, submitted_at)
) PARTITION BY RANGE (submitted_at);

COMMENT ON TABLE reports_user_info IS
    'What a user told or visited: protected, kept for a shorter time than the report.';

CREATE TABLE changed_hours (
    hour      timestamptz PRIMARY KEY,
    marked_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE changed_hours IS
    'Hours of submission whose reports changed: what the aggregates have to count again.';
