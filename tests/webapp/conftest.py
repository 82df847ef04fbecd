"""The pages over a real database and a real store, by WSGI and in a real browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.cache import cache

from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.browser import browser_type_launch_args  # noqa: F401
from tests.serving.running import running
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context

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
    yield application(Context(as_role("webapp"), store, config), KEY)
    cache.clear()


@pytest.fixture
def site(app: WsgiApp) -> Iterator[str]:
    """The address of the pages, served to a browser."""
    with running(app) as server:
        yield f"http://127.0.0.1:{server.address[1]}"
