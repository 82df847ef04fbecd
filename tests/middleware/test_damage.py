"""REST for a crash that the store has and cannot read: 410, or made again by itself."""

import pytest

from middleware.app import application
from middleware.callers import Caller
from middleware.context import Context
from socorro import jobs
from socorro.accounts.permissions import VIEW_PII, VIEW_RAWDUMP
from socorro.crash import RawCrash
from socorro.crashstore.filesystem import PROCESSED, FilesystemStore
from socorro.jobs import JobState
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from socorro.serving.rate_limit import RateLimit
from tests.builders import make_crash
from tests.damaged import DamagedStore
from tests.processed import processed, stored
from tests.wsgi import Answer, ask

DAMAGED = {"error": "Damaged: the crash store has this crash but cannot read it", "errors": {}}
AGAIN = "Damaged: the processed crash is missing or unreadable, and is being made again"


@pytest.fixture
def damaged(store: FilesystemStore) -> DamagedStore:
    return DamagedStore(store)


@pytest.fixture
def app(database: Database, damaged: DamagedStore) -> WsgiApp:
    caller = Caller(frozenset({VIEW_PII, VIEW_RAWDUMP}))
    context = Context(database, damaged)
    return application(context, RateLimit(100), identify=lambda _environ: caller)


def get_processed(app: WsgiApp, crash: RawCrash) -> Answer:
    return ask(app, f"/api/ProcessedCrash/?crash_id={crash.crash_id}")


def job_of(database: Database, crash: RawCrash) -> jobs.JobStatus | None:
    with database.transaction() as db:
        return jobs.find(db, crash.crash_id)


@pytest.mark.parametrize("more", ["", "&format=raw"])
def test_a_damaged_raw_crash_and_its_dump_are_gone(
    app: WsgiApp, damaged: DamagedStore, more: str
) -> None:
    crash = stored(damaged, make_crash())
    damaged.damage(crash, raw=True)

    answer = ask(app, f"/api/RawCrash/?crash_id={crash.crash_id}{more}")

    assert (answer.status, answer.json()) == (410, DAMAGED)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_crash_that_cannot_be_processed_because_it_is_damaged_is_gone(
    app: WsgiApp, damaged: DamagedStore
) -> None:
    crash = stored(damaged, make_crash())
    damaged.damage(crash, raw=True)

    answer = get_processed(app, crash)

    assert (answer.status, answer.json()) == (410, DAMAGED)


def test_a_damaged_processed_crash_is_queued_again_once(
    app: WsgiApp, damaged: DamagedStore, database: Database
) -> None:
    crash = processed(damaged, database)
    damaged.damage(crash, processed=True)

    answer = get_processed(app, crash)
    first = job_of(database, crash)
    again = get_processed(app, crash)

    assert (answer.status, answer.json()) == (
        404,
        {"error": AGAIN, "errors": {}, "state": "waiting", "ahead": 0, "attempts": 0},
    )
    assert int(answer.headers["Retry-After"]) > 0
    assert again.json() == answer.json()
    assert first == job_of(database, crash)
    assert first is not None
    assert first.state is JobState.WAITING


def test_a_missing_processed_crash_beside_a_report_is_not_new(
    app: WsgiApp, damaged: DamagedStore, database: Database
) -> None:
    crash = processed(damaged, database)
    [file] = damaged._root.rglob(f"*{PROCESSED}")
    file.unlink()

    answer = get_processed(app, crash)

    assert (answer.status, answer.json()["error"], answer.json()["state"]) == (
        404, AGAIN, "waiting",
    )  # fmt: skip
    assert job_of(database, crash) is not None


def test_a_crash_that_failed_again_says_so(
    app: WsgiApp, damaged: DamagedStore, database: Database
) -> None:
    crash = processed(damaged, database)
    damaged.damage(crash, processed=True)
    get_processed(app, crash)
    with database.transaction() as db:
        [job] = jobs.claim(db, "tests", 1, 60)
        jobs.fail(db, job, "damaged: BadZipFile", most=5, for_good=True)

    answer = get_processed(app, crash)

    assert (answer.json()["error"], answer.json()["state"]) == ("Processing failed", "failed")


def test_a_crash_that_is_saved_meanwhile_is_not_queued_again(
    database: Database, store: FilesystemStore
) -> None:
    class SavedMeanwhile(DamagedStore):
        def get_raw(self, crash_id: object) -> RawCrash:
            self._processed.clear()
            return super().get_raw(crash_id)

    late = SavedMeanwhile(store)
    crash = processed(late, database)
    late.damage(crash, processed=True)
    app = application(Context(database, late), RateLimit(100))

    answer = get_processed(app, crash)

    assert (answer.status, answer.json()["state"]) == (404, "running")
    assert job_of(database, crash) is None
    assert get_processed(app, crash).status == 200
