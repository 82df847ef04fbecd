-- 0045: users who sign in through an identity provider (OIDC), by its name for them.
-- Lock: none that anybody waits for (a new table only).
-- depends: 0020_auth

CREATE TABLE auth.identities (
    user_id integer PRIMARY KEY REFERENCES auth.auth_user ON DELETE CASCADE,
    issuer  text    NOT NULL,
    subject text    NOT NULL,
    UNIQUE (issuer, subject)
);
COMMENT ON TABLE auth.identities IS
    'Users that an identity provider vouches for; users without a row sign in by password only.';
COMMENT ON COLUMN auth.identities.issuer IS 'The provider, as its tokens name it.';
COMMENT ON COLUMN auth.identities.subject IS
    'The provider''s own name for the user, which never changes and is never given to another.';
