"""Retention against clocks that jump, outages, settings by mistake, and kills."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import main
from cron import guard
from cron.guard import Refused
from cron.jobs import retention
from socorro.crash_id import CrashId, day_of
from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Database
from tests.builders import NOON, make_crash
from tests.cron.asking import ask
from tests.cron.conftest import MakeRun
from tests.sql.rows import report

DAY = timedelta(days=1)
KEPT = 26 * 7  # days


@pytest.fixture
def store(home: Path) -> FilesystemStore:
    return FilesystemStore.created(home / "crashstore")


def put(store: FilesystemStore, database: Database, at: datetime) -> CrashId:
    """Keep a crash with its report and personal data."""
    raw = make_crash(at)
    store.put_raw(raw, {"upload_file_minidump": b"MDMP"})
    with database.transaction() as db:
        report(db, at, crash_id=raw.crash_id, url="http://example.com/")
    return raw.crash_id


def kept(store: FilesystemStore) -> set[CrashId]:
    return set(store.submitted(NOON - 900 * DAY, NOON + 900 * DAY))


def partitions(database: Database) -> list[tuple[str, ...]]:
    return ask(
        database,
        "SELECT part FROM partitions_of('reports')"
        " UNION ALL SELECT part FROM partitions_of('reports_user_info')",
    )


@pytest.mark.parametrize("machine", [0, 400], ids=["Postgres jumps", "all clocks jump"])
@pytest.mark.parametrize("ran_before", [True, False])
def test_nothing_is_removed_when_the_clock_is_400_days_ahead(
    store: FilesystemStore, make_run: MakeRun, database: Database, machine: int, ran_before: bool
) -> None:
    crashes = {put(store, database, NOON - days * DAY) for days in (0, 1, 20, 100, 180)}
    before = partitions(database)
    if ran_before:
        retention.work(make_run(retention.JOB, NOON))
        before = partitions(database)
    ahead = make_run(retention.JOB, NOON + 400 * DAY, NOON, clock=NOON + machine * DAY)

    with pytest.raises(Refused, match=r"nothing was removed: .*--force") as error:
        retention.work(ahead)

    assert "2027-12-28 12:00" in str(error.value)
    assert kept(store) == crashes
    assert partitions(database) == before
    stands = [(NOON.date(),)] if ran_before else []
    assert ask(database, "SELECT day FROM retention_stands") == stands


def test_crashes_that_come_under_the_wrong_clock_cost_a_step_at_most(
    store: FilesystemStore, make_run: MakeRun, database: Database
) -> None:
    old = {put(store, database, NOON - (KEPT - days) * DAY) for days in range(7)}
    retention.work(make_run(retention.JOB, NOON, NOON - DAY))
    put(store, database, NOON + 400 * DAY)

    for minutes in (0, 1, 2):
        now = NOON + 400 * DAY + timedelta(minutes=minutes)
        done = retention.work(make_run(retention.JOB, now, NOON))

    gone = old - kept(store)
    assert {day_of(crash_id) for crash_id in gone} == {
        (NOON - (KEPT - days) * DAY).date() for days in range(3)
    }
    assert "397 days ago" in done.notes[0]


def test_after_three_weeks_without_a_clock_it_catches_up_in_steps(
    store: FilesystemStore, make_run: MakeRun, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_RETENTION_PERSONAL_WEEKS", "26")
    old = {put(store, database, NOON - (KEPT - days) * DAY) for days in range(40)}
    retention.work(make_run(retention.JOB, NOON, NOON - DAY))
    left = []

    for days in range(21, 34):
        put(store, database, NOON + days * DAY)
        retention.work(make_run(retention.JOB, NOON + days * DAY, NOON + (days - 1) * DAY))
        left.append(len(kept(store) & old))

    assert left == [37, 34, 31, 28, 25, 22, 19, 16, 13, 10, 9, 8, 7]


def test_a_quiet_site_is_not_stuck(
    store: FilesystemStore, make_run: MakeRun, database: Database
) -> None:
    put(store, database, NOON - (KEPT - 9) * DAY)

    for days in range(12):
        retention.work(make_run(retention.JOB, NOON + days * DAY, NOON + (days - 1) * DAY))

    assert kept(store) == set()


def test_a_setting_that_would_remove_most_crashes_is_refused_until_a_person_forces_it(
    store: FilesystemStore, make_run: MakeRun, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashes = [put(store, database, NOON - days * DAY) for days in range(14)]
    retention.work(make_run(retention.JOB, NOON - DAY))
    monkeypatch.setenv("SOCORRO_RETENTION_CRASH_WEEKS", "1")

    with pytest.raises(Refused, match="6 of 14 days of crashes would go, more than 30 %"):
        retention.work(make_run(retention.JOB, NOON))
    whole = kept(store)
    done = retention.work(make_run(retention.JOB, NOON, forced=True))

    assert whole == set(crashes)
    assert kept(store) == set(crashes[:8])
    assert done.notes[0].startswith("removed by --force, although 6 of 14 days of crashes")


def test_force_overrides_a_clock_that_is_not_believed(
    store: FilesystemStore, make_run: MakeRun, database: Database
) -> None:
    put(store, database, NOON - 500 * DAY)

    done = retention.work(make_run(retention.JOB, NOON - 100 * DAY, forced=True))

    assert kept(store) == set()
    assert "the clock says 2026-08-15 12:00, but the newest crash" in done.notes[0]


def test_a_dry_run_lists_what_would_go_and_removes_nothing(
    store: FilesystemStore, make_run: MakeRun, database: Database
) -> None:
    crashes = {put(store, database, NOON - days * DAY) for days in (0, 190, 190, 191)}
    deferred = make_crash(NOON - 30 * DAY, deferred=True)
    store.put_raw(deferred, {"upload_file_minidump": b"MDMP"})
    before = partitions(database)

    listed = list(retention.preview(make_run(retention.JOB)))

    assert listed == [
        "2026-05-16: 1 crash",
        "2026-05-17: 2 crashes",
        "2026-10-24: 1 crash, deferred and not processed",
        "partition reports_20260511",
        "partition reports_user_info_20260511",
    ]
    assert kept(store) == {*crashes, deferred.crash_id}
    assert partitions(database) == before


def test_a_dry_run_says_why_a_run_would_be_refused(
    store: FilesystemStore, make_run: MakeRun, database: Database
) -> None:
    put(store, database, NOON)

    listed = list(retention.preview(make_run(retention.JOB, NOON + 400 * DAY)))

    assert listed[0].startswith("would be refused: the clock says 2027-12-28 12:00")


def test_a_run_that_was_killed_in_the_middle_is_done_again_without_another_step(
    store: FilesystemStore,
    make_run: MakeRun,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = {put(store, database, NOON - (KEPT - days) * DAY) for days in range(8)}
    retention.work(make_run(retention.JOB, NOON, NOON - DAY))
    put(store, database, NOON + 8 * DAY)
    run = make_run(retention.JOB, NOON + 8 * DAY, NOON)
    delete, calls = FilesystemStore.delete, iter(range(9))

    def killed(self: FilesystemStore, crash_id: CrashId) -> None:
        if next(calls) == 1:
            raise KeyboardInterrupt
        delete(self, crash_id)

    with monkeypatch.context() as patch:
        patch.setattr(FilesystemStore, "delete", killed)
        with pytest.raises(KeyboardInterrupt):
            retention.work(run)
    first = len(kept(store) & old)
    retention.work(run)
    retention.work(run)

    assert (first, len(kept(store) & old)) == (7, 5)
    assert ask(database, "SELECT day FROM retention_stands") == [((NOON + 3 * DAY).date(),)]


def test_a_store_whose_files_have_another_time_is_not_believed(
    store: FilesystemStore, make_run: MakeRun, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash_id = put(store, database, NOON - 190 * DAY)
    put(store, database, NOON)
    real = guard.time.time
    monkeypatch.setattr(guard.time, "time", lambda: real() + 7200)

    with pytest.raises(Refused, match="the crash store's 2026-11-23 09:5"):
        retention.work(make_run(retention.JOB))

    assert crash_id in kept(store)


def test_the_command_shows_what_would_go_and_removes_it_by_force(
    store: FilesystemStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = ask(database, "SELECT now()")[0][0]
    day = (today - 190 * DAY).date()
    put(store, database, today - 190 * DAY)

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["cron", *words])

    shown = run("run", "--job", "retention", "--dry-run")
    refused = run("run", "--job", "retention")
    after = len(kept(store))
    listed, checked = run("list"), run("list", "--check")
    of_day = run("run", "--job", "retention", "--day", str(today.date()))
    after_day = len(kept(store))
    forced = run("run", "--job", "retention", "--force")
    again = run("run", "--dry-run")

    assert "retention: would be refused: the clock says" in shown.stdout
    assert f"retention: {day}: 1 crash" in shown.stdout
    assert (refused.exit_code, after) == (1, 1)
    assert "Refused: nothing was removed: the clock says" in listed.stdout.replace("\n", " ")
    assert "retention failed once (Refused: nothing was removed" in checked.stdout
    assert (of_day.exit_code, after_day) == (1, 1)  # a day alone overrides no guard
    assert forced.exit_code == 0
    assert kept(store) == set()
    assert "retention: nothing would go" in again.stdout


def test_a_job_that_removes_nothing_has_no_dry_run(home: Path, database: Database) -> None:
    tried = CliRunner().invoke(main, ["cron", "run", "--job", "counts", "--dry-run"])

    assert tried.exit_code == 1
    assert "counts removes nothing" in tried.stderr


def test_a_day_with_force_overrides_the_guard(store: FilesystemStore, database: Database) -> None:
    today = ask(database, "SELECT now()")[0][0]
    put(store, database, today - 190 * DAY)
    words = ["cron", "run", "--job", "retention", "--day", str(today.date()), "--force"]

    done = CliRunner().invoke(main, words)

    assert done.exit_code == 0
    assert kept(store) == set()
