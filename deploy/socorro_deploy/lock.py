"""One deploy at a time on a machine; Linux gives the lock back however a deploy ends."""

import fcntl
import getpass
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from socorro_deploy.failure import DeployFailed


@contextmanager
def lock(path: Path, what: str) -> Iterator[None]:
    """Hold the lock while deploying *what*. Raises DeployFailed with the holder's name."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DeployFailed(f"another deploy is running: {_words(_read(path))}") from None
        file.truncate(0)
        holder = {"pid": os.getpid(), "user": getpass.getuser(), "since": now(), "what": what}
        file.write(json.dumps(holder))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def holder(path: Path) -> str:
    """Say who deploys at the moment, or ""."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return ""
    except BlockingIOError:
        return _words(_read(path))
    return ""


def now() -> str:
    """Return the time as logs say it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError):  # it is being written
        return {}


def _words(holder: dict[str, Any]) -> str:
    if not holder:
        return "it has just begun"
    return "{what}, by {user} (process {pid}) since {since}".format(**holder)
