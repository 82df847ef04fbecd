-- 0051: note that a message broker has a job, so that it is published again when that is lost.
-- Lock: ACCESS EXCLUSIVE on jobs, brief (no rewrite).
-- Old processors and monitors keep working: without a broker the column is NULL.
-- depends: 0050_forgotten
SET LOCAL lock_timeout = '5s';
ALTER TABLE jobs ADD COLUMN published_at timestamptz;
COMMENT ON COLUMN jobs.published_at IS
    'A waiting job was last published to the message broker then, and is due again at not_before.';
