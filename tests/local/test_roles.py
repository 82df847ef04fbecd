"""Roles in Postgres: a home of an earlier version gets them, and so does a server of others."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from cli.local import plan, postgres
from cli.local import roles as local_roles
from socorro import roles
from socorro.migrate import migrate
from socorro.postgres import column, execute, rows, value
from socorro.roles import OWNER, ROLES
from tests.conftest import admin

OWNERS = """
    SELECT pg_get_userbyid(relowner) FROM pg_class
    WHERE relnamespace IN ('public'::regnamespace, 'auth'::regnamespace)
    UNION SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'auth'
    UNION SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()
"""


@pytest.fixture
def earlier(open_folder: Path) -> Iterator[str]:
    """A server of an earlier version, with data: everything belongs to its superuser."""
    setting = os.environ.get("SOCORRO_PG_BINDIR")
    bindir = postgres.binaries(Path(setting) if setting else None)
    with postgres.running(open_folder / "postgres", bindir) as at:
        admin(at, "CREATE DATABASE socorro")
        dsn = make_dsn(at, dbname="socorro")
        migrate(dsn)
        with closing(psycopg2.connect(dsn)) as db, db:
            execute(db, "SELECT make_partitions('2026-11-23', '2026-11-30')")
            execute(
                db,
                "INSERT INTO reports_user_info (crash_id, submitted_at, url)"
                " VALUES (gen_random_uuid(), '2026-11-24', 'http://there.example/')",
            )
            execute(db, "INSERT INTO auth.auth_group (name) VALUES ('of before')")
        yield dsn


def test_a_home_of_an_earlier_version_gets_roles_and_loses_nothing(
    earlier: str, open_folder: Path
) -> None:
    local_roles.make_passfiles(open_folder)
    with closing(psycopg2.connect(earlier)) as db:
        assert column(db, OWNERS) == ["socorro"]

    changed = local_roles.prepare(open_folder, earlier, "socorro")
    applied = migrate(make_dsn(earlier, user=OWNER))

    assert changed > 100
    assert applied == []
    assert local_roles.prepare(open_folder, earlier, "socorro") == 0
    with closing(psycopg2.connect(earlier)) as db:
        assert column(db, OWNERS) == [OWNER]
        assert value(db, "SELECT count(*) FROM reports_user_info") == 1
        assert value(db, "SELECT count(*) FROM auth.auth_group WHERE name = 'of before'") == 1
        assert not value(db, "SELECT has_database_privilege('public', 'socorro', 'CONNECT')")
    with closing(psycopg2.connect(make_dsn(earlier, user=ROLES["cron"]))) as db, db:
        assert value(db, "SELECT url FROM reports_user_info") == "http://there.example/"
        execute(db, "SELECT make_partitions('2031-01-01', '2031-01-01')")
        assert value(db, "SELECT count(*) FROM drop_partitions('reports_user_info', now())") >= 0
    assert migrate(make_dsn(earlier, user=OWNER)) == []


def test_each_role_has_a_password_of_its_own_and_is_no_superuser(
    earlier: str, open_folder: Path
) -> None:
    local_roles.make_passfiles(open_folder)
    local_roles.prepare(open_folder, earlier, "socorro")

    with closing(psycopg2.connect(earlier)) as db:
        kept = rows(
            db,
            "SELECT rolname, left(rolpassword, 14), rolsuper OR rolcreaterole OR rolcreatedb"
            " OR rolreplication OR rolbypassrls FROM pg_authid WHERE rolname LIKE 'socorro\\_%%'"
            " ORDER BY 1",
            lambda *row: row,
        )
    names = sorted([OWNER, *ROLES.values()])
    files = sorted((open_folder / "roles").iterdir())
    passwords = {postgres.password_in(path) for path in files}
    before = [path.read_text() for path in files]
    local_roles.make_passfiles(open_folder)

    assert kept == [(name, "SCRAM-SHA-256$", False) for name in names]
    assert [path.stem for path in files] == names
    assert len(passwords) == len(names)
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert [path.read_text() for path in files] == before


def test_in_a_server_of_others_services_share_a_role_until_an_administrator_makes_more(
    earlier: str,
) -> None:
    with closing(psycopg2.connect(earlier)) as db, db:
        assert roles.missing(db) == list(ROLES.values())
        assert not roles.grant(db)

    for _ in range(2):
        admin(earlier, roles.script())

    with closing(psycopg2.connect(earlier)) as db:
        assert roles.missing(db) == []
        assert value(db, "SELECT has_table_privilege('socorro_webapp', 'reports', 'SELECT')")
        assert not value(db, "SELECT has_schema_privilege('socorro_cron', 'auth', 'USAGE')")
    assert migrate(earlier) == []


@pytest.mark.parametrize(
    ("setting", "is_own"), [({}, False), ({"SOCORRO_DATABASE": "host=db.example"}, True)]
)
def test_a_database_that_is_set_is_used_by_all_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: dict[str, str], is_own: bool
) -> None:
    monkeypatch.setenv("SOCORRO_HOME", str(tmp_path))
    for name, text in setting.items():
        monkeypatch.setenv(name, text)

    assert plan._has_own_database() is is_own
