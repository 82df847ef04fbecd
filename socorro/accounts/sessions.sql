-- name: forget_ended
DELETE FROM auth.django_session WHERE expire_date < %(now)s

-- name: user_id
SELECT person.id FROM auth.auth_user AS person WHERE person.username = %(user)s

-- name: stored
SELECT session_key, session_data FROM auth.django_session

-- name: end
DELETE FROM auth.django_session WHERE session_key = ANY (%(keys)s::text[])
