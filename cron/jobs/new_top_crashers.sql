-- name: new_top_crashers
-- Betas are counted one by one here, and not together once more. Who crashes on two versions of a
-- channel is two installs.
WITH counted AS (
    SELECT product, release_channel, signature_id,
           sum(reports) AS reports, sum(estimated) AS estimated,
           CASE WHEN bool_and(installs IS NOT NULL) THEN sum(installs) END AS installs,
           CASE WHEN bool_and(squares IS NOT NULL) THEN sum(squares) END AS squares
    FROM top_crashers JOIN product_versions USING (product_version_id)
    WHERE day = %(day)s AND NOT is_rapid_beta
    GROUP BY product, release_channel, signature_id
), ranked AS (
    SELECT counted.*,
           rank() OVER (PARTITION BY product, release_channel ORDER BY estimated DESC) AS rank,
           sum(estimated) OVER (PARTITION BY product, release_channel) AS total
    FROM counted
)
SELECT product, release_channel, signature, (first_report AT TIME ZONE 'UTC')::date, rank,
       reports, estimated, installs, squares, total
FROM ranked JOIN signatures USING (signature_id)
WHERE rank <= %(rank)s AND reports >= %(fewest_reports)s
  AND (installs IS NULL OR installs >= %(fewest_installs)s)
  AND first_report >= %(new_since)s::date::timestamp AT TIME ZONE 'UTC'
  AND EXISTS (
      SELECT FROM product_versions AS others JOIN crash_counts USING (product_version_id)
      WHERE (others.product, others.release_channel) = (ranked.product, ranked.release_channel)
        AND crash_counts.day <= %(channel_before)s)
ORDER BY estimated DESC, product, release_channel, signature COLLATE "C"
LIMIT %(most)s
