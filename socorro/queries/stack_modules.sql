-- name: scan
SELECT day, first_day, crashes, one_in, notes
FROM module_scans
WHERE kind = %(kind)s AND (%(day)s::date IS NULL OR day = %(day)s)
ORDER BY day DESC
LIMIT 1

-- name: channels
SELECT product, release_channel, installs, crashes, mixed_installs, mixed_crashes
FROM mixed_installs
WHERE day = %(day)s AND signature = ''
  AND (%(product)s::text IS NULL OR product = %(product)s)
  AND (%(channel)s::text IS NULL OR release_channel = %(channel)s)
ORDER BY mixed_installs DESC, installs DESC, product, release_channel

-- name: mixes
SELECT product, release_channel, mixed.signature, mixed.installs, mixed.crashes, mixed_installs,
       mixed_crashes, os_name, build_id, filename, debug_id, of_build, rule, share, owner_share,
       distribution, distribution_installs, modules.installs
FROM mixed_installs AS mixed
JOIN foreign_modules AS modules USING (day, product, place)
WHERE day = %(day)s AND mixed.signature <> ''
  AND (%(product)s::text IS NULL OR product = %(product)s)
  AND (%(channel)s::text IS NULL OR release_channel = %(channel)s)
  AND (%(signature)s::text IS NULL OR mixed.signature = %(signature)s)
ORDER BY mixed_installs DESC, mixed_crashes DESC, mixed.signature COLLATE "C", product,
         release_channel
LIMIT %(most)s OFFSET %(skip)s

-- name: suspects
SELECT product, name, names, name_count, debug_ids, debug_id_count, points, reasons, installs,
       crashes, first_day, is_signed, signature, signature_installs
FROM suspicious_modules
WHERE day = %(day)s AND (%(product)s::text IS NULL OR product = %(product)s)
ORDER BY points DESC, installs DESC, product, name COLLATE "C"
LIMIT %(most)s OFFSET %(skip)s
