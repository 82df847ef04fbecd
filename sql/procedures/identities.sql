-- Users who sign in through an identity provider; run again at any time.

-- Runs as the owner: pages add only users of this kind, without any password, and change only their
-- groups. A user whom an administrator added is never touched, whatever the provider says.
CREATE OR REPLACE FUNCTION auth.sign_in_identity(
    its_issuer text, its_subject text, name text, email text, joins text[], managed text[]
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = auth, pg_temp AS $$
DECLARE
    person integer;
BEGIN
    -- Two first sign-ins of one user at the same time take turns.
    PERFORM pg_advisory_xact_lock(hashtextextended(its_issuer || ' ' || its_subject, 45));
    SELECT user_id INTO person FROM identities
    WHERE issuer = its_issuer AND subject = its_subject;
    IF person IS NULL THEN
        INSERT INTO auth_user (
            username, email, password, date_joined,
            first_name, last_name, is_superuser, is_staff, is_active
        )
        VALUES (
            name, sign_in_identity.email,
            '!' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
            now(), '', '', false, false, true
        )
        ON CONFLICT (username) DO NOTHING
        RETURNING id INTO person;
        IF person IS NULL THEN
            RETURN NULL;
        END IF;
        INSERT INTO identities (user_id, issuer, subject) VALUES (person, its_issuer, its_subject);
    END IF;
    DELETE FROM auth_user_groups AS member USING auth_group
    WHERE member.user_id = person AND auth_group.id = member.group_id
      AND auth_group.name = ANY (managed) AND auth_group.name <> ALL (joins);
    INSERT INTO auth_user_groups (user_id, group_id)
    SELECT person, auth_group.id FROM auth_group
    WHERE auth_group.name = ANY (joins) AND auth_group.name = ANY (managed)
    ON CONFLICT (user_id, group_id) DO NOTHING;
    RETURN person;
END
$$;
COMMENT ON FUNCTION auth.sign_in_identity(text, text, text, text, text[], text[]) IS
    'The user of an identity, added at the first sign-in; of the managed groups they are in those '
    'of joins afterwards. NULL: another user has the name.';
