-- name: add
INSERT INTO auth.auth_user (
    username, email, password, date_joined,
    first_name, last_name, is_superuser, is_staff, is_active
)
VALUES (%(user)s, %(email)s, %(password)s, %(now)s, '', '', false, false, true)
ON CONFLICT (username) DO NOTHING

-- name: listed
-- By name; *user* NULL: all.
SELECT
    person.username,
    person.is_active,
    person.date_joined,
    person.last_login,
    ARRAY(
        SELECT auth_group.name FROM auth.auth_user_groups AS member
        JOIN auth.auth_group ON auth_group.id = member.group_id
        WHERE member.user_id = person.id ORDER BY auth_group.name
    ),
    ARRAY(
        SELECT held.permission FROM auth.held
        WHERE held.user_id = person.id ORDER BY held.permission
    ),
    (SELECT count(*) FROM auth.tokens WHERE tokens.user_id = person.id)
FROM auth.auth_user AS person
WHERE %(user)s::text IS NULL OR person.username = %(user)s
ORDER BY person.username

-- name: groups
SELECT
    auth_group.name,
    ARRAY(
        SELECT permission.codename FROM auth.auth_group_permissions AS granted
        JOIN auth.auth_permission AS permission ON permission.id = granted.permission_id
        WHERE granted.group_id = auth_group.id ORDER BY permission.codename
    )
FROM auth.auth_group
ORDER BY auth_group.name

-- name: join
INSERT INTO auth.auth_user_groups (user_id, group_id)
SELECT person.id, auth_group.id
FROM auth.auth_user AS person
JOIN auth.auth_group ON auth_group.name = ANY (%(groups)s::text[])
WHERE person.username = %(user)s
ON CONFLICT (user_id, group_id) DO NOTHING

-- name: leave
DELETE FROM auth.auth_user_groups AS member
USING auth.auth_user AS person, auth.auth_group
WHERE person.id = member.user_id AND auth_group.id = member.group_id
  AND person.username = %(user)s AND auth_group.name = ANY (%(groups)s::text[])

-- name: set_active
UPDATE auth.auth_user SET is_active = %(active)s WHERE username = %(user)s

-- name: set_password
UPDATE auth.auth_user SET password = %(password)s WHERE username = %(user)s

-- name: remove
DELETE FROM auth.auth_user WHERE username = %(user)s
