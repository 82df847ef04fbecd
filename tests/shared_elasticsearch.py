"""One real Elasticsearch for all workers of a test run: a start takes six seconds and more."""

import fcntl
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from elasticsearch import Elasticsearch

from cli.local import elasticsearch
from socorro.config import load
from tests import places


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Return the URL of the server of a test run, whose workers share a folder.

    The first to need it starts it, and stops it when all others have ended; each holds a shared
    lock as long as it uses it.
    """
    with (folder / "elasticsearch.users").open("a") as users:
        with _alone(folder):
            address = folder / "elasticsearch.url"
            if address.exists():
                fcntl.flock(users, fcntl.LOCK_SH)
                url = address.read_text()
                owned = None
            else:
                owned = _own(folder / "elasticsearch.url")
                url = next(owned)
        try:
            yield url
        finally:
            if owned is not None:
                _wait_for_others(folder, users)
                next(owned, None)


def remove(url: str, prefix: str) -> None:
    """Remove what a test has in a server."""
    client = Elasticsearch(url, request_timeout=300)
    names = list(client.indices.get(index=f"{prefix}-*", filter_path="*.aliases"))
    if names:
        client.indices.delete(index=names)
    client.options(ignore_status=404).indices.delete_index_template(name=prefix)
    client.close()


def empty(url: str, prefix: str) -> None:
    """Remove the documents that a test has in a server; its indices stay."""
    client = Elasticsearch(url, request_timeout=300)
    client.delete_by_query(
        index=prefix, query={"match_all": {}}, refresh=True, ignore_unavailable=True
    )
    client.close()


def _own(address: Path) -> Iterator[str]:
    data = places.folder("elasticsearch")
    cache = load(elasticsearch.ElasticsearchConfig).cache
    with elasticsearch.running(data, cache) as own:
        address.write_text(own.url)
        yield own.url
        address.unlink(missing_ok=True)
    shutil.rmtree(data, ignore_errors=True)


def _wait_for_others(folder: Path, users: IO[str]) -> None:
    while True:
        with _alone(folder):  # nobody begins to use it now
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                (folder / "elasticsearch.url").unlink()
                return
        time.sleep(0.2)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "elasticsearch.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
