-- name: latest
SELECT alert, kind, product, signature, sentence, path, noted_at
FROM alerts
WHERE NOT muted AND (%(product)s = '' OR product = %(product)s)
  AND (%(kind)s = '' OR kind = %(kind)s)
ORDER BY noted_at DESC, alert
LIMIT %(most)s

-- name: listed
SELECT alert, kind, product, signature, sentence, path, noted_at,
       muted OR EXISTS (SELECT FROM alert_mutes
                        WHERE alert_mutes.signature = alerts.signature AND until > now()),
       ARRAY(SELECT concat_ws(': ', channel || ' ' || outcome, nullif(error, ''))
             FROM alert_deliveries
             WHERE alert_deliveries.alert = alerts.alert
             ORDER BY channel)
FROM alerts
ORDER BY noted_at DESC, alert
LIMIT %(most)s
