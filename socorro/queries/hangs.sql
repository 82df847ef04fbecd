-- name: pairs
SELECT hang_pairs.day, hang_id, product, version, browser_crash_id, plugin_crash_id,
       browser.signature, plugin.signature, flash_version, duplicates::text[]
FROM hang_pairs
JOIN product_versions USING (product_version_id)
JOIN signatures AS browser ON browser.signature_id = browser_signature_id
JOIN signatures AS plugin ON plugin.signature_id = plugin_signature_id
LEFT JOIN flash_versions USING (flash_version_id)
WHERE hang_pairs.day >= %(start)s AND hang_pairs.day < %(end)s
  AND product_version_id = ANY((SELECT each_version(%(versions)s::int[]))::int[])
ORDER BY hang_pairs.day DESC, plugin_submitted_at DESC, hang_id
LIMIT %(most)s OFFSET %(skip)s

-- name: counts
-- Grouped by id: to sort hangs by the text of two signatures took most of the time.
WITH counted AS (
    SELECT browser_signature_id, plugin_signature_id, count(*)::int AS pair_count,
           array_agg(DISTINCT flash_version_id) AS flash_version_ids,
           (array_agg(browser_crash_id ORDER BY plugin_submitted_at DESC, hang_id))[1] AS browser,
           (array_agg(plugin_crash_id ORDER BY plugin_submitted_at DESC, hang_id))[1] AS plugin
    FROM hang_pairs
    WHERE day >= %(start)s AND day < %(end)s
      AND product_version_id = ANY((SELECT each_version(%(versions)s::int[]))::int[])
    GROUP BY browser_signature_id, plugin_signature_id
)
SELECT browser.signature, plugin.signature, pair_count,
       ARRAY(SELECT flash_version FROM flash_versions
             WHERE flash_version_id = ANY(flash_version_ids) ORDER BY flash_version),
       counted.browser::text, counted.plugin::text
FROM counted
JOIN signatures AS browser ON browser.signature_id = browser_signature_id
JOIN signatures AS plugin ON plugin.signature_id = plugin_signature_id
ORDER BY pair_count DESC, browser.signature COLLATE "C", plugin.signature COLLATE "C"
LIMIT %(most)s OFFSET %(skip)s

-- name: days
SELECT day, pairs, browser, plugin
FROM hang_halves
WHERE day >= %(start)s AND day < %(end)s
ORDER BY day DESC
