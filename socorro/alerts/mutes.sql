-- name: mute
INSERT INTO alert_mutes (signature, until, reason)
SELECT %(signature)s, coalesce(now() + %(length)s::interval, 'infinity'), %(reason)s
WHERE EXISTS (SELECT FROM alert_mutes WHERE signature = %(signature)s)
   OR (SELECT count(*) FROM alert_mutes WHERE until > now()) < %(most)s
ON CONFLICT (signature) DO UPDATE
SET muted_at = now(), until = excluded.until, reason = excluded.reason

-- name: unmute
-- One that is over is no longer muted, but its row may go.
WITH gone AS (DELETE FROM alert_mutes WHERE signature = %(signature)s RETURNING until)
SELECT FROM gone WHERE until > now()

-- name: mutes
SELECT signature, muted_at, nullif(until, 'infinity'), reason
FROM alert_mutes
WHERE until > now()
ORDER BY signature COLLATE "C"
LIMIT %(most)s
