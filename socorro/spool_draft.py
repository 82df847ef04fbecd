"""A crash on its way into the spool: dumps as they stream in, then one commit or nothing."""

import contextlib
import hashlib
import os
import secrets
import time
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from types import TracebackType
from typing import Protocol

from socorro.crash import RawCrash
from socorro.crash_id import CrashId
from socorro.group_commit import Sync
from socorro.spool_entry import DUMP_NAME, NEW_FILE, Entry, available, write


class Desk(Protocol):
    """What a draft asks of its spool."""

    incoming: Path
    minutes: Path
    sync: Sync

    def rename(self, source: Path, target: Path) -> None:
        """Rename into a minute's folder, which is made if need be."""
        ...

    def settle(self, draft: "Draft") -> None:
        """Return when the renamed files of *draft* and its line in the day's log are safe."""
        ...


class DumpWriter:
    """One dump on its way into the spool."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._digest = hashlib.sha256()
        with available():
            self.descriptor = os.open(path, NEW_FILE, 0o600)

    @property
    def sha256(self) -> str:
        """SHA-256 of what was written so far, hex."""
        return self._digest.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Append *chunk*. Raises SpoolUnavailable."""
        self._digest.update(chunk)
        self.size += len(chunk)
        with available():
            write(self.descriptor, chunk)

    def close(self) -> None:
        """Close the file; closing twice is no error."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


class Draft:
    """A crash that is being received; leaving its `with` without commit discards it."""

    def __init__(self, spool: Desk) -> None:
        self._spool = spool
        # Starts with the time, so that entries of a minute sort by arrival.
        self._nonce = f"{time.time_ns():016x}{secrets.token_hex(4)}"
        self._dumps: dict[str, DumpWriter] = {}
        self._files: list[Path] = []  # where our files are now
        self.folder = spool.minutes
        self.crash_id = CrashId("")

    def __enter__(self) -> "Draft":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for dump in self._dumps.values():
            dump.close()
        self.withdraw()

    def dump(self, name: str) -> DumpWriter:
        """Start the dump called *name*. Raises SpoolUnavailable; ValueError for a bad name."""
        if not DUMP_NAME.fullmatch(name) or name in self._dumps:
            raise ValueError("dump name is not usable or used already")
        writer = DumpWriter(self._new_file())
        self._dumps[name] = writer
        return writer

    def commit(self, raw: RawCrash) -> None:
        """Enter the crash; on return it survives kill -9 and, if durable, a power cut.

        Raises SpoolUnavailable: the crash is not known to be safe, the client shall try again.
        """
        if set(raw.dump_checksums) != set(self._dumps):
            raise ValueError("the checksums of the raw crash do not name the dumps of the draft")
        self.crash_id = raw.crash_id
        submitted = raw.submitted.astimezone(UTC)
        self.folder = self._spool.minutes / f"{submitted:%Y%m%d%H%M}"
        with available():
            self._write_json(raw.to_json())
            entry = Entry(raw.crash_id, self._nonce, self.folder)
            targets = [entry.dump(name) for name in self._dumps]
            self._enter([*targets, entry.json])
            self._spool.settle(self)

    def entered(self) -> None:
        """The day's log names the crash: from here on, whatever fails, it stays."""
        self._files = []

    def withdraw(self) -> None:
        """Remove what is there of this crash, the JSON first."""
        for path in reversed(self._files):
            with contextlib.suppress(OSError):
                path.unlink()
        self._files = []

    def _write_json(self, text: bytes) -> None:
        descriptor = os.open(self._new_file(), NEW_FILE, 0o600)
        try:
            write(descriptor, text)
            dumps = [dump.descriptor for dump in self._dumps.values() if dump.descriptor >= 0]
            self._spool.sync.files([*dumps, descriptor])
        finally:
            os.close(descriptor)

    def _enter(self, targets: Sequence[Path]) -> None:
        """Give the files their final names, in this order."""
        for number, target in enumerate(targets):
            # Only the first can find the folder gone: then it is not empty, hence not removed.
            self._spool.rename(self._files[number], target)
            self._files[number] = target

    def _new_file(self) -> Path:
        path = self._spool.incoming / f"{self._nonce}.{len(self._files)}"
        self._files.append(path)
        return path
