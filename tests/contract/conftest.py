"""Every contract test runs over every kind of store (SCHEMES in socorro/crashstore/open.py)."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.hbase import HBaseStore
from socorro.crashstore.interface import CrashStore
from socorro.crashstore.open import SCHEMES, create_tables, open_store

MARKS = {"hbase": pytest.mark.hbase}
STORES = [pytest.param(scheme, marks=MARKS.get(scheme, ())) for scheme in SCHEMES]
SYSTEM_CALLS = ("open", "write", "utime", "fsync", "link", "mkdir", "replace", "unlink")


class Killed(BaseException):
    """The process would be dead from here on."""


Dying = Callable[[CrashStore, int], AbstractContextManager[None]]


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """The URL of a crash store in a folder that only this test uses."""
    url = f"file://{tmp_path}/crashstore"
    create_tables(url)
    return url


@pytest.fixture(params=STORES)
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty store, each kind in turn: fixture <scheme>_url."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def store(store_url: str) -> Iterator[CrashStore]:
    """An empty store, each kind in turn."""
    opened = open_store(store_url)
    yield opened
    opened.close()


@contextmanager
def dying_after(store: CrashStore, calls: int) -> Iterator[None]:
    """Let *store* do *calls* calls to its disk or server, and none after that."""
    left = calls

    def limited(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return call(*arguments, **named)

        return wrapped

    with pytest.MonkeyPatch.context() as patch, _swallowed():
        if isinstance(store, HBaseStore):
            patch.setattr(store.client, "_once", limited(store.client._once))
        else:
            assert isinstance(store, FilesystemStore)
            for name in SYSTEM_CALLS:
                patch.setattr(os, name, limited(getattr(os, name)))
        yield


@contextmanager
def _swallowed() -> Iterator[None]:
    try:
        yield
    except Killed:
        return
