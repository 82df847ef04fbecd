"""Roles in Postgres: an owner of the schema, and one role for each service that uses the database.

What a role may do is in sql/roles.sql, which `socorro migrate` runs as the owner. Roles belong to
the whole server, so a migration does not make them: `socorro run` does in its own Postgres, and
elsewhere an administrator does, with what `socorro migrate --print-grants` prints. Where the roles
do not exist, services work as before, with whatever role their connection string names.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from psycopg2 import extensions, sql

import sql as schema
from socorro.postgres import Connection, column, execute, rows

OWNER: Final = "socorro_owner"  # of the schema in the Postgres of `socorro run`
ROLES: Final[Mapping[str, str]] = {
    service: f"socorro_{service}"
    for service in ("monitor", "processor", "cron", "middleware", "webapp")
}
GRANTS: Final = (Path(schema.__file__).parent / "roles.sql").read_text()

_MISSING = "SELECT name FROM unnest(%(names)s) AS name WHERE to_regrole(name) IS NULL"

_STANDING = """
    SELECT current_user::text, rolsuper,
           EXISTS (SELECT FROM pg_class
                   WHERE oid = to_regclass('public.jobs') AND pg_has_role(relowner, 'USAGE'))
    FROM pg_roles WHERE rolname = current_user
"""

# What an earlier version made as another role; indexes and sequences of a column go with its table.
_OF_OTHERS = """
    SELECT format('ALTER SCHEMA auth OWNER TO %%I', %(owner)s)
    FROM pg_namespace WHERE nspname = 'auth' AND nspowner <> %(owner)s::regrole
    UNION ALL
    SELECT format('ALTER %%s %%s OWNER TO %%I',
                  CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, oid::regclass, %(owner)s)
    FROM pg_class
    WHERE relnamespace IN (to_regnamespace('public'), to_regnamespace('auth'))
      AND relkind IN ('r', 'p', 'v') AND relowner <> %(owner)s::regrole
    UNION ALL
    SELECT format('ALTER ROUTINE %%s OWNER TO %%I', oid::regprocedure, %(owner)s)
    FROM pg_proc
    WHERE pronamespace IN (to_regnamespace('public'), to_regnamespace('auth'))
      AND proowner <> %(owner)s::regrole
"""


class Standing(NamedTuple):
    """Which role a connection string leads to, and whether it may do more than a service needs."""

    role: str
    is_superuser: bool
    is_owner: bool  # of the tables, or a member of their owner


def standing(db: Connection) -> Standing:
    """Return what the role of a connection may do."""
    [role] = rows(db, _STANDING, Standing)
    return role


def missing(db: Connection) -> list[str]:
    """Return the roles of services that this server does not have."""
    return column(db, _MISSING, names=list(ROLES.values()))


def grant(db: Connection) -> bool:
    """Grant each role what its service needs, and no more; False when there are no roles."""
    if missing(db):
        return False
    with db.cursor() as cursor:
        cursor.execute(GRANTS)
    return True


def script() -> str:
    """Return what an administrator runs in a server of their own, after migrating."""
    lines = [
        "-- Run as an administrator, in the database, after `socorro migrate`; safe to repeat.",
        "-- Then give each role a way to sign in (in psql: \\password socorro_monitor), and each",
        "-- service its connection string: SOCORRO_MONITOR_DATABASE and so on.",
        "DO $$",
        "BEGIN",
        *(
            f"    IF to_regrole('{role}') IS NULL THEN CREATE ROLE {role} LOGIN; END IF;"
            for role in ROLES.values()
        ),
        "END",
        "$$;",
    ]
    return "\n".join(lines) + f"\n\n{GRANTS}"


def create(admin: Connection, passwords: Mapping[str, str | None]) -> None:
    """Make the owner and the roles of services, with *passwords* by role; safe to repeat.

    *admin* is a superuser's connection. A password is sent as its SCRAM verifier.
    """
    for role in column(admin, _MISSING, names=[OWNER, *ROLES.values()]):
        execute(admin, _statement("CREATE ROLE {} LOGIN", admin, role))
    for role, password in passwords.items():
        if password is not None:
            verifier = extensions.encrypt_password(password, role, admin, "scram-sha-256")
            execute(
                admin, _statement("ALTER ROLE {} PASSWORD %(verifier)s", admin, role),
                verifier=verifier,
            )  # fmt: skip


def hand_over(admin: Connection, database: str) -> int:
    """Make OWNER the owner of *database*, in which *admin* is, and of all that is in it.

    Return how many objects of an earlier version had another owner. Safe to repeat: each is a
    statement of its own, as a transaction would have to lock all tables of all weeks.
    """
    execute(admin, _statement("ALTER DATABASE {} OWNER TO {}", admin, database, OWNER))
    execute(admin, _statement("REVOKE ALL ON DATABASE {} FROM PUBLIC", admin, database))
    for role in ROLES.values():
        execute(admin, _statement("GRANT CONNECT ON DATABASE {} TO {}", admin, database, role))
    cron = ROLES["cron"]
    execute(admin, _statement("GRANT TEMPORARY ON DATABASE {} TO {}", admin, database, cron))
    statements = column(admin, _OF_OTHERS, owner=OWNER)
    for statement in statements:
        execute(admin, statement)
    return len(statements)


def _statement(text: str, db: Connection, *names: str) -> str:
    return sql.SQL(text).format(*map(sql.Identifier, names)).as_string(db)
