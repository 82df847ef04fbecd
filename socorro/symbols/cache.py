"""What symbol servers answered: their files, bounded in bytes, and that they had none.

The files are a symbol store, so that walkers read them like any other. Beside them, in .answers,
lies one small file for each (server, module) that came to nothing: what, why and until when it is
to be believed. A server that does not answer as it should has one, too, and is left alone until
then, so that the many modules of a crash do not each wait for it. All of it may be deleted at
any time.
"""

import contextlib
import enum
import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from socorro import metrics
from socorro.symbols.locks import lock
from socorro.symbols.module import ModuleId
from socorro.symbols.store import Added, SymbolStore

_ANSWERS = ".answers"
_SWEEP_SECONDS = 3600
_MOST_ANSWERS = 100_000  # of strangers' modules; the ones that end first are forgotten
_EVICT_SECONDS = 60
_ABANDONED_SECONDS = 60  # an answer that is half written for so long, by somebody who was killed
_ROOMY = 0.95  # of the limit is left when something must go
_SIZE = ".size"
_MEASURE_SECONDS = 3600  # somebody may delete files by hand
_LONGEST_DETAIL = 500


class Status(enum.StrEnum):
    """Whether symbols can be had."""

    FOUND = "found"
    MISSING = "missing"  # every server says that it has none
    CORRUPT = "corrupt"  # what a server sent is no symbol file of that module
    UNAVAILABLE = "unavailable"  # a server did not answer: trying again may help


class Outcome(NamedTuple):
    """What became of one module; *detail* is one line for people, "" when all is said."""

    status: Status
    detail: str = ""


class _Size(NamedTuple):
    """What the files of the cache come to, by a measurement and what was added since."""

    measured: float
    bytes: int


class SymbolCache:
    """Symbols from servers below *folder*, at most *limit* bytes of them.

    Their indexes have a limit of their own, which the index walker keeps.
    """

    def __init__(
        self,
        folder: Path,
        limit: int,
        file_limit: int,
        index: Path | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Take files of at most *file_limit* bytes, and none that is larger than the cache."""
        self.limit, self.file_limit = limit, min(limit, file_limit)
        self.store = SymbolStore(folder, self.file_limit, index)
        self._now = now

    @property
    def folder(self) -> Path:
        """What a walker is given as --symbols-path."""
        return self.store.folder

    def has(self, module: ModuleId) -> bool:
        """Tell whether the symbols are here; noted as a use."""
        if not self.store.has(module):
            return False
        self.store.note_use([module])
        return True

    def add(self, pieces: Iterable[bytes], module: ModuleId) -> Added:
        """Keep what a server sent for *module*. Raises BadSymbols, OSError."""
        added = self.store.add(pieces, expected=module, replace=True)
        with self._evicting():
            known = self._known_size()
            if known is None or known.bytes + added.facts.bytes > self.limit:
                self._evict(keep=module)
            else:
                self._note(known._replace(bytes=known.bytes + added.facts.bytes))
        return added

    def known(self, server: str, module: ModuleId | None) -> Outcome | None:
        """Return what *server* answered lately; None as *module* asks for the server itself."""
        try:
            told = json.loads(self._answer(server, module).read_bytes())
            if told["until"] > self._now():
                return Outcome(Status(told["status"]), str(told["detail"]))
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return None

    def remember(
        self, server: str, module: ModuleId | None, outcome: Outcome, seconds: float
    ) -> None:
        """Believe for *seconds* that *server* has no symbols of *module*, or is away (None)."""
        if seconds <= 0:
            return
        path = self._answer(server, module)
        until = self._now() + seconds
        detail = outcome.detail[:_LONGEST_DETAIL]
        told = {"status": outcome.status, "detail": detail, "until": until}
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f".{secrets.token_hex(8)}")
        scratch.write_text(json.dumps(told))
        os.utime(scratch, (until, until))  # so that sweeping reads no file
        scratch.replace(path)
        self._sweep_at_times()

    def evict(self) -> list[ModuleId]:
        """Remove what was not used for longest until the rest fits; return what went."""
        with self._evicting():
            return self._evict(None)

    def _evict(self, keep: ModuleId | None) -> list[ModuleId]:
        """Measure what is here, and make so much room that it is not needed again at once."""
        entries = sorted(self.store.entries(), key=lambda entry: entry.used)
        total = sum(entry.size for entry in entries)
        most, gone = float(self.limit), []
        for entry in entries:
            if total <= most:
                break
            if entry.module != keep:
                most = self.limit * _ROOMY
                self.store.remove(entry)
                gone.append(entry.module)
                total -= entry.size
        metrics.symbols_evicted.inc(len(gone))
        self._note(_Size(self._now(), total))
        return gone

    def _evicting(self) -> contextlib.AbstractContextManager[None]:
        return lock(self.folder / ".locks", ".evict", _EVICT_SECONDS)

    def _known_size(self) -> _Size | None:
        """Return the size as it was last measured, with what came since; None: measure again."""
        with contextlib.suppress(OSError, ValueError):
            at, size = (self.folder / _SIZE).read_text().split()
            if 0 <= self._now() - float(at) < _MEASURE_SECONDS:
                return _Size(float(at), int(size))
        return None

    def _note(self, size: _Size) -> None:
        path = self.folder / _SIZE
        scratch = path.with_name(f"{_SIZE}.new")  # one at a time, under the lock
        scratch.write_text(f"{size.measured} {size.bytes}")
        scratch.replace(path)
        metrics.symbols_cache_bytes.set(size.bytes)

    def forget_answers(self, all_of_them: bool = False) -> int:
        """Remove answers that are no longer believed, or all; return how many."""
        now, found = self._now(), []
        for path in (self.folder / _ANSWERS).glob("*/*"):
            with contextlib.suppress(OSError):
                until = path.stat().st_mtime
                if path.name[0] != "." or until < now - _ABANDONED_SECONDS:
                    found.append((until, path))
        found.sort(reverse=True)
        ended = [
            path
            for place, (until, path) in enumerate(found)
            if all_of_them or until <= now or place >= _MOST_ANSWERS
        ]
        for path in ended:
            path.unlink(missing_ok=True)
        return len(ended)

    def _sweep_at_times(self) -> None:
        mark = self.folder / _ANSWERS / "swept"
        with contextlib.suppress(OSError):
            if mark.stat().st_mtime > time.time() - _SWEEP_SECONDS:
                return
        mark.touch()
        self.forget_answers()

    def _answer(self, server: str, module: ModuleId | None) -> Path:
        name = hashlib.sha256(f"{server} {module or ''}".encode()).hexdigest()[:32]
        return self.folder / _ANSWERS / name[:2] / name[2:]
