-- name: by_url
-- Pages with the crashes of as many days before, and their top signature that several people had.
WITH counted AS (
    SELECT url_id, domain, url, sum(reports)::int AS reports, sum(sum(reports)) OVER () AS total
    FROM url_counts JOIN urls USING (url_id)
    WHERE product_version_id = ANY((SELECT each_version(%(versions)s::int[]))::int[])
      AND day >= %(start)s AND day < %(end)s
    GROUP BY url_id, domain, url
), listed AS (
    SELECT *, row_number() OVER (ORDER BY url = '', right(domain, 8) = '_BLOCKED',
                                         reports DESC, url, domain) AS place
    FROM counted
    WHERE %(domain)s::text IS NULL OR domain = %(domain)s
    ORDER BY place
    LIMIT %(most)s OFFSET %(skip)s
), before AS (
    SELECT url_id, sum(reports)::int AS reports
    FROM url_counts
    WHERE product_version_id = ANY((SELECT each_version(%(versions)s::int[]))::int[])
      AND day >= %(before)s AND day < %(start)s
    GROUP BY url_id
), signed AS (
    SELECT DISTINCT ON (url_id) url_id, signature
    FROM (SELECT url_id, signature_id, sum(reports) AS reports
          FROM url_signatures
          WHERE product_version_id = ANY((SELECT each_version(%(versions)s::int[]))::int[])
            AND day >= %(start)s AND day < %(end)s
            AND url_id IN (SELECT url_id FROM listed)
          GROUP BY url_id, signature_id) AS summed
    JOIN signatures USING (signature_id)
    ORDER BY url_id, reports DESC, signature COLLATE "C"
)
SELECT coalesce(nullif(url, ''), %(rare)s), coalesce(nullif(domain, ''), %(rare)s),
       listed.reports, listed.reports * 100 / total::float8,
       CASE WHEN EXISTS (SELECT FROM before) THEN coalesce(before.reports, 0) END, signature
FROM listed LEFT JOIN before USING (url_id) LEFT JOIN signed USING (url_id)
ORDER BY place

-- name: by_domain
WITH counted AS (
    SELECT domain, sum(reports)::int AS reports, sum(sum(reports)) OVER () AS total,
           (count(DISTINCT url) FILTER (WHERE url <> ''))::int AS pages
    FROM url_counts JOIN urls USING (url_id)
    WHERE product_version_id = ANY((SELECT each_version(%(versions)s::int[]))::int[])
      AND day >= %(start)s AND day < %(end)s
    GROUP BY domain
), listed AS (
    SELECT *, row_number() OVER (ORDER BY domain = '', right(domain, 8) = '_BLOCKED',
                                         reports DESC, domain) AS place
    FROM counted
    ORDER BY place
    LIMIT %(most)s OFFSET %(skip)s
), before AS (
    SELECT domain, sum(reports)::int AS reports
    FROM url_counts JOIN urls USING (url_id)
    WHERE product_version_id = ANY((SELECT each_version(%(versions)s::int[]))::int[])
      AND day >= %(before)s AND day < %(start)s
    GROUP BY domain
), signed AS (
    SELECT DISTINCT ON (domain) domain, signature
    FROM (SELECT domain, signature_id, sum(reports) AS reports
          FROM url_signatures JOIN urls USING (url_id)
          WHERE product_version_id = ANY((SELECT each_version(%(versions)s::int[]))::int[])
            AND day >= %(start)s AND day < %(end)s
            AND domain IN (SELECT domain FROM listed)
          GROUP BY domain, signature_id) AS summed
    JOIN signatures USING (signature_id)
    ORDER BY domain, reports DESC, signature COLLATE "C"
)
SELECT coalesce(nullif(domain, ''), %(rare)s), listed.reports,
       listed.reports * 100 / total::float8, pages,
       CASE WHEN EXISTS (SELECT FROM before) THEN coalesce(before.reports, 0) END, signature
FROM listed LEFT JOIN before USING (domain) LEFT JOIN signed USING (domain)
ORDER BY place

-- name: signatures_of
SELECT signature, sum(reports)::int AS reports
FROM urls
JOIN url_signatures USING (url_id)
JOIN signatures USING (signature_id)
WHERE product_version_id = ANY((SELECT each_version(%(versions)s::int[]))::int[])
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
  AND product_version_id = ANY((SELECT each_version(%(versions)s::int[]))::int[])
  AND day >= %(start)s AND day < %(end)s
GROUP BY url
ORDER BY reports DESC, url
LIMIT %(most)s
