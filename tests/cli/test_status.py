"""`socorro status`: the ledger as a table, for machines, and as an exit code."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result

from crashmover.config import CrashmoverConfig
from crashmover.mover import Mover
from monitor.chores import sweep
from socorro import jobs
from socorro.crash import RawCrash
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.service import Stop
from socorro.spool.spool import Spool
from tests.crashmover.spooled import spooled
from tests.faults import broken_files

Run = Callable[..., Result]
NOW = datetime.now(UTC)


@pytest.fixture
def stored(spool: Spool, store: CrashStore, database: Database, settings: Path) -> list[RawCrash]:
    """Three crashes of today on their way."""
    raws = [spooled(spool, NOW) for _ in range(3)]
    Mover(spool, store, Stop(), CrashmoverConfig()).move_all()
    sweep(store, database, 1000)
    return raws


def test_an_even_ledger_is_a_table_and_exit_code_0(run: Run, stored: list[RawCrash]) -> None:
    result = run("status")

    places = {words[0]: words[1:] for words in map(str.split, result.output.splitlines()) if words}
    assert result.exit_code == 0
    assert places["UTC"] == [str((NOW - timedelta(days=back)).date()) for back in range(2)]
    assert places["accepted"] == ["3", "0"]
    assert places["stored"] == ["3", "0"]
    assert places["waiting"] == ["3", "0"]
    assert places["missing"] == ["0", "0"]


def test_many_days_are_not_cut_off_on_a_narrow_screen(
    run: Run, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")

    result = run("status", "--days", "30")

    [heading] = [line for line in result.output.splitlines() if line.startswith("UTC")]
    assert len(heading.split()) == 31


def test_a_missing_crash_is_named_and_exit_code_1(
    run: Run, stored: list[RawCrash], store: CrashStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socorro.ledger.SECOND_READ_SECONDS", 0)
    store.delete(stored[1].crash_id)

    result = run("status")

    assert result.exit_code == 1
    assert f"missing: {stored[1].crash_id}" in result.output
    assert stored[0].crash_id not in result.output


def test_a_damaged_crash_is_counted_as_stored_and_named(
    run: Run, home: Path, stored: list[RawCrash], database: Database
) -> None:
    bad = stored[1].crash_id
    [path] = home.glob(f"crashstore/crashes/*/*/{bad}.zip")
    broken_files.truncated(path)
    with database.transaction() as db:
        for job in jobs.claim(db, "test", 3, 60):
            jobs.fail(db, job, "damaged, or not", 1, for_good=True)

    result = run("status")

    places = {words[0]: words[1:] for words in map(str.split, result.output.splitlines()) if words}
    assert result.exit_code == 0
    assert places["stored"] == places["failed"] == ["3", "0"]
    assert places["damaged"] == ["1", "0"]
    assert [line for line in result.output.splitlines() if "damaged: " in line] == [
        f"{NOW.date()} damaged: {bad}"
    ]


def test_machines_get_every_day_and_every_id(
    run: Run, stored: list[RawCrash], store: CrashStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socorro.ledger.SECOND_READ_SECONDS", 0)
    store.delete(stored[1].crash_id)

    result = run("status", "--json", "--days", "3")

    document = json.loads(result.output)
    assert document["even"] is False
    assert [day["day"] for day in document["days"]] == [
        str((NOW - timedelta(days=back)).date()) for back in range(3)
    ]
    assert document["days"][0]["accepted"] == 3
    assert document["days"][0]["missing"] == [stored[1].crash_id]
    assert document["days"][1]["even"] is True


def test_another_day_is_asked_for_by_its_date(run: Run, stored: list[RawCrash]) -> None:
    result = run("status", "--json", "--day", "2026-01-31", "--days", "1")

    [day] = json.loads(result.output)["days"]
    assert day["day"] == "2026-01-31"
    assert day["accepted"] == 0


def test_what_is_no_date_is_refused(run: Run, settings: Path) -> None:
    result = run("status", "--day", "yesterday")

    assert result.exit_code == 2
    assert "'yesterday' is not a date (expected e.g. " in result.output
