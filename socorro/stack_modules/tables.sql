-- name: forget_scan
DELETE FROM module_scans WHERE kind = %(kind)s AND (day = %(day)s OR day < %(before)s)

-- name: forget_mixed
DELETE FROM mixed_installs WHERE day = %(day)s OR day < %(before)s

-- name: forget_foreign
DELETE FROM foreign_modules WHERE day = %(day)s OR day < %(before)s

-- name: forget_suspicious
DELETE FROM suspicious_modules WHERE day = %(day)s OR day < %(before)s

-- name: save_scan
INSERT INTO module_scans (day, kind, first_day, crashes, one_in, notes)
VALUES (%(day)s, %(kind)s, %(first)s, %(crashes)s, %(one_in)s, %(notes)s)

-- name: save_mixed
INSERT INTO mixed_installs (day, product, release_channel, signature, installs, crashes,
                            mixed_installs, mixed_crashes, place)
SELECT %(day)s, product, release_channel, signature, installs, crashes,
       mixed_installs, mixed_crashes, place
FROM unnest(%(product)s::text[], %(release_channel)s::text[], %(signature)s::text[],
            %(installs)s::integer[], %(crashes)s::integer[], %(mixed_installs)s::integer[],
            %(mixed_crashes)s::integer[], %(place)s::integer[])
     AS mixed (product, release_channel, signature, installs, crashes, mixed_installs,
               mixed_crashes, place)

-- name: save_foreign
INSERT INTO foreign_modules (day, place, product, os_name, build_id, filename, debug_id, of_build,
                             rule, share, owner_share, installs, crashes, signature,
                             signature_installs, distribution, distribution_installs)
VALUES (%(day)s, %(place)s, %(product)s, %(os_name)s, %(build)s, %(file)s, %(debug_id)s, %(owner)s,
        %(rule)s, %(share)s, %(owner_share)s, %(installs)s, %(crashes)s, %(signature)s,
        %(signature_installs)s, %(distribution)s, %(distribution_installs)s)

-- name: save_suspicious
INSERT INTO suspicious_modules (day, product, name, names, name_count, debug_ids, debug_id_count,
                                points, reasons, installs, crashes, first_day, is_signed,
                                signature, signature_installs)
VALUES (%(day)s, %(product)s, %(name)s, %(names)s, %(name_count)s, %(debug_ids)s,
        %(debug_id_count)s, %(points)s, %(reasons)s, %(installs)s, %(crashes)s, %(first)s,
        %(signed)s, %(signature)s, %(signature_installs)s)

-- name: certificates
-- Names of modules on the stacks of crashes that say which modules have a certificate: in how many
-- crashes, and in how many of these the module has one. The newest crashes only.
WITH crashes AS MATERIALIZED (
    SELECT fields FROM reports
    WHERE submitted_at >= %(start)s AND submitted_at < %(end)s AND product = %(product)s
      AND jsonb_typeof(fields -> 'module_certificates') = 'array'
    ORDER BY submitted_at DESC
    LIMIT %(most)s
), stacks AS (
    SELECT DISTINCT row_number, lower(regexp_replace(entry, '/[^/]*$', '')) AS name, signed
    FROM (SELECT row_number() OVER () AS row_number, fields ->> 'modules_in_stack' AS stack,
                 (SELECT array_agg(DISTINCT lower(name #>> '{}'))
                  FROM jsonb_path_query(fields, '$.module_certificates[*].modules[*]') AS name)
                     AS signed
          FROM crashes) AS numbered,
         string_to_table(stack, ';') AS entry
)
SELECT name, count(*)::int, count(*) FILTER (WHERE name = ANY(signed))::int
FROM stacks
WHERE name = ANY(%(names)s::text[])
GROUP BY name
