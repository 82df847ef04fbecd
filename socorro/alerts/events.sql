-- name: note
-- The same event noted again changes nothing.
INSERT INTO alerts (alert, kind, product, signature, sentence, path, muted)
SELECT %(alert)s::text, %(kind)s, %(product)s, %(signature)s, %(sentence)s, %(path)s,
       EXISTS (SELECT FROM alert_mutes
               WHERE alert_mutes.signature = %(signature)s AND until > now())
ON CONFLICT (alert) DO NOTHING
