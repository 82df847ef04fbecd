-- name: link
INSERT INTO auth.identities (user_id, issuer, subject)
SELECT id, %(issuer)s, %(subject)s FROM auth.auth_user WHERE username = %(user)s
ON CONFLICT DO NOTHING

-- name: unlink
DELETE FROM auth.identities USING auth.auth_user
WHERE auth_user.id = identities.user_id AND auth_user.username = %(user)s
