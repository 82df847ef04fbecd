-- name: sign_in
SELECT auth.sign_in_identity(
    %(issuer)s, %(subject)s, %(name)s, %(email)s, %(groups)s::text[], %(managed)s::text[]
)

-- name: leave
-- Of the groups that the provider decides about, a user who may not sign in keeps none.
SELECT auth.sign_in_identity(issuer, subject, '', '', '{}', %(managed)s::text[])
FROM auth.identities
WHERE issuer = %(issuer)s AND subject = %(subject)s
