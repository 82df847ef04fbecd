"""Each service has a role in Postgres that may do what the service needs, and no more."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import psycopg2
import pytest
from psycopg2.errors import InsufficientPrivilege
from psycopg2.extensions import make_dsn

from monitor.chores import measure, requeue_missed, sweep
from monitor.reaper import Reaper
from socorro import jobs, migrate, roles
from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Connection, Database, execute, rows, value
from socorro.roles import OWNER, ROLES
from tests.builders import make_crash
from tests.conftest import admin, copy_of
from tests.queries.test_statements import STATEMENTS, explained

PERSONAL = (
    "SELECT url FROM reports_user_info",
    "SELECT email FROM reports_user_info",
    "SELECT user_comments FROM reports_user_info",
)
ACCOUNTS = (
    "SELECT password FROM auth.auth_user",
    "SELECT hash FROM auth.tokens",
    "SELECT session_data FROM auth.django_session",
    "UPDATE auth.auth_user SET is_superuser = true",
)

# What no service may do; %s is its role.
NOBODY = (
    "DROP TABLE jobs",
    "DROP TABLE reports CASCADE",
    "TRUNCATE reports",
    "ALTER TABLE reports ADD COLUMN mine text",
    "UPDATE reports SET signature = 'mine'",
    "UPDATE dropped_weeks SET until = now()",
    "DELETE FROM dropped_weeks",
    "UPDATE products SET product = 'mine'",
    "SELECT * FROM fakedata",
    "SELECT * FROM _yoyo_migration",
    "CREATE TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION week_of(moment timestamptz) RETURNS timestamptz"
    " LANGUAGE sql AS 'SELECT now()'",
    "DROP FUNCTION week_of(timestamptz)",
    "DROP EXTENSION plpgsql",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY (SELECT 1) TO '/tmp/mine'",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/passwd')",
    "ALTER SYSTEM SET fsync = off",
    "SET ROLE socorro_owner",
    "SET ROLE socorro",
    "SET SESSION AUTHORIZATION socorro",
    "CREATE ROLE mine",
    "CREATE DATABASE mine",
    "ALTER ROLE %s SUPERUSER",
    "ALTER ROLE %s CREATEROLE",
    "GRANT socorro_owner TO %s",
    "GRANT SELECT ON fakedata TO %s",
    "ALTER TABLE jobs OWNER TO %s",
)

FORBIDDEN = {
    "monitor": (
        *PERSONAL, *ACCOUNTS,
        "SELECT signature FROM reports", "DELETE FROM reports", "DELETE FROM jobs",
        "SELECT drop_partitions('reports', now())", "SELECT make_partitions(now(), now())",
        "SELECT * FROM signatures", "UPDATE symbol_modules SET debug_id = ''",
    ),
    "processor": (
        *PERSONAL, *ACCOUNTS,
        "INSERT INTO jobs (crash_id) VALUES (gen_random_uuid())", "SELECT * FROM reports",
        "DELETE FROM signature_moves", "DELETE FROM symbol_modules", "DELETE FROM changed_hours",
        "SELECT drop_partitions('reports', now())", "SELECT forget_missed_symbols(now())",
        "SELECT * FROM signatures", "SELECT * FROM cron_jobs",
    ),
    "cron": (
        *ACCOUNTS,
        "DELETE FROM reports", "INSERT INTO reports DEFAULT VALUES",
        "DELETE FROM reports_user_info", "UPDATE reports_user_info SET url = ''",
        "DELETE FROM products", "DELETE FROM bugs", "DELETE FROM count_settings",
        "SELECT * FROM symbol_modules",
    ),
    "middleware": (
        *PERSONAL, *ACCOUNTS[:1], *ACCOUNTS[2:],
        "SELECT email FROM auth.auth_user", "DELETE FROM auth.tokens",
        "SELECT auth.sign_in_identity('', '', 'mine', '', '{}', '{}')",
        "SELECT * FROM auth.identities",
        "UPDATE auth.tokens SET expires_at = 'infinity'",
        "INSERT INTO auth.tokens (user_id, note) VALUES (1, '')",
        "DELETE FROM reports", "DELETE FROM jobs", "UPDATE jobs SET lease_holder = 'mine'",
        "UPDATE jobs SET lease_until = now()", "UPDATE cron_jobs SET errors = 0",
        "SELECT drop_partitions('reports', now())", "SELECT make_partitions(now(), now())",
        "UPDATE product_versions SET version = 'mine'", "DELETE FROM product_versions",
    ),
    "webapp": (
        *PERSONAL, *ACCOUNTS[3:], "UPDATE product_versions SET featured = true",
        "UPDATE auth.auth_user SET is_active = true",
        "INSERT INTO auth.auth_user (username) VALUES ('mine')", "DELETE FROM auth.auth_user",
        "INSERT INTO auth.auth_user_groups (user_id, group_id) VALUES (1, 2)",
        "INSERT INTO auth.auth_group_permissions (group_id, permission_id) VALUES (1, 2)",
        "INSERT INTO auth.identities VALUES (1, '', '')", "DELETE FROM auth.identities",
        "UPDATE auth.tokens SET permissions = '{}'",
        "DELETE FROM reports", "DELETE FROM jobs", "UPDATE jobs SET lease_holder = 'mine'",
        "UPDATE jobs SET lease_until = now()", "UPDATE cron_jobs SET errors = 0",
        "SELECT drop_partitions('reports', now())", "SELECT make_partitions(now(), now())",
    ),
}  # fmt: skip

OF_CRON = "socorro/queries/health.sql:keep_ledger"  # beside those that pages and REST read with

# The statements that a service runs, by file and name.
NEEDED = {
    "monitor": (
        "socorro/jobs/postgres.sql:*", "socorro/jobs/symbols_arrived.sql:*",
        "socorro/jobs/dispatcher.sql:*",
        "socorro/queries/ledger.sql:reports_written", "socorro/search/notes.sql:lag",
    ),
    "processor": (
        "processor/*", "socorro/jobs/postgres.sql:[!or]*", "socorro/jobs/postgres.sql:renew",
        "socorro/jobs/rabbit_queue.sql:*",
    ),
    "cron": (
        "cron/*", "socorro/alerts/[!m]*", "socorro/counts/*", "socorro/extracts/*",
        "socorro/jobs/postgres.sql:offer", "socorro/jobs/reconcile.sql:*",
        "socorro/queries/cron.sql:*", "socorro/search/*", "socorro/queries/health.sql:keep_ledger",
    ),
    "middleware": (
        "socorro/queries/*", "socorro/jobs/whereabouts.sql:*", "socorro/jobs/postgres.sql:find",
        "socorro/jobs/postgres.sql:of*", "socorro/jobs/postgres.sql:reprocess",
        "socorro/jobs/postgres.sql:states", "socorro/jobs/postgres.sql:depths",
        "socorro/accounts/tokens.sql:find", "socorro/search/notes.sql:la*",
    ),
    "webapp": (
        "socorro/queries/[!p]*", "socorro/queries/products.sql:[!f]*",
        "socorro/jobs/whereabouts.sql:*", "socorro/jobs/postgres.sql:find",
        "socorro/jobs/postgres.sql:of*", "socorro/jobs/postgres.sql:reprocess",
        "socorro/jobs/postgres.sql:depths", "socorro/accounts/tokens.sql:*",
        "socorro/accounts/identities.sql:*",
        "socorro/search/notes.sql:la*", "socorro/alerts/recent.sql:latest",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def base(postgres_dsn: str) -> Iterator[str]:
    """A database for this module, as superuser: what is forbidden changes nothing in it."""
    with copy_of(postgres_dsn, "template", f"test_{secrets.token_hex(6)}") as dsn:
        yield dsn


@pytest.fixture(scope="module")
def sessions(base: str) -> Iterator[dict[str, Connection]]:
    """A session of each service."""
    opened = {
        service: psycopg2.connect(make_dsn(base, user=role)) for service, role in ROLES.items()
    }
    for db in opened.values():
        db.autocommit = True
    yield opened
    for db in opened.values():
        db.close()


@pytest.mark.parametrize(
    ("service", "statement"),
    [(service, statement) for service in ROLES for statement in (*NOBODY, *FORBIDDEN[service])],
)
def test_a_service_may_not(sessions: dict[str, Connection], service: str, statement: str) -> None:
    with pytest.raises(InsufficientPrivilege), sessions[service].cursor() as cursor:
        cursor.execute(statement.replace("%s", ROLES[service]))


@pytest.mark.parametrize("service", ROLES)
def test_a_service_may_run_its_own_statements(
    sessions: dict[str, Connection], service: str
) -> None:
    statements = [
        (param.id, str(param.values[0]))
        for param in STATEMENTS
        if any(fnmatchcase(str(param.id), pattern) for pattern in NEEDED[service])
        and (param.id != OF_CRON or service == "cron")
    ]
    denied = []

    for name, statement in statements:
        try:
            explained(sessions[service], statement)
        except InsufficientPrivilege as error:
            denied.append((name, str(error).partition("\n")[0]))

    assert len(statements) >= 10
    assert denied == []


def test_only_cron_reads_personal_data_and_only_pages_and_rest_reach_accounts(base: str) -> None:
    with closing(psycopg2.connect(base)) as db:
        readers = [
            service
            for service, role in ROLES.items()
            if value(
                db,
                "SELECT has_any_column_privilege(%(role)s, 'reports_user_info', 'SELECT')"
                " AND has_column_privilege(%(role)s, 'reports_user_info', 'url', 'SELECT')",
                role=role,
            )
        ]
        insiders = [
            service
            for service, role in ROLES.items()
            if value(db, "SELECT has_schema_privilege(%(role)s, 'auth', 'USAGE')", role=role)
        ]

    assert readers == ["cron"]
    assert insiders == ["middleware", "webapp"]


@pytest.mark.parametrize("service", ROLES)
def test_a_role_has_nothing_beside_its_grants(base: str, service: str) -> None:
    """No attribute, no membership, no CREATE on the database: so no extension, trusted or not."""
    with closing(psycopg2.connect(base)) as db:
        [rights] = rows(
            db,
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,"
            " has_database_privilege(oid, current_database(), 'CREATE'),"
            " has_schema_privilege(oid, 'public', 'CREATE'),"
            " EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid)"
            " FROM pg_roles WHERE rolname = %(role)s",
            lambda *columns: columns,
            role=ROLES[service],
        )

    assert not any(rights)


def test_functions_that_run_as_the_owner_have_a_fixed_search_path_and_few_callers(
    base: str,
) -> None:
    with closing(psycopg2.connect(base)) as db, db, db.cursor() as cursor:
        cursor.execute(
            "SELECT proname, pg_get_userbyid(proowner), array_to_string(proconfig, ';'),"
            " has_function_privilege('public', oid, 'EXECUTE')"
            " FROM pg_proc WHERE prosecdef ORDER BY proname"
        )
        functions = cursor.fetchall()

    assert [name for name, *_ in functions] == [
        "drop_partitions", "forget_missed_symbols", "forgotten_token", "is_forgotten",
        "make_partitions", "queue_deferred", "refuse_forgotten", "sign_in_identity",
    ]  # fmt: skip
    for name, owner, settings, is_public in functions:
        schema = "auth" if name == "sign_in_identity" else "public"
        assert owner == OWNER
        assert f"search_path={schema}, pg_temp" in settings
        assert not is_public


def test_a_table_of_a_caller_does_not_stand_in_for_ours(as_role: Callable[[str], Database]) -> None:
    with as_role("cron").transaction() as db:
        execute(db, "CREATE TEMP TABLE dropped_weeks (parent text, until timestamptz)")
        execute(db, "SELECT make_partitions('2011-01-01', '2011-01-01')")
        execute(db, "SELECT drop_partitions('reports', '2012-01-01')")

        assert value(db, "SELECT count(*) FROM pg_temp.dropped_weeks") == 0
        assert value(db, "SELECT count(*) FROM public.dropped_weeks") > 0


def test_weeks_that_are_made_later_are_reached_through_their_parent(
    as_role: Callable[[str], Database], database: Database
) -> None:
    with as_role("processor").transaction() as db:
        assert value(db, "SELECT make_partitions('2031-01-01', '2031-01-01')")
    with database.transaction() as db:
        part = value(db, "SELECT part FROM partitions_of('reports_user_info')")
        execute(
            db,
            "INSERT INTO reports_user_info (crash_id, submitted_at, url)"
            " VALUES (gen_random_uuid(), '2031-01-01', 'http://there.example/')",
        )

    with as_role("cron").transaction() as db:
        assert value(db, "SELECT count(*) FROM reports_user_info") == 1
    with pytest.raises(InsufficientPrivilege), as_role("cron").transaction() as db:
        execute(db, f"SELECT FROM {part}")


def test_the_monitor_does_its_work_as_its_role(
    as_role: Callable[[str], Database], database: Database, tmp_path: Path
) -> None:
    store, monitor = FilesystemStore.created(tmp_path / "crashstore"), as_role("monitor")
    store.put_raw(make_crash(), {})
    seconds = [0.0]
    reaper = Reaper(monitor, 5, clock=lambda: seconds[0])

    sweep(store, monitor, 10)
    with database.transaction() as db:
        [_] = jobs.claim(db, "dead", 1, -1)
    seconds[0] = 60.0
    assert not reaper.reap()
    with database.transaction() as db:
        execute(db, "UPDATE jobs SET lease_until = now() - interval '1 second'")
    assert reaper.reap()
    assert not requeue_missed(monitor, [tmp_path], 10)
    assert not measure(monitor, datetime.now(UTC))


def test_what_was_granted_otherwise_does_not_stay(dsn: str) -> None:
    admin(dsn, "GRANT ALL ON ALL TABLES IN SCHEMA auth TO socorro_monitor")
    admin(dsn, "GRANT USAGE, CREATE ON SCHEMA auth TO socorro_monitor")
    admin(dsn, "GRANT SELECT (url) ON reports_user_info TO socorro_webapp")
    admin(dsn, "GRANT EXECUTE ON FUNCTION make_partitions TO socorro_webapp")
    admin(dsn, "GRANT EXECUTE ON FUNCTION auth.sign_in_identity TO socorro_middleware")

    migrate.migrate(make_dsn(dsn, user=OWNER))

    with closing(psycopg2.connect(dsn)) as db:
        assert not value(
            db,
            "SELECT has_schema_privilege('socorro_monitor', 'auth', 'USAGE')"
            " OR has_table_privilege('socorro_monitor', 'auth.tokens', 'SELECT')"
            " OR has_column_privilege('socorro_webapp', 'reports_user_info', 'url', 'SELECT')"
            " OR has_function_privilege('socorro_webapp',"
            " 'make_partitions(timestamptz, timestamptz)', 'EXECUTE')"
            " OR has_function_privilege('socorro_middleware',"
            " 'auth.sign_in_identity(text, text, text, text, text[], text[])', 'EXECUTE')",
        )
        assert value(db, "SELECT has_table_privilege('socorro_webapp', 'reports', 'SELECT')")


@pytest.mark.parametrize(
    ("user", "is_superuser", "is_owner"),
    [("socorro", True, True), (OWNER, False, True), (ROLES["webapp"], False, False)],
)
def test_a_connection_says_what_it_may_do(
    base: str, user: str, is_superuser: bool, is_owner: bool
) -> None:
    with closing(psycopg2.connect(make_dsn(base, user=user))) as db:
        assert roles.standing(db) == (user, is_superuser, is_owner)
