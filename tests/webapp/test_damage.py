"""The page of a crash that the store has and cannot read."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from socorro import jobs
from socorro.crashstore.filesystem import FilesystemStore
from socorro.jobs import JobState
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.builders import make_crash
from tests.damaged import DamagedStore
from tests.processed import processed, stored
from tests.wsgi import ask
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context


@pytest.fixture
def damaged(store: FilesystemStore) -> DamagedStore:
    return DamagedStore(store)


@pytest.fixture
def app(database: Database, damaged: DamagedStore, config: WebappConfig) -> Iterator[WsgiApp]:
    yield application(Context(database, damaged, config), "k" * 40)
    cache.clear()


def test_a_damaged_crash_that_is_not_processed_is_an_error_page(
    app: WsgiApp, damaged: DamagedStore
) -> None:
    crash = stored(damaged, make_crash())
    damaged.damage(crash, raw=True)

    page = ask(app, f"/report/index/{crash.crash_id}")

    assert page.status == 410
    assert "Crash damaged" in page.text
    assert crash.crash_id in page.text


def test_a_damaged_processed_crash_is_queued_again_and_said_so(
    app: WsgiApp, damaged: DamagedStore, database: Database
) -> None:
    crash = processed(damaged, database)
    damaged.damage(crash, processed=True)

    page = ask(app, f"/report/index/{crash.crash_id}")

    assert page.status == 202
    assert "its processed crash is missing or damaged" in page.text
    assert "not processed yet" not in page.text
    with database.transaction() as db:
        job = jobs.find(db, crash.crash_id)
    assert job is not None
    assert (job.state, job.priority) == (JobState.WAITING, jobs.VIEWED)


def test_a_report_whose_raw_crash_is_damaged_is_still_a_page(
    app: WsgiApp, damaged: DamagedStore, database: Database
) -> None:
    crash = processed(damaged, database)
    damaged.damage(crash, raw=True)

    page = ask(app, f"/report/index/{crash.crash_id}")

    assert page.status == 200
    assert "the raw crash has been deleted or is damaged" in page.text


@pytest.mark.parametrize(
    "change",
    [
        {"json_dump": 3, "signature": [], "uuid": {}},
        {"json_dump": {"threads": 1, "modules": "x"}, "processor_notes": {}},
        {"json_dump": [], "signature": None, "mdsw_status_string": 5},
    ],
)
def test_a_processed_crash_of_odd_types_is_still_a_page(
    app: WsgiApp, damaged: DamagedStore, database: Database, change: dict[str, object]
) -> None:
    crash = processed(damaged, database)
    document = damaged.get_processed(crash.crash_id)
    damaged.put_processed(crash.crash_id, {**document, **change})

    page = ask(app, f"/report/index/{crash.crash_id}")

    assert page.status == 200
