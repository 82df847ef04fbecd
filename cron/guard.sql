-- name: newest
SELECT max(submitted_at) FROM reports WHERE submitted_at <= %(now)s

-- name: stand
SELECT day, clock, cutoffs FROM retention_stands WHERE job = %(job)s

-- name: record
INSERT INTO retention_stands (job, day, clock, cutoffs)
VALUES (%(job)s, %(day)s, %(clock)s, %(cutoffs)s)
ON CONFLICT (job) DO UPDATE SET
    day = excluded.day, clock = excluded.clock, cutoffs = excluded.cutoffs
