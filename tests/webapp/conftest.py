"""The pages over a real database and a real store, by WSGI and in a real browser."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from waitress.server import create_server

from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.browser import browser_type_launch_args  # noqa: F401
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
        middleware_url="https://api.example/",
        asks_per_minute=2,
        sign_ins_per_name=1000,
        sign_ins_per_name_from_all=1000,
    )


@pytest.fixture
def app(database: Database, store: CrashStore, config: WebappConfig) -> Iterator[WsgiApp]:
    yield application(Context(database, store, config), KEY)
    cache.clear()


@pytest.fixture
def site(app: WsgiApp) -> Iterator[str]:
    """The address of the pages, served to a browser."""
    server = create_server(
        app, host="127.0.0.1", port=0, threads=4, clear_untrusted_proxy_headers=True
    )

    def end() -> None:
        """Close connections that a browser keeps open too: else the server goes on for them."""
        for channel in list(server.active_channels.values()):
            channel.handle_close()
        server.close()

    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.task_dispatcher.shutdown()
    server.trigger.pull_trigger(end)
    thread.join(10)
    assert not thread.is_alive()
