"""SOCORRO_HOME of a line on this machine: folders, secrets, lock, running.toml."""

import fcntl
import json
import os
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from socorro.config import RUNNING
from socorro.files import write_whole

Value = str | int | list[str]

_NEW = "new"  # there until crash store and spool of a new home were created


class HomeTaken(Exception):
    """Another line runs in this home."""


def prepare(home: Path) -> None:
    """Make missing folders and secrets, readable only by this user.

    When run as root, others may enter the home (not list it): Postgres runs as another user.
    """
    if not home.exists():
        home.mkdir(parents=True)
        home.chmod(0o711 if os.geteuid() == 0 else 0o700)
    for name in ("symbols", "run"):
        (home / name).mkdir(mode=0o700, exist_ok=True)
    if not (home / "secret").exists():
        (home / _NEW).touch(mode=0o600)
    for name in ("secret", "webapp-secret"):
        _make_secret(home / name)


def is_new(home: Path) -> bool:
    """Return whether crash store and spool of the home may be created: its first start."""
    return (home / _NEW).exists()


def note_created(home: Path) -> None:
    """Note that crash store and spool were created: the home is not new from now on."""
    (home / _NEW).unlink(missing_ok=True)


def _make_secret(path: Path) -> None:
    if path.exists():
        return
    write_whole(path, secrets.token_urlsafe(48) + "\n")


@contextmanager
def lock(home: Path) -> Iterator[int]:
    """Hold the home for one line; yield the lock's file descriptor. Raises HomeTaken.

    Processes that inherit the descriptor hold the lock, too, so that no second line begins while
    the processes of a killed one are still ending.
    """
    path = home / "run" / "lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise HomeTaken(
                f"a line is already running in {home} (process {file.read().strip() or '?'}):"
                " stop it, or set SOCORRO_HOME to another folder"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield file.fileno()


def forget_running(home: Path) -> None:
    """Remove running.toml of the last line, so that its settings no longer count."""
    (home / RUNNING).unlink(missing_ok=True)


def write_running(
    home: Path, shared: Mapping[str, Value], tables: Mapping[str, Mapping[str, Value]]
) -> None:
    """Write running.toml: where this line's services, database and store are."""
    lines = ["# Written by `socorro run` at every start; your settings go into socorro.toml."]
    for name, values in (("", shared), *tables.items()):
        lines += ["", f"[{name}]"] if name else []
        # JSON's texts, numbers and lists are TOML's, too.
        lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    text = "\n".join(lines) + "\n"
    tomllib.loads(text)
    write_whole(home / RUNNING, text)
