"""`socorro reprocess` and `socorro symbols missing`, over crashes that the processor made."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from click.testing import Result

from cli.commands import reprocess
from cli.commands.group import plural
from socorro import jobs
from socorro.crashstore.interface import CrashStore
from socorro.jobs.symbols_arrived import requeue
from socorro.postgres import Database, execute, rows
from socorro.symbols.module import ModuleId
from tests.builders import NOON, make_crash
from tests.processed import LINUX, MAC, processed

Run = Callable[..., Result]

SYM = "driver/014F7B7CB88E7675C28A362BD5A8961F0/driver.sym"


def queued(database: Database) -> list[tuple[str, int, str]]:
    with database.transaction() as db:
        statement = "SELECT crash_id, priority, ruleset FROM jobs ORDER BY 1"
        return [tuple(row) for row in rows(db, statement, lambda *row: row)]


def test_what_is_missed_is_ranked(
    run: Run, settings: Path, store: CrashStore, database: Database
) -> None:
    for ago in (timedelta(hours=1), timedelta(days=3)):
        processed(store, database, LINUX, make_crash(NOON - ago))
    end = f"--end={NOON.date()}"

    table, empty = (
        run("symbols", "missing", "--days", "7", end),
        run("symbols", "missing", "--end", "2020-01-01"),
    )
    document = json.loads(run("missing-symbols", "--days", "1", end, "--json").stdout)

    assert table.stdout.splitlines()[2].split() == [
        "2", "driver", "2", "014F7B7CB88E7675C28A362BD5A8961F0",
        "socorro", "symbols", "add", "driver", "False",
    ]  # fmt: skip
    assert "2 crashes lack symbols on the crashing thread, 2 of them in" in table.stdout
    assert empty.stdout.startswith("no crash lacks symbols on its crashing thread, 2019-12-26 to")
    assert (document["crash_count"], document["naming_count"]) == (1, 1)
    assert document["rows"][0]["fix"] == "socorro symbols add driver"
    assert {row["debug_file"]: row["is_system"] for row in document["rows"]} == {
        "driver": False,
        "ld-2.19.so": True,
        "libc-2.19.so": True,
    }


def test_crashes_whose_symbols_came_are_listed_and_queued(
    run: Run, settings: Path, home: Path, store: CrashStore, database: Database
) -> None:
    raws = [processed(store, database, LINUX) for _ in range(2)]
    processed(store, database, MAC)
    assert run("reprocess", "--missing-symbols").stdout == "0 crashes queued\n"
    with database.transaction() as db:
        execute(db, "UPDATE reports SET started_at = now() - interval '1 minute'")
    path = home / "symbols" / SYM
    path.parent.mkdir(parents=True)
    path.write_text("MODULE Linux x86_64 014F7B7CB88E7675C28A362BD5A8961F0 driver\n")

    dry = run("reprocess", "--missing-symbols", "--dry-run").stdout
    nothing = queued(database)
    output = run("reprocess", "--missing-symbols").stdout

    line = "       2  driver/014F7B7CB88E7675C28A362BD5A8961F0\n"
    assert dry == f"{line}2 crashes would be queued\n"
    assert nothing == []
    assert output == f"{line}2 crashes queued\n"
    assert queued(database) == [
        (raw, jobs.LOW, "default") for raw in sorted(raw.crash_id for raw in raws)
    ]
    assert run("reprocess", "--missing-symbols").stdout == "0 crashes queued\n"


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_a_dry_run_lists_what_the_run_lists(
    run: Run, settings: Path, home: Path, store: CrashStore, database: Database, batch: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for _ in range(3):
        processed(store, database, LINUX)
    processed(store, database, MAC)
    with database.transaction() as db:
        execute(db, "UPDATE reports SET started_at = now() - interval '1 minute'")
        missed = rows(db, "SELECT debug_file, debug_id FROM symbol_modules", ModuleId)
    assert len(missed) == 4  # three of them are missed by the same crashes
    for module in missed:
        path = home / "symbols" / module.path
        path.parent.mkdir(parents=True)
        path.touch()
    monkeypatch.setattr(reprocess, "requeue", partial(requeue, most=batch))

    dry = run("reprocess", "--missing-symbols", "--dry-run").stdout
    output = run("reprocess", "--missing-symbols").stdout

    *modules, total = dry.splitlines()
    assert total == "4 crashes would be queued"
    assert sum(int(line.split()[0]) for line in modules) == 4
    assert output.splitlines() == [*modules, "4 crashes queued"]
    assert len(queued(database)) == 4


def test_crashes_are_chosen_by_signature_product_and_day(
    run: Run, settings: Path, store: CrashStore, database: Database
) -> None:
    day = timedelta(days=1)
    mac = processed(store, database, MAC)
    [old, new] = [processed(store, database, LINUX, make_crash(NOON - n * day)) for n in (2, 1)]
    other = processed(store, database, LINUX, make_crash(ProductName="Other"))

    def chosen(*words: str) -> list[str]:
        result = run("reprocess", *words, "--until", "2026-11-23")
        assert result.exit_code == 0, result.output
        ids = [crash_id for crash_id, _, _ in queued(database)]
        with database.transaction() as db:
            execute(db, "DELETE FROM jobs")
        assert result.stdout == f"{plural(len(ids), 'crash')} queued\n"
        return sorted(ids)

    linux = ("--signature", "driver@0x1f26")
    assert chosen(*linux) == sorted(raw.crash_id for raw in (old, new, other))
    assert chosen(*linux, "--product", "Firefox") == sorted(raw.crash_id for raw in (old, new))
    assert chosen(*linux, "--since", "2026-11-22", "--product", "Firefox") == [new.crash_id]
    assert chosen(*linux, "--limit", "1") == [other.crash_id]
    unnamed = processed(store, database, LINUX, make_crash(ProductName=""))
    assert chosen("--product", "(no product)") == [unnamed.crash_id]
    recent = sorted(raw.crash_id for raw in (mac, other, unnamed))
    assert chosen("--since", "2026-11-23") == recent
    assert chosen(mac.crash_id, f"bp-{mac.crash_id}") == [mac.crash_id]
    assert run("reprocess", *linux, "--dry-run").stdout == "4 crashes would be queued\n"
    assert queued(database) == []


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--missing-symbols", "--signature", "a"),
        ("--report", "--missing-symbols"),
        ("--since", "2026-11-23", "--until", "2026-11-22"),
    ],
)
def test_it_must_be_clear_which_crashes(run: Run, settings: Path, words: tuple[str, ...]) -> None:
    assert run("reprocess", *words).exit_code == 2


def test_the_report_tells_signatures_before_and_after(
    run: Run, settings: Path, store: CrashStore, database: Database
) -> None:
    raw = make_crash()
    for change in ("old", "old", "new"):
        with database.transaction() as db:
            jobs.offer(db, [raw.crash_id], reprocess=True)
        processed(store, database, LINUX, raw, {"signature": change})

    output = run("reprocess", "--report", "--since", "2026-11-23", "--until", "2026-11-23").stdout

    assert output.splitlines()[0] == "2 crashes reprocessed, 1 with a new signature"
    assert [line.split() for line in output.splitlines()[2:]] == [
        ["1", "old", "new"], ["1", "old", "(the", "same)"],
    ]  # fmt: skip
    assert run("reprocess", "--report", "--until", "2026-11-22").stdout == (
        "0 crashes reprocessed, 0 with a new signature\n"
    )
