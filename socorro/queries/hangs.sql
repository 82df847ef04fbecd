-- name: pairs
SELECT hang_pairs.day, hang_id, product, version, browser_crash_id, plugin_crash_id,
       browser.signature, plugin.signature, flash_version, duplicates::text[]
FROM hang_pairs
JOIN product_versions USING (product_version_id)
JOIN signatures AS browser ON browser.signature_id = browser_signature_id
JOIN signatures AS plugin ON plugin.signature_id = plugin_signature_id
LEFT JOIN flash_versions USING (flash_version_id)
WHERE hang_pairs.day >= %(start)s AND hang_pairs.day < %(end)s
  AND product_version_id = ANY(each_version(%(versions)s::int[]))
ORDER BY hang_pairs.day DESC, plugin_submitted_at DESC, hang_id
LIMIT %(most)s OFFSET %(skip)s

-- name: counts
SELECT browser.signature, plugin.signature, count(*)::int AS pair_count,
       coalesce(array_agg(DISTINCT flash_version) FILTER (WHERE flash_version IS NOT NULL), '{}'),
       (array_agg(browser_crash_id::text ORDER BY plugin_submitted_at DESC, hang_id))[1],
       (array_agg(plugin_crash_id::text ORDER BY plugin_submitted_at DESC, hang_id))[1]
FROM hang_pairs
JOIN signatures AS browser ON browser.signature_id = browser_signature_id
JOIN signatures AS plugin ON plugin.signature_id = plugin_signature_id
LEFT JOIN flash_versions USING (flash_version_id)
WHERE hang_pairs.day >= %(start)s AND hang_pairs.day < %(end)s
  AND product_version_id = ANY(each_version(%(versions)s::int[]))
GROUP BY browser.signature, plugin.signature
ORDER BY pair_count DESC, browser.signature COLLATE "C", plugin.signature COLLATE "C"
LIMIT %(most)s OFFSET %(skip)s

-- name: days
SELECT day, pairs, browser, plugin
FROM hang_halves
WHERE day >= %(start)s AND day < %(end)s
ORDER BY day DESC
