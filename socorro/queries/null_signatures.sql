-- name: shares
-- Crashes of a version, and those with an empty signature; ADI is not needed for shares.
SELECT coalesce(sum(reports), 0)::bigint,
       coalesce(sum(reports) FILTER (WHERE is_null_signature(signature)), 0)::bigint
FROM top_crashers JOIN signatures USING (signature_id)
WHERE product_version_id = ANY(%(versions)s::int[]) AND day >= %(start)s AND day < %(end)s
