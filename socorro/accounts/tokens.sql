-- name: find
-- Owner and current permissions of a token; no row for an inactive owner or after its expiry.
SELECT
    token.id,
    person.username,
    ARRAY(
        SELECT held.permission FROM auth.held
        WHERE held.user_id = person.id AND held.permission = ANY (token.permissions)
    )
FROM auth.tokens AS token
JOIN auth.auth_user AS person ON person.id = token.user_id
WHERE token.hash = %(hash)s AND token.expires_at > %(now)s AND person.is_active

-- name: create
INSERT INTO auth.tokens (user_id, hash, permissions, note, created_at, expires_at)
SELECT person.id, %(hash)s, %(permissions)s::text[], %(note)s, %(now)s, %(expires)s
FROM auth.auth_user AS person
WHERE person.username = %(user)s AND person.is_active
  AND %(permissions)s::text[] <@ ARRAY(
      SELECT held.permission::text FROM auth.held WHERE held.user_id = person.id
  )

-- name: of_user
-- Newest first.
SELECT
    token.id,
    token.note,
    token.permissions,
    ARRAY(
        SELECT held.permission FROM auth.held
        WHERE held.user_id = person.id AND held.permission = ANY (token.permissions)
    ),
    token.created_at,
    token.expires_at
FROM auth.tokens AS token
JOIN auth.auth_user AS person ON person.id = token.user_id
WHERE person.username = %(user)s
ORDER BY token.id DESC

-- name: count
SELECT count(*)
FROM auth.tokens AS token
JOIN auth.auth_user AS person ON person.id = token.user_id
WHERE person.username = %(user)s

-- name: revoke
DELETE FROM auth.tokens AS token
USING auth.auth_user AS person
WHERE token.id = %(token_id)s AND person.id = token.user_id AND person.username = %(user)s

-- name: revoke_all
DELETE FROM auth.tokens AS token
USING auth.auth_user AS person
WHERE person.id = token.user_id AND person.username = %(user)s

-- name: holds
SELECT
    person.is_active,
    ARRAY(SELECT held.permission::text FROM auth.held WHERE held.user_id = person.id)
FROM auth.auth_user AS person
WHERE person.username = %(user)s
