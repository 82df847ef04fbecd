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

-- name: of_machine
SELECT os_name, os_version, cpu_info, cpu_microcode_version, graphics, memory_bytes, crashes,
       flipped, signatures, chance, signature, 1
FROM hardware_suspects
WHERE day = (SELECT max(day) FROM hardware_scans)
  AND os_name = %(os_name)s AND os_version = %(os_version)s AND cpu_info = %(cpu_info)s
  AND cpu_microcode_version = %(cpu_microcode_version)s AND graphics = %(graphics)s
  AND memory_bytes = %(memory_bytes)s
LIMIT 1
