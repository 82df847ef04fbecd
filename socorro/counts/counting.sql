-- name: limit
SELECT set_config('statement_timeout', '0', true)

-- name: versions
SELECT update_product_versions()

-- name: unmark
-- In the transaction that counts the day: it waits for those who hold a mark.
SELECT take_marks(%(day)s::date::timestamp AT TIME ZONE 'UTC',
                  (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC')

-- name: counts
SELECT backfill_counts(%(day)s)

-- name: installs
SELECT update_adi(%(day)s, false)

-- name: duplicates
SELECT backfill_duplicates(%(day)s)

-- name: hang_pairs
SELECT update_hang_pairs(%(day)s, false)

-- name: signatures
SELECT update_signatures()

-- name: ranks
SELECT update_top_crasher_ranks(%(last)s)
