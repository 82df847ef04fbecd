-- name: has_waiting
SELECT EXISTS (
    SELECT FROM alerts
    WHERE NOT EXISTS (SELECT FROM alert_deliveries AS settled
                      WHERE (settled.alert, settled.channel) = (alerts.alert, %(channel)s))
      AND NOT muted
      AND NOT EXISTS (SELECT FROM alert_mutes
                      WHERE alert_mutes.signature = alerts.signature AND until > now()))

-- name: expire
-- A channel that is configured today does not get what was noted before.
INSERT INTO alert_deliveries (alert, channel, outcome, error)
SELECT alert, %(channel)s, 'expired', ''
FROM alerts
WHERE noted_at < now() - %(give_up)s::interval AND NOT muted
ON CONFLICT (alert, channel) DO NOTHING

-- name: waiting
-- Oldest first.
SELECT alert, kind, product, signature, sentence, path, noted_at
FROM alerts
WHERE NOT EXISTS (SELECT FROM alert_deliveries AS settled
                  WHERE (settled.alert, settled.channel) = (alerts.alert, %(channel)s))
  AND NOT muted
  AND NOT EXISTS (SELECT FROM alert_mutes
                  WHERE alert_mutes.signature = alerts.signature AND until > now())
ORDER BY noted_at, alert
LIMIT %(most)s

-- name: settle
-- An alert that went with its retention meanwhile needs no row.
INSERT INTO alert_deliveries (alert, channel, outcome, error)
SELECT alert, %(channel)s, %(outcome)s, %(error)s
FROM alerts WHERE alert = ANY(%(alerts)s::text[])
ON CONFLICT (alert, channel) DO NOTHING
