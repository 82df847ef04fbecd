-- name: last_hour
SELECT count(*)::int,
       percentile_cont(0.5) WITHIN GROUP (
           ORDER BY extract(epoch FROM completed_at - submitted_at)::float8)
           FILTER (WHERE submitted_at >= now() - interval '1 day')
FROM reports
WHERE completed_at > now() - interval '1 hour'  -- the clock of a processor may be ahead
  AND throttle_rule IS DISTINCT FROM 'fakedata'

-- name: queue
-- What is reprocessed in bulk may wait for hours.
SELECT (count(*) FILTER (WHERE state = 'waiting'))::int,
       (count(*) FILTER (WHERE state = 'running'))::int,
       (count(*) FILTER (WHERE state = 'failed'))::int,
       (count(*) FILTER (WHERE state = 'failed' AND queued_at > now() - interval '1 day'))::int,
       (extract(epoch FROM now() - min(queued_at)
           FILTER (WHERE state = 'waiting' AND priority >= 0)))::float8
FROM jobs

-- name: ledger_days
SELECT day, accepted, elsewhere, spooled, quarantined, stored, deferred, waiting, running, failed,
       processed, expired, missing, doubled, damaged
FROM ledger_days
WHERE day = ANY(%(days)s)
ORDER BY day DESC

-- name: keep_ledger
INSERT INTO ledger_days (day, accepted, elsewhere, spooled, quarantined, stored, deferred, waiting,
                         running, failed, processed, expired, missing, doubled, damaged)
VALUES (%(day)s, %(accepted)s, %(elsewhere)s, %(spooled)s, %(quarantined)s, %(stored)s,
        %(deferred)s, %(waiting)s, %(running)s, %(failed)s, %(processed)s, %(expired)s, %(missing)s,
        %(doubled)s, %(damaged)s)
ON CONFLICT (day) DO UPDATE SET
    accepted = excluded.accepted, elsewhere = excluded.elsewhere, spooled = excluded.spooled,
    quarantined = excluded.quarantined, stored = excluded.stored, deferred = excluded.deferred,
    waiting = excluded.waiting, running = excluded.running, failed = excluded.failed,
    processed = excluded.processed, expired = excluded.expired, missing = excluded.missing,
    doubled = excluded.doubled, damaged = excluded.damaged, compared_at = now()

-- name: runs
SELECT count(*)::int FROM cron_log WHERE ended_at > now() - interval '1 hour'

-- name: database_bytes
SELECT pg_database_size(current_database())
