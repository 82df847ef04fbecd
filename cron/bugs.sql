-- name: known
SELECT bug_id FROM bugs WHERE bug_id = ANY (%(bug_ids)s::bigint[])

-- name: keep
-- A source that does not tell of duplicates (CSV) leaves what is known of them.
INSERT INTO bugs AS known (bug_id, status, resolution, summary, duplicate_of, changed_at, source)
SELECT told.bug_id, status, resolution, summary, duplicate_of, changed_at, %(source)s
FROM unnest(%(bug_ids)s::bigint[], %(statuses)s::text[], %(resolutions)s::text[],
            %(summaries)s::text[], %(duplicates)s::bigint[], %(changes)s::timestamptz[])
     AS told (bug_id, status, resolution, summary, duplicate_of, changed_at)
ON CONFLICT (bug_id) DO UPDATE SET
    status = excluded.status, resolution = excluded.resolution, summary = excluded.summary,
    duplicate_of = CASE WHEN excluded.resolution <> 'DUPLICATE' THEN NULL
                        ELSE coalesce(excluded.duplicate_of, known.duplicate_of) END,
    changed_at = coalesce(excluded.changed_at, known.changed_at), source = excluded.source
WHERE (known.status, known.resolution, known.summary)
      IS DISTINCT FROM (excluded.status, excluded.resolution, excluded.summary)
   OR known.duplicate_of IS DISTINCT FROM coalesce(excluded.duplicate_of, known.duplicate_of)
   OR known.changed_at IS DISTINCT FROM coalesce(excluded.changed_at, known.changed_at)

-- name: end
-- What a bug names no longer.
UPDATE bug_signatures AS known SET until = now()
WHERE bug_id = ANY (%(bug_ids)s::bigint[]) AND until IS NULL
  AND NOT EXISTS (
    SELECT FROM unnest(%(named_ids)s::bigint[], %(signatures)s::text[]) AS named (bug_id, signature)
    WHERE named.bug_id = known.bug_id AND named.signature = known.signature)

-- name: name
INSERT INTO bug_signatures (bug_id, signature)
SELECT bug_id, signature
FROM unnest(%(named_ids)s::bigint[], %(signatures)s::text[]) AS named (bug_id, signature)
WHERE NOT EXISTS (
    SELECT FROM bug_signatures AS known
    WHERE known.bug_id = named.bug_id AND known.signature = named.signature
      AND known.until IS NULL)
