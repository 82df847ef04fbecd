"""The pages over a real database and a real store, by WSGI and in a real browser."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.cache import cache

from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.browser import browser_type_launch_args  # noqa: F401
from tests.search.reference import Reference
from tests.search.rows import make_row
from tests.serving.running import running
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
CRASHES = [  # what searches find
    make_row(
        number,
        NOW - timedelta(hours=5 * number + 1),
        product=("Firefox", "Firefox", "Fenix")[number % 3],
        version=f"159.0b{number % 4}",
        signature=("OOM | small", "copper::ParserBridge::RebuildChild", "hazel::CacheBox")[
            number % 3
        ],
        os_name=("Windows NT", "Linux", None)[number % 3],
        process_type="parent",
    )
    for number in range(30)
]

KEY = "the key of the tests, which signs nothing of worth"


@pytest.fixture
def store(tmp_path: Path) -> FilesystemStore:
    return FilesystemStore.created(tmp_path / "crashstore")


@pytest.fixture
def config(tmp_path: Path) -> WebappConfig:
    return WebappConfig(
        secret_key_file=tmp_path / "key",
        collector_url="https://crash-reports.example",
        middleware_url="http://127.0.0.1:9/",  # nobody
        asks_per_minute=2,
        sign_ins_per_name=1000,
        sign_ins_per_name_from_all=1000,
    )


@pytest.fixture
def app(
    as_role: Callable[[str], Database], store: CrashStore, config: WebappConfig
) -> Iterator[WsgiApp]:
    context = Context(as_role("webapp"), store, config, search=Reference(CRASHES))
    yield application(context, KEY)
    cache.clear()


@pytest.fixture
def site(app: WsgiApp) -> Iterator[str]:
    """The address of the pages, served to a browser."""
    with running(app) as server:
        yield f"http://127.0.0.1:{server.address[1]}"
