"""A crash on its way into the spool: dumps as they stream in, then one commit or nothing.

Creating files is what costs time, so a dump of usual size stays in memory until its crash is
committed and is then written to its final place; a larger one goes to incoming/ meanwhile.
"""

import contextlib
import hashlib
import os
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from socorro.crash import RawCrash
from socorro.crash_id import CrashId
from socorro.spool.entry import (
    DUMP_NAME,
    NEW_FILE,
    Entry,
    path_in,
    place,
    unavailable,
    unavailable_on_error,
    write,
)
from socorro.spool.group_commit import GroupCommit, Settled, Sync

IN_MEMORY = 256 * 1024  # bytes of one dump

_NO_BYTES = hashlib.sha256()  # to be copied: OpenSSL looks for the hash each time one is made


class _File:
    """A file of a draft: its path and its open descriptor."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.descriptor = -1

    def create(self, path: str) -> None:
        self.descriptor = os.open(path, NEW_FILE, 0o600)
        self.path = path

    def rename(self, path: str) -> None:
        os.rename(self.path, path)
        self.path = path

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def remove(self) -> None:
        with contextlib.suppress(OSError):
            os.unlink(self.path)


class DumpWriter:
    """One dump of a draft."""

    def __init__(self, path: str) -> None:
        self.size = 0
        self.file = _File(path)
        self._memory: list[bytes | memoryview] = []
        self._digest = _NO_BYTES.copy()

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes written so far, hex."""
        return self._digest.hexdigest()

    def write(self, chunk: bytes | memoryview) -> None:
        """Append *chunk*, which must not change any more. Raises SpoolUnavailable."""
        self._digest.update(chunk)
        self._memory.append(chunk)
        self.size += len(chunk)
        if self.size > IN_MEMORY:
            with unavailable_on_error():
                if self.file.descriptor < 0:
                    self.file.create(self.file.path)
                self._flush()

    def close(self) -> None:
        """Do nothing: the draft writes the rest and closes the file."""

    def place(self, target: str, sync: Sync) -> None:
        """Put the whole dump at *target*; the file stays open, to be synced."""
        in_file = self.file.descriptor >= 0
        place(self.file.rename if in_file else self.file.create, target, sync)
        self._flush()

    def _flush(self) -> None:
        for chunk in self._memory:
            write(self.file.descriptor, chunk)
        self._memory.clear()


class Draft:
    """A crash that is being received; leaving its `with` without commit discards it.

    Dumps that do not fit into memory go to *incoming*, the crash to a folder in *minutes*, the
    folders of its minute. *sync*: how files reach the disk. *group* settles drafts of which all is
    in place: then their files and their lines in the day's log are safe. *require* raises
    SpoolUnavailable when the spool is away: an upload takes long.
    """

    def __init__(
        self,
        incoming: Path,
        minutes: Path,
        sync: Sync,
        group: "GroupCommit[Draft]",
        require: Callable[[], None],
    ) -> None:
        self._incoming, self._minutes, self._require = incoming, minutes, require
        self._sync, self._group = sync, group
        # Starts with the time, so that entries of a minute sort by arrival.
        self._nonce = f"{time.time_ns():016x}{secrets.token_hex(4)}"
        self._dumps: dict[str, DumpWriter] = {}
        self._json = _File(f"{incoming}/{self._nonce}.json")
        self._staged, self._entered = False, False
        self.folder = minutes
        self.crash_id = CrashId("")

    def __enter__(self) -> "Draft":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files():
            file.close()
        if not self._staged and not self._entered:
            self.withdraw()

    def dump(self, name: str) -> DumpWriter:
        """Start the dump called *name*. Raises ValueError for a bad name."""
        if not DUMP_NAME.fullmatch(name) or name in self._dumps:
            raise ValueError("dump name is not usable, or used already")
        path = f"{self._incoming}/{self._nonce}.{len(self._dumps)}"
        self._dumps[name] = DumpWriter(path)
        return self._dumps[name]

    def commit(self, raw: RawCrash) -> None:
        """Enter the crash; on return it survives kill -9 and, if durable, a power cut.

        Raises SpoolUnavailable: the crash may not be safe, the client has to try again.
        """
        self.stage(raw)
        with unavailable_on_error():
            self._group.commit(self)

    def stage(self, raw: RawCrash) -> None:
        """Put all of the crash in place: it survives kill -9. Raises SpoolUnavailable."""
        if raw.dump_checksums.keys() != self._dumps.keys():
            raise ValueError("the checksums of the raw crash do not name the dumps of the draft")
        self._require()
        self.crash_id = raw.crash_id
        self.folder = path_in(self._minutes, _minute(raw.submitted.astimezone(UTC)))
        entry = Entry(raw.crash_id, self._nonce, self.folder)
        with unavailable_on_error():
            self._json.create(self._json.path)
            write(self._json.descriptor, raw.to_json())
            for name, dump in self._dumps.items():
                dump.place(entry.dump(name), self._sync)
            self._sync.files([file.descriptor for file in self._files()])
            place(self._json.rename, entry.json, self._sync)

    def settle(self, settled: Settled) -> None:
        """Enter the staged crash; call *settled* when it survives a power cut, too, if durable.

        The draft may be left before. *settled* is called in another thread, once: with None, or
        with the error (SpoolUnavailable) for which the client has to try again.
        """

        def withdraw_on_error(error: BaseException | None) -> None:
            if error is not None and not self._entered:
                self.withdraw()
            settled(unavailable(error) if isinstance(error, OSError) else error)

        self._group.submit(self, withdraw_on_error)
        self._staged = True

    def entered(self) -> None:
        """Note that the day's log has the crash: from here on it stays, whatever fails."""
        self._entered = True

    def withdraw(self) -> None:
        """Remove all files of this crash, the JSON first."""
        for file in self._files():
            file.remove()

    def _files(self) -> list[_File]:
        return [self._json, *(dump.file for dump in self._dumps.values())]


def _minute(time: datetime) -> str:
    """Return `%Y%m%d%H%M`, which takes strftime twenty times as long."""
    return f"{time.year:04}{time.month:02}{time.day:02}{time.hour:02}{time.minute:02}"
