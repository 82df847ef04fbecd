-- name: kept
SELECT bug_id FROM bugs WHERE bug_id = ANY (%(bug_ids)s::bigint[])

-- name: keep
-- A source that does not name duplicates (CSV) leaves those that are kept.
INSERT INTO bugs AS kept (bug_id, status, resolution, summary, duplicate_of, changed_at, source)
SELECT read.bug_id, status, resolution, summary, duplicate_of, changed_at, %(source)s
FROM unnest(%(bug_ids)s::bigint[], %(statuses)s::text[], %(resolutions)s::text[],
            %(summaries)s::text[], %(duplicates)s::bigint[], %(changes)s::timestamptz[])
     AS read (bug_id, status, resolution, summary, duplicate_of, changed_at)
ON CONFLICT (bug_id) DO UPDATE SET
    status = excluded.status, resolution = excluded.resolution, summary = excluded.summary,
    duplicate_of = CASE WHEN excluded.resolution <> 'DUPLICATE' THEN NULL
                        ELSE coalesce(excluded.duplicate_of, kept.duplicate_of) END,
    changed_at = coalesce(excluded.changed_at, kept.changed_at), source = excluded.source
WHERE (kept.status, kept.resolution, kept.summary)
      IS DISTINCT FROM (excluded.status, excluded.resolution, excluded.summary)
   OR kept.duplicate_of IS DISTINCT FROM coalesce(excluded.duplicate_of, kept.duplicate_of)
   OR kept.changed_at IS DISTINCT FROM coalesce(excluded.changed_at, kept.changed_at)

-- name: end
-- Signatures that a bug no longer names.
UPDATE bug_signatures AS kept SET until = now()
WHERE bug_id = ANY (%(bug_ids)s::bigint[]) AND until IS NULL
  AND NOT EXISTS (
    SELECT FROM unnest(%(named_ids)s::bigint[], %(signatures)s::text[]) AS named (bug_id, signature)
    WHERE named.bug_id = kept.bug_id AND named.signature = kept.signature)

-- name: name
INSERT INTO bug_signatures (bug_id, signature)
SELECT bug_id, signature
FROM unnest(%(named_ids)s::bigint[], %(signatures)s::text[]) AS named (bug_id, signature)
WHERE NOT EXISTS (
    SELECT FROM bug_signatures AS kept
    WHERE kept.bug_id = named.bug_id AND kept.signature = named.signature
      AND kept.until IS NULL)
