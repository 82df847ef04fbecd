"""The clock compares the crashes of frequent signatures, from the files of search."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cron.config import CronConfig
from cron.job import JobFailed
from cron.jobs import search_segments
from cron.jobs.correlations import JOB
from socorro.postgres import Connection, Database
from tests.builders import NOON
from tests.cron.asking import ask
from tests.cron.conftest import MakeRun
from tests.sql.rows import MINUTE, report

LATER = NOON + timedelta(hours=20)  # when the job is due for the day of NOON
HOOKED = "hook.dll/A1"
FINDINGS = (
    "SELECT signature, state, names, count, other_count FROM correlations ORDER BY signature, rank"
)


def crash(db: Connection, number: int, signature: str, modules: str, **columns: Any) -> None:
    """A crash of install *number*."""
    values = {"install_age": 1000 + 60 * number, "os_version": "10.0", **columns}
    fields = {"modules_in_stack": modules, "addons": ["a@b:1.0"] if number % 2 else []}
    at = NOON + number * MINUTE / 10
    values.setdefault("crash_time", NOON)
    report(db, at, signature=signature, fields=json.dumps(fields), **values)


@pytest.fixture
def filled(database: Database) -> Database:
    """Twenty installs that crash in hook.dll, sixty others."""
    with database.transaction() as db:
        for number in range(80):
            hooked = number < 18
            modules = f"xul.dll/B2;{HOOKED if hooked else 'other.dll/C3'}"
            crash(db, number, "hooked" if number < 20 else f"s{number % 5}", modules)
    return database


def run(make_run: MakeRun, **settings: Any) -> Any:
    search_segments.JOB.work(make_run(search_segments.JOB))
    return JOB.work(make_run(JOB, now=LATER, **settings))


def test_what_is_common_is_saved_with_its_numbers(make_run: MakeRun, filled: Database) -> None:
    done = run(make_run)

    names = [f"module = {HOOKED[:8]}", "module_build = hook.dll A1", "debug_id = A1"]
    [first] = ask(filled, f"{FINDINGS} LIMIT 1")
    assert first == ("hooked", "kept", names, 18, 0)
    assert done.rows == len(ask(filled, FINDINGS))
    assert done.notes == []
    assert ask(
        filled, "SELECT product, channel, day::text, first_day::text, installs, crashes, share,"
        " without_time, problems FROM correlation_lines",
    ) == [("Firefox", "release", "2026-11-23", "2026-11-17", 80, 80, 1.0, 0, [])]  # fmt: skip
    assert ask(
        filled, "SELECT rank, installs, crashes, attributes, kept >= 1 FROM correlation_signatures"
        " WHERE signature = 'hooked'",
    ) == [(1, 20, 20, 15, True)]  # fmt: skip


def test_a_run_that_is_repeated_saves_the_same(make_run: MakeRun, filled: Database) -> None:
    run(make_run)
    once = ask(filled, FINDINGS)
    with filled.transaction() as db, db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO correlation_lines SELECT day, 'Gone', channel, first_day, 1, 1, 1, 0, 0,"
            " '{}' FROM correlation_lines"
        )

    run(make_run)

    assert ask(filled, FINDINGS) == once
    assert ask(filled, "SELECT product FROM correlation_lines") == [("Firefox",)]


def test_it_waits_for_hours_that_search_has_not_read(make_run: MakeRun, filled: Database) -> None:
    run(make_run)
    with filled.transaction() as db:
        crash(db, 0, "late", HOOKED)
        with db.cursor() as cursor:
            cursor.execute("SELECT take_marked_hours()")

    with pytest.raises(JobFailed, match="search has not read 1 of the hours of 2026-11-23 yet"):
        JOB.work(make_run(JOB, now=LATER))


def test_it_is_off_where_search_has_no_files(
    home: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert JOB.off(CronConfig()) == ""
    assert JOB.has_work
    with database.transaction() as db:
        assert not JOB.has_work(db)

    monkeypatch.setenv("SOCORRO_SEARCH_ENGINE", "elasticsearch")

    assert JOB.off(CronConfig()) == "set SOCORRO_SEARCH_ENGINE to segments"
