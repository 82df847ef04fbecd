-- name: scan
SELECT day, first_day, crashes, flipped, machines, base_share, notes
FROM hardware_scans
WHERE %(day)s::date IS NULL OR day = %(day)s
ORDER BY day DESC
LIMIT 1

-- name: suspects
SELECT os_name, os_version, cpu_info, cpu_microcode_version, graphics, memory_bytes, crashes,
       flipped, signatures, chance, signature, count(*) OVER ()
FROM hardware_suspects
WHERE day = %(day)s
ORDER BY place
LIMIT %(most)s OFFSET %(skip)s
