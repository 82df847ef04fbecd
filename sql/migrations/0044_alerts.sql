-- 0044: alerts: what people should hear of once, where it was sent, and which signatures are muted.
-- Lock: none that anybody waits for (new tables only).
-- depends: 0036_feature_versions

CREATE TABLE alerts (
    alert     text        PRIMARY KEY,
    kind      text        NOT NULL,
    product   text        NOT NULL,
    signature text        NOT NULL,
    sentence  text        NOT NULL,
    path      text        NOT NULL,
    muted     boolean     NOT NULL,
    noted_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE alerts IS 'Events that people should hear of, each once; kept as long as reports.';
COMMENT ON COLUMN alerts.alert IS 'Made of the kind and key of the event (socorro/alerts/events.py).';
COMMENT ON COLUMN alerts.kind IS
    'explosion, new_top_crasher, worse_build, failed_fix or uneven_ledger.';
COMMENT ON COLUMN alerts.product IS 'Empty: of no single product.';
COMMENT ON COLUMN alerts.signature IS 'Empty: of no single signature.';
COMMENT ON COLUMN alerts.sentence IS 'What happened, with the numbers; nothing protected.';
COMMENT ON COLUMN alerts.path IS 'Address of the page that shows it, without the host.';
COMMENT ON COLUMN alerts.muted IS 'Not sent, not in feeds: somebody had muted the signature.';
CREATE INDEX alerts_noted ON alerts (noted_at);

CREATE TABLE alert_deliveries (
    alert      text        NOT NULL REFERENCES alerts ON DELETE CASCADE,
    channel    text        NOT NULL,
    outcome    text        NOT NULL,
    error      text        NOT NULL,
    settled_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (alert, channel)
);
COMMENT ON TABLE alert_deliveries IS 'What became of each alert on each channel. No row: it waits.';
COMMENT ON COLUMN alert_deliveries.channel IS 'webhook or email.';
COMMENT ON COLUMN alert_deliveries.outcome IS
    'sent, refused (by the receiver, for what it says) or expired (not sent in time).';

CREATE TABLE alert_mutes (
    signature text        PRIMARY KEY CHECK (octet_length(signature) <= 2000),
    muted_at  timestamptz NOT NULL DEFAULT now(),
    until     timestamptz NOT NULL,
    reason    text        NOT NULL
);
COMMENT ON TABLE alert_mutes IS 'Signatures whose alerts nobody wants to hear until a day.';
COMMENT ON COLUMN alert_mutes.until IS 'infinity: until somebody unmutes it.';
