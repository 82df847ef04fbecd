-- name: by_url
WITH counted AS (
    SELECT domain, url, sum(reports)::int AS reports, sum(sum(reports)) OVER () AS total
    FROM url_counts JOIN urls USING (url_id)
    WHERE product_version_id = ANY(each_version(%(versions)s::int[]))
      AND day >= %(start)s AND day < %(end)s
    GROUP BY domain, url
)
SELECT coalesce(nullif(url, ''), %(rare)s), coalesce(nullif(domain, ''), %(rare)s), reports,
       reports * 100 / total::float8
FROM counted
WHERE %(domain)s::text IS NULL OR domain = %(domain)s
ORDER BY url = '', reports DESC, url, domain
LIMIT %(most)s OFFSET %(skip)s

-- name: by_domain
WITH counted AS (
    SELECT domain, sum(reports)::int AS reports, sum(sum(reports)) OVER () AS total,
           (count(DISTINCT url) FILTER (WHERE url <> ''))::int AS pages
    FROM url_counts JOIN urls USING (url_id)
    WHERE product_version_id = ANY(each_version(%(versions)s::int[]))
      AND day >= %(start)s AND day < %(end)s
    GROUP BY domain
)
SELECT coalesce(nullif(domain, ''), %(rare)s), reports, reports * 100 / total::float8, pages
FROM counted
ORDER BY domain = '', reports DESC, domain
LIMIT %(most)s OFFSET %(skip)s

-- name: signatures_of
SELECT signature, sum(reports)::int AS reports
FROM urls
JOIN url_signatures USING (url_id)
JOIN signatures USING (signature_id)
WHERE product_version_id = ANY(each_version(%(versions)s::int[]))
  AND day >= %(start)s AND day < %(end)s
  AND (%(url)s::text IS NULL OR url = %(url)s)
  AND (%(domain)s::text IS NULL OR domain = %(domain)s)
GROUP BY signature
ORDER BY reports DESC, signature COLLATE "C"
LIMIT %(most)s

-- name: urls_of
SELECT url, sum(reports)::int AS reports
FROM signatures
JOIN url_signatures USING (signature_id)
JOIN urls USING (url_id)
WHERE signature = %(signature)s AND url <> ''
  AND product_version_id = ANY(each_version(%(versions)s::int[]))
  AND day >= %(start)s AND day < %(end)s
GROUP BY url
ORDER BY reports DESC, url
LIMIT %(most)s
