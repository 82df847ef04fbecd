"""`socorro rebuild`: what the crash store has comes back into the queue, once."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result

from socorro import jobs
from socorro.crash import RawCrash
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from tests.builders import NOON, make_crash
from tests.crashmover.spooled import DUMPS
from tests.monitor.test_chores import queued, report

Run = Callable[..., Result]
DAY = str(NOON.date())
BEFORE = NOON - timedelta(days=1)


def put(store: CrashStore, *, deferred: bool = False, processed: bool = False) -> CrashId:
    raw: RawCrash = make_crash(dumps=DUMPS, deferred=deferred)
    store.put_raw(raw, DUMPS)
    if processed:
        store.put_processed(raw.crash_id, {"crash_id": raw.crash_id})
    return raw.crash_id


@pytest.fixture
def crashes(store: CrashStore, settings: Path) -> list[CrashId]:
    """What shall be queued: never processed, processed, deferred but viewed; not: deferred."""
    put(store, deferred=True)
    return sorted(
        [put(store), put(store, processed=True), put(store, deferred=True, processed=True)]
    )


def rebuild(run: Run, *words: str) -> Result:
    return run("rebuild", "--since", DAY, "--until", DAY, *words)


def test_every_crash_that_had_a_report_or_should_have_one_is_queued(
    run: Run, crashes: list[CrashId], database: Database
) -> None:
    result = rebuild(run)

    assert result.exit_code == 0, result.output
    assert result.stdout == "4 crashes stored, 3 queued\n"
    assert queued(database) == crashes


def test_crashes_of_today_go_before_rebuilt_ones(
    run: Run, crashes: list[CrashId], database: Database
) -> None:
    rebuild(run)

    with database.transaction() as db:
        claimed = jobs.claim(db, "me", 10, 60)
    assert {job.priority for job in claimed} == {jobs.LOW}


@pytest.mark.parametrize(("words", "ruleset"), [((), "stored"), (("--walk",), "default")])
def test_processed_crashes_are_walked_again_only_when_that_is_said(
    words: tuple[str, ...], ruleset: str, run: Run, crashes: list[CrashId], database: Database
) -> None:
    rebuild(run, *words)

    with database.transaction() as db:
        assert {job.ruleset for job in jobs.claim(db, "me", 10, 60)} == {ruleset}


def test_a_second_rebuild_queues_nothing(
    run: Run, crashes: list[CrashId], database: Database
) -> None:
    rebuild(run)

    result = rebuild(run)

    assert result.stdout == "4 crashes stored, 0 queued\n"


def test_a_rebuild_that_was_interrupted_goes_on(
    run: Run, crashes: list[CrashId], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socorro.jobs.reconcile.BATCH", 1)
    offer = jobs.offer
    offered = iter(range(2))

    def interrupted(*words: object, **options: object) -> int:
        if next(offered, None) is None:
            raise KeyboardInterrupt
        return offer(*words, **options)

    with monkeypatch.context() as patch:
        patch.setattr("socorro.jobs.offer", interrupted)
        assert rebuild(run).exit_code != 0
    partly = queued(database)
    rebuild(run)

    assert len(partly) < 3
    assert queued(database) == crashes


def test_what_has_a_report_is_left_alone(
    run: Run, crashes: list[CrashId], database: Database
) -> None:
    report(database, crashes[0], NOON.isoformat())

    rebuild(run)

    assert queued(database) == crashes[1:]


def test_a_dry_run_counts_and_queues_nothing(
    run: Run, crashes: list[CrashId], database: Database
) -> None:
    result = rebuild(run, "--dry-run")

    assert result.stdout == "4 crashes stored, 3 would be queued\n"
    assert queued(database) == []


def test_days_outside_are_left_alone(run: Run, crashes: list[CrashId], database: Database) -> None:
    result = run("rebuild", "--since", str(BEFORE.date()), "--until", str(BEFORE.date()))

    assert result.stdout == "0 crashes stored, 0 queued\n"


def test_a_range_that_ends_before_it_begins_is_refused(run: Run, settings: Path) -> None:
    result = run("rebuild", "--since", DAY, "--until", str(BEFORE.date()))

    assert result.exit_code == 2
    assert "--since" in result.output
