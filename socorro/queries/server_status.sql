-- name: latest
SELECT recorded_at, oldest_job_at, last_completed_at, completed_count, average_process_seconds,
       average_wait_seconds, waiting_count, running_count, failed_count, processor_count
FROM server_status
ORDER BY recorded_at DESC
LIMIT %(most)s
