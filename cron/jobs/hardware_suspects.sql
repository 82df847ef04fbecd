-- name: forget
-- What the day had, and what is very old; suspects go with their scan.
DELETE FROM hardware_scans WHERE day = %(day)s OR day < %(before)s

-- name: save_scan
INSERT INTO hardware_scans (day, first_day, crashes, flipped, machines, base_share, notes)
VALUES (%(day)s, %(first)s, %(crashes)s, %(flipped)s, %(machines)s, %(share)s, %(notes)s::text[])

-- name: save_suspect
INSERT INTO hardware_suspects
    (day, place, os_name, os_version, cpu_info, cpu_microcode_version, graphics, memory_bytes,
     crashes, flipped, signatures, chance, signature)
VALUES (%(day)s, %(place)s, %(os_name)s, %(os_version)s, %(cpu_info)s, %(cpu_microcode_version)s,
        %(graphics)s, %(memory_bytes)s, %(crashes)s, %(flipped)s, %(signatures)s, %(chance)s,
        %(signature)s)
