"""The marker of a folder that holds crashes: empty is not new.

A disk that is not mounted leaves an empty folder, or none. Taken for a new installation it would be
filled, and hidden when the disk comes back. So crash store and spool carry a marker, which only an
explicit create (or the first start of a new home) makes:

    <folder>/marker      {"created": "2026-11-23T…", "id": "0123…", "kind": "crash store"}
    $SOCORRO_HOME/store-id    {"<folder>": "0123…"}: the ids that this home has seen (spool-id)

Without the marker, or with the marker of another folder, what was there is away. Checking that
takes one stat(2): the marker is read again only when it is another file than before.
"""

import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from socorro import files

NAME: Final = "marker"
REMEMBERED: Final = "store-id"  # file of a home, for crash stores
_Version = tuple[int, int, int]  # device, inode, modification time


class Memory:
    """The ids that a home has seen, by folder or URL, in one file; without a file, none."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def recall(self, place: str) -> str | None:
        """Return the id that was seen at *place*."""
        return self._all().get(place)

    def keep(self, place: str, marker_id: str) -> None:
        """Remember the id; a home that cannot be written remembers nothing."""
        if self._path is None or self.recall(place) == marker_id:
            return
        text = json.dumps({**self._all(), place: marker_id}, indent=1, sort_keys=True)
        with suppress(OSError):
            files.write_whole(self._path, text + "\n")

    def _all(self) -> dict[str, str]:
        if self._path is None:
            return {}
        try:
            document = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        return document if isinstance(document, dict) else {}


class Marker:
    """The marker in *folder* of a *kind* ("crash store" or "spool"). Safe between threads.

    *away* is the exception that says that the folder is away, *memory* the file that remembers its
    id. *changed* is called before another marker file than last time is accepted.
    """

    def __init__(
        self,
        folder: Path,
        kind: str,
        away: type[Exception],
        memory: Path | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._folder, self._kind, self._away = folder, kind, away
        self._command = f"socorro {kind.split()[-1]}"
        self._path = folder / NAME
        self._memory, self._changed = Memory(memory), changed
        self._version: _Version | None = None
        self.id: str | None = None  # None until it was read

    def require(self) -> None:
        """Raise *away* unless the folder has its marker, the same as before."""
        try:
            status = self._path.stat()
        except OSError:
            raise self._away(
                f"the {self._kind} is away: no marker in {self._folder};"
                f" `{self._command} create` makes a new one"
            ) from None
        version = status.st_dev, status.st_ino, status.st_mtime_ns
        if version != self._version:
            self._compare(self._read())
            self._changed()
            self._version = version

    @property
    def was_seen(self) -> bool:
        """Whether this home has seen the folder with a marker."""
        return self._memory.recall(str(self._folder)) is not None

    def create(self) -> None:
        """Write a marker unless there is one, and remember its id."""
        try:
            present = self._read()
        except self._away:
            present = secrets.token_hex(16)
            created = datetime.now(UTC).isoformat("T", "seconds")
            document = {"created": created, "id": present, "kind": self._kind}
            files.write_whole(self._path, json.dumps(document) + "\n", self._mode())
        self._accept(present)

    def adopt(self, content: Path) -> None:
        """Accept the marker in the folder; without one, write one when there is *content*."""
        if not content.is_dir():
            self._read()
        self.create()

    def adopt_unmarked(self, content: Path) -> bool:
        """Write a marker where an earlier version left *content*; return whether it did.

        Only in a folder that this home has not seen with a marker.
        """
        is_marked = os.path.lexists(self._path)
        if is_marked or self.was_seen or not content.is_dir():
            return False
        self.create()
        return True

    def _mode(self) -> int:
        """Return who may read the marker: who may read the folder."""
        return self._folder.stat().st_mode & 0o640

    def _compare(self, present: str) -> None:
        remembered = self._memory.recall(str(self._folder))
        expected = remembered or self.id
        if expected not in (None, present):
            raise self._away(
                f"the {self._kind} is away: another one is mounted at {self._folder} (id {present},"
                f" not {expected}); `{self._command} adopt` accepts it"
            )
        self._accept(present)

    def _accept(self, present: str) -> None:
        self.id = present
        self._memory.keep(str(self._folder), present)

    def _read(self) -> str:
        """Return the id in the marker."""
        try:
            document = json.loads(self._path.read_bytes())
            if document["kind"] == self._kind and document["id"]:
                return str(document["id"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
        raise self._away(
            f"the {self._kind} is away: no marker of one in {self._folder};"
            f" `{self._command} create` makes a new one"
        )
