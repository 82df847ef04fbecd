"""Limits of the clock's jobs on crashes and their rows: each at its edge and one beyond."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from cron.jobs import derived, hang_pairs, module_list, retention
from cron.jobs import reconcile as reconcile_job
from socorro import jobs as queue
from socorro.crashstore.filesystem import FilesystemStore
from socorro.jobs import reconcile
from socorro.postgres import Database, execute
from tests.builders import NOON, make_crash
from tests.cron.asking import ask
from tests.cron.conftest import MakeRun
from tests.sql.rows import report

DAY = timedelta(days=1)


@pytest.fixture
def store(home: Path) -> FilesystemStore:
    return FilesystemStore.created(home / "crashstore")


def modules(count: int) -> dict[str, Any]:
    return {"modules": [{"filename": f"{number}.dll"} for number in range(count)]}


@pytest.mark.parametrize("count", [5000, 5001])
def test_so_many_modules_of_a_crash_are_read(count: int) -> None:
    assert len(module_list.modules_of({"json_dump": modules(count)})) == 5000


@pytest.mark.parametrize("length", [200, 201])
def test_the_name_of_a_module_is_cut(length: int) -> None:
    [module] = module_list.modules_of({"json_dump": {"modules": [{"filename": "x" * length}]}})

    assert module.filename == "x" * 200


@pytest.mark.parametrize("crashes", [1, 2, 3])
def test_so_many_crashes_of_a_day_are_read_for_the_list_of_modules(
    store: FilesystemStore,
    make_run: MakeRun,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    crashes: int,
) -> None:
    monkeypatch.setattr(module_list, "MOST_CRASHES", 2)
    for _crash in range(crashes):
        raw = make_crash(NOON - DAY)
        store.put_raw(raw, {"upload_file_minidump": b"MDMP"})
        store.put_processed(raw.crash_id, {"json_dump": modules(1)})
        with database.transaction() as db:
            report(db, NOON - DAY, crash_id=raw.crash_id)

    done = module_list.work(make_run(module_list.JOB))

    assert ask(database, "SELECT crash_count FROM module_list") == [(min(crashes, 2),)]
    assert done.notes == ([] if crashes < 2 else ["2 crashes of the day were read, not all"])


@pytest.mark.parametrize("count", [3, 4])
def test_so_many_modules_of_a_day_are_listed(
    store: FilesystemStore,
    make_run: MakeRun,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
) -> None:
    monkeypatch.setattr(module_list, "MOST_MODULES", 3)
    for number in range(count):
        raw = make_crash(NOON - DAY)
        store.put_raw(raw, {"upload_file_minidump": b"MDMP"})
        dump = {"modules": [{"filename": f"{number}.dll"}]}
        store.put_processed(raw.crash_id, {"json_dump": dump})
        with database.transaction() as db:
            report(db, NOON - DAY, crash_id=raw.crash_id)

    done = module_list.work(make_run(module_list.JOB))

    assert done.rows == 3
    assert done.notes == ([] if count == 3 else ["modules that were left out: 1"])


@pytest.mark.parametrize("days", [60, 61])
def test_hang_pairs_go_back_so_many_days(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    matched: list[date] = []
    monkeypatch.setattr(hang_pairs, "execute", lambda _db, _sql, day: matched.append(day) or 0)

    hang_pairs.work(make_run(hang_pairs.JOB, NOON, NOON - days * DAY))

    assert matched[0] == NOON.date() - 61 * DAY  # the day before the first
    assert matched[-1] == NOON.date()


@pytest.mark.parametrize(
    ("reports", "minute", "today"),
    [(50_000, 31, True), (50_001, 31, False), (50_001, 1, True), (50_001, 2, False)],
)
def test_a_busy_day_is_derived_at_the_full_hour_only(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, reports: int, minute: int, today: bool
) -> None:
    monkeypatch.setattr(derived, "number", lambda _db, _sql, **_day: reports)
    run = make_run(derived.JOB, NOON.replace(minute=minute))

    assert derived._last(run) == NOON.date() - (0 if today else 1) * DAY


@pytest.mark.parametrize(("days", "kept"), [(60, 1), (61, 0)])
def test_rankings_are_kept_for_so_many_days(
    store: FilesystemStore, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, days: int, kept: int
) -> None:
    before: list[date] = []
    real = retention.number

    def number(db: Any, statement: str, **parameters: Any) -> int:
        if "drop_top_crasher_ranks" in statement:
            before.append(parameters["before"])
        return real(db, statement, **parameters)

    monkeypatch.setattr(retention, "number", number)

    retention.work(make_run(retention.JOB, NOON))

    assert ((NOON - days * DAY).date() >= before[0]) is bool(kept)


@pytest.mark.parametrize(("minutes", "kept"), [(0, 1), (1, 0)])
def test_the_log_of_runs_is_kept_for_so_many_days(
    store: FilesystemStore, make_run: MakeRun, database: Database, minutes: int, kept: int
) -> None:
    ended = NOON.replace(hour=0) - 90 * DAY - timedelta(minutes=minutes)
    ask(
        database,
        "INSERT INTO cron_log (job, slot, started_at, ended_at, outcome, runner)"
        " VALUES ('adi', %s, %s, %s, 'done', 'host:1:1')",
        ended, ended, ended,
    )  # fmt: skip

    retention.work(make_run(retention.JOB, NOON))

    assert ask(database, "SELECT count(*) FROM cron_log") == [(kept,)]


@pytest.mark.parametrize("weeks", [25, 26])
def test_modules_and_jobs_are_kept_as_long_as_crashes(
    store: FilesystemStore, make_run: MakeRun, database: Database, weeks: int
) -> None:
    day = NOON - weeks * 7 * DAY - DAY
    with database.transaction() as db:
        queue.offer(db, [make_crash(day).crash_id], reprocess=True)
        execute(
            db,
            "INSERT INTO module_list (day, filename, debug_file, debug_id, version, crash_count)"
            " VALUES (%(day)s, 'a', 'a', 'a', '1', 1)",
            day=day.date(),
        )

    retention.work(make_run(retention.JOB, NOON))

    kept = [(1 if weeks == 25 else 0,)]
    assert ask(database, "SELECT count(*) FROM module_list") == kept
    assert ask(database, "SELECT count(*) FROM jobs") == kept


@pytest.mark.parametrize("crashes", [2, 3])
def test_crashes_are_queued_in_batches(
    store: FilesystemStore,
    make_run: MakeRun,
    monkeypatch: pytest.MonkeyPatch,
    crashes: int,
) -> None:
    batches: list[int] = []
    monkeypatch.setattr(reconcile, "BATCH", 2)

    def offer(_db: Any, crash_ids: Sequence[str], **_options: Any) -> int:
        batches.append(len(crash_ids))
        return len(crash_ids)

    monkeypatch.setattr(reconcile.jobs, "offer", offer)
    for _crash in range(crashes):
        store.put_raw(make_crash(NOON - DAY), {"upload_file_minidump": b"MDMP"})

    done = reconcile_job.work(make_run(reconcile_job.JOB))

    assert done.rows == crashes
    assert batches == ([2] if crashes == 2 else [2, 1])
