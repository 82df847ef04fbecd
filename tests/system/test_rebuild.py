"""Postgres is lost: queue and reports come back from the crash store."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from cli.local import postgres
from tests.builders import DUMPS
from tests.system.line import Line, running, wait_for

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

REAL_DUMPS = sorted(DUMPS.glob("rust-minidump/*.dmp"))


@pytest.fixture(scope="module", params=["file", pytest.param("hbase", marks=pytest.mark.hbase)])
def line(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Line]:
    with running(tmp_path_factory.mktemp(f"rebuilt-{request.param}"), STORE=request.param) as up:
        yield up


def database(line: Line) -> str:
    return str(tomllib.loads((line.home / "running.toml").read_text())["database"])


def reports(line: Line) -> dict[str, str]:
    """Crash id -> signature."""
    db = psycopg2.connect(database(line))
    with db, db.cursor() as cursor:
        cursor.execute("SELECT crash_id, signature FROM reports")
        signatures = dict(cursor.fetchall())
    db.close()
    return signatures


def lose_postgres(line: Line) -> None:
    """An empty database of the same name, as after a disk was replaced."""
    passfile = line.home / "postgres.passfile"
    db = psycopg2.connect(postgres.dsn(line.ports["postgres"], passfile, "postgres"))
    db.autocommit = True
    with db.cursor() as cursor:
        cursor.execute("DROP DATABASE socorro WITH (FORCE)")
        cursor.execute("CREATE DATABASE socorro OWNER socorro_owner")
    db.close()
    done = line.socorro("migrate")
    assert done.returncode == 0, done.stderr


def submit(line: Line, *dumps: Path) -> list[str]:
    done = line.socorro("submit", "-F", "ReleaseChannel=nightly", *map(str, dumps))
    assert done.returncode == 0, done.stderr
    return [text.removeprefix("bp-") for text in done.stdout.split()]


def test_every_report_comes_back_from_the_crash_store(line: Line) -> None:
    ids = submit(line, *REAL_DUMPS)
    wait_for(lambda: len(reports(line)) == len(ids), 60, "the reports")
    before = reports(line)
    lose_postgres(line)

    done = line.socorro("rebuild")

    assert done.returncode == 0, done.stderr
    assert f"{len(ids)} crashes stored, {len(ids)} queued" in done.stdout
    wait_for(lambda: len(reports(line)) == len(ids), 120, "the reports again")
    assert reports(line) == before
    wait_for(lambda: line.socorro("status").returncode == 0, 30, "an even ledger")


def test_a_crash_is_processed_when_asked_for_and_its_page_is_told(line: Line) -> None:
    [crash_id] = submit(line, REAL_DUMPS[-1])
    wait_for(lambda: crash_id in reports(line), 60, "the report")

    done = line.socorro("process", f"bp-{crash_id}")

    assert done.returncode == 0, done.stderr
    [output] = done.stdout.splitlines()
    assert output.startswith(f"{crash_id}  {reports(line)[crash_id]}  ")
    assert output.endswith(line.url("webapp", f"/report/index/{crash_id}"))
