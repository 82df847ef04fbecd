"""Faults of Postgres and of clocks, with a real server and a real database."""

import pytest
from psycopg2.extensions import make_dsn

from cli.doctor import database
from cli.doctor.report import Finding
from socorro.health.facts import Level
from tests.conftest import admin
from tests.doctor import servers
from tests.doctor.conftest import Look


def levels(findings: list[Finding]) -> list[Level]:
    return [finding.level for finding in findings]


def test_a_postgres_that_is_away_is_one_problem(look: Look, closed_port: int) -> None:
    [finding] = look("postgres answers", DATABASE=f"host=127.0.0.1 port={closed_port} user=x")

    assert finding.level == Level.CRITICAL
    assert f"127.0.0.1:{closed_port} does not let us in" in finding.text
    for name in ("durable commits", "schema", "clock of postgres"):
        assert look(name) == []


def test_a_postgres_that_is_too_old_or_has_too_few_connections_is_said(
    look: Look, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert levels(look("postgres answers", DATABASE=dsn)) == [Level.OK, Level.OK]
    [_, few] = look("postgres answers", PROCESSOR_PROCESSES=100, PROCESSOR_THREADS=64)
    monkeypatch.setattr(database, "OLDEST_SERVER", 99)
    [old, _] = look("postgres answers")

    assert few.level == Level.WARNING
    assert "the services here may open 66" in few.text
    assert old.level == Level.CRITICAL


def test_commits_that_a_power_cut_loses_are_problems(
    look: Look, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server of tests is not durable, for speed.
    found_off = look("durable commits", DATABASE=dsn)
    assert {one.text.split(":")[0] for one in found_off if one.level == Level.CRITICAL} == {
        "Postgres's fsync is off",
        "Postgres's full_page_writes is off",
        "Postgres's synchronous_commit is off",
    }
    monkeypatch.setattr(database, "DURABLE", {"autovacuum": "", "track_counts": ""})
    monkeypatch.setattr(database, "SMALLEST_BUFFERS", 0)

    assert levels(look("durable commits")) == [Level.OK]
    monkeypatch.setattr(database, "SMALLEST_BUFFERS", 2**60)
    assert levels(look("durable commits")) == [Level.OK, Level.WARNING]


def test_a_schema_that_is_missing_old_or_new_is_said(
    look: Look, dsn: str, spare_postgres_dsn: str
) -> None:
    assert levels(look("schema", DATABASE=dsn)) == [Level.OK]
    admin(dsn, "INSERT INTO _yoyo_migration (migration_hash, migration_id) VALUES ('x', '9999_x')")
    [newer] = look("schema")
    admin(dsn, "DELETE FROM _yoyo_migration WHERE migration_id = '0046_ledger_days'")
    [old] = look("schema")
    [none] = look("schema", DATABASE=spare_postgres_dsn)

    assert (newer.level, old.level, none.level) == (
        Level.WARNING,
        Level.CRITICAL,
        Level.CRITICAL,
    )
    assert "9999_x" in newer.text
    assert "0046_ledger_days" in old.text
    assert none.fix == "run `socorro migrate`"


@pytest.fixture
def spare_postgres_dsn(dsn: str) -> str:
    """A database without a schema."""
    return make_dsn(dsn, dbname="postgres")


def test_the_clock_of_postgres_is_compared(look: Look, dsn: str) -> None:
    assert levels(look("clock of postgres", DATABASE=dsn)) == [Level.OK]


@pytest.mark.parametrize(
    ("seconds", "level"),
    [(0, Level.OK), (-2, Level.OK), (2.1, Level.WARNING), (-60, Level.WARNING),
     (60.1, Level.CRITICAL)],
)  # fmt: skip
def test_clocks_may_differ_by_two_seconds(seconds: float, level: Level) -> None:
    assert database.drift("db1", seconds).level == level


@pytest.mark.parametrize(("ahead", "level"), [(0, Level.OK), (-3600, Level.CRITICAL)])
def test_the_clock_of_a_service_on_another_machine_is_compared(
    look: Look, ahead: float, level: Level
) -> None:
    with servers.http(ahead=ahead, host="127.0.0.2") as port:
        findings = look("clock of services", HEALTH_COLLECTOR=f'["http://127.0.0.2:{port}"]')

    assert levels(findings) == [level]


def test_whether_the_clock_is_synchronised_is_said(look: Look) -> None:
    [finding] = look("synchronised")

    assert "clock" in finding.text
    assert finding.level < Level.CRITICAL
