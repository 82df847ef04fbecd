-- name: days
-- Days on which crashes of these versions were counted: on others, none is no number.
SELECT DISTINCT day FROM crash_counts
WHERE product_version_id = ANY(%(versions)s::int[]) AND day >= %(start)s AND day < %(end)s

-- name: trends
SELECT signature, first_build,
       ARRAY(SELECT DISTINCT bug_id FROM bug_signatures JOIN bugs USING (bug_id)
             WHERE bug_signatures.signature = signatures.signature AND until IS NULL
               AND resolution <> ''
             ORDER BY bug_id) AS closed_bugs,
       coalesce(days, '{}') AS days, coalesce(counts, '{}') AS counts
FROM signatures
LEFT JOIN (
    SELECT signature_id, array_agg(day ORDER BY day) AS days,
           array_agg(estimated ORDER BY day) AS counts
    FROM (SELECT signature_id, day, sum(estimated * measure / reports) AS estimated
          FROM (SELECT signature_id, day, estimated, reports,
                       CASE %(measure)s WHEN 'win' THEN win WHEN 'mac' THEN mac
                           WHEN 'lin' THEN lin WHEN 'android' THEN android
                           WHEN 'browser' THEN browser WHEN 'plugin' THEN plugin
                           WHEN 'content' THEN content WHEN 'hang' THEN hang
                           WHEN 'startup' THEN startup ELSE reports END AS measure
                FROM top_crashers
                WHERE signature_id = ANY(ARRAY(SELECT signature_id FROM signatures
                                               WHERE signature = ANY(%(signatures)s::text[])))
                  AND product_version_id = ANY(%(versions)s::int[])
                  AND day >= %(start)s AND day < %(end)s) AS measured
          GROUP BY signature_id, day) AS counted
    GROUP BY signature_id) AS trends USING (signature_id)
WHERE signature = ANY(%(signatures)s::text[])

-- name: findings
-- The first finding of the latest comparison that was more frequent with the signature.
SELECT DISTINCT ON (signature) signature, attribute, value,
       count::float8 / correlation_signatures.installs AS share,
       other_count::float8 / nullif(correlation_lines.installs - correlation_signatures.installs, 0)
           AS other_share
FROM correlations
JOIN correlation_signatures USING (signature, product, channel, day)
JOIN correlation_lines USING (product, channel, day)
WHERE signature = ANY(%(signatures)s::text[]) AND product = %(product)s
  AND (%(channel)s::text IS NULL OR channel = lower(%(channel)s)) AND day >= %(since)s
  AND state = 'kept' AND difference > 0
ORDER BY signature, day DESC, correlation_signatures.installs DESC, correlations.rank
