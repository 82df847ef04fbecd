"""Remembers what symbol servers answered: their files, up to a limit of bytes, and failures.

The files are a symbol store, so that walkers read them like any other. In .answers there is one
small file for each (server, module) without symbols: the status, a detail, and until when it is
valid. A server that fails has one, too, and is left alone until then, so that the many modules of
a crash do not each wait for it. All of it may be deleted at any time.
"""

import contextlib
import enum
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from socorro import files, metrics
from socorro.symbols.locks import lock
from socorro.symbols.module import ModuleId
from socorro.symbols.store import Added, SymbolStore

_ANSWERS = ".answers"
_SWEEP_SECONDS = 3600
_MOST_ANSWERS = 100_000  # modules come from outside; the answers that end first are forgotten
_EVICT_SECONDS = 60
_ABANDONED_SECONDS = 60  # age of an unfinished answer whose writer was killed
_ROOMY = 0.95  # share of the limit that stays when something must go
_SIZE = ".size"
_MEASURE_SECONDS = 3600  # somebody may delete files by hand
_LONGEST_DETAIL = 500


class Status(enum.StrEnum):
    """Whether there are symbols."""

    AVAILABLE = "found"
    MISSING = "missing"  # no server has symbols
    CORRUPT = "corrupt"  # a server sent something that is no symbol file of that module
    UNAVAILABLE = "unavailable"  # a server did not answer: trying again may help


class Outcome(NamedTuple):
    """The answer for one module; *detail* is a text for people, or ""."""

    status: Status
    detail: str = ""


class _Size(NamedTuple):
    """Size of the cache: the last measurement and what was added since."""

    measured: float
    bytes: int


class SymbolCache:
    """Symbols from servers in *folder*, at most *limit* bytes.

    Their indexes have a limit of their own, which the index walker enforces.
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
        """The folder for a walker's --symbols-path."""
        return self.store.folder

    def has(self, module: ModuleId) -> bool:
        """Return whether the symbols are in the cache; counts as a use."""
        if not self.store.has(module):
            return False
        self.store.note_use([module])
        return True

    def add(self, pieces: Iterable[bytes], module: ModuleId) -> Added:
        """Keep what a server sent for *module*. Raises BadSymbols, OSError."""
        added = self.store.add(pieces, expected=module, replace=True)
        with self._evicting():
            size = self._last_size()
            if size is None or size.bytes + added.facts.bytes > self.limit:
                self._evict(keep=module)
            else:
                self._note(size._replace(bytes=size.bytes + added.facts.bytes))
        return added

    def remembered(self, server: str, module: ModuleId | None) -> Outcome | None:
        """Return a failure of *server* that is still valid; *module* None: of the whole server."""
        try:
            answer = json.loads(self._answer(server, module).read_bytes())
            if answer["until"] > self._now():
                return Outcome(Status(answer["status"]), str(answer["detail"]))
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return None

    def remember(
        self, server: str, module: ModuleId | None, outcome: Outcome, seconds: float
    ) -> None:
        """Remember for *seconds* that *server* failed for *module*, or altogether (None)."""
        if seconds <= 0:
            return
        path = self._answer(server, module)
        until = self._now() + seconds
        detail = outcome.detail[:_LONGEST_DETAIL]
        answer = {"status": outcome.status, "detail": detail, "until": until}
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.replacing(path, 0o644, durable=False) as file:
            file.write(json.dumps(answer).encode())
            file.flush()
            os.utime(file.fileno(), (until, until))  # so that sweeping reads no file
        self._sweep_at_times()

    def evict(self) -> list[ModuleId]:
        """Remove the least recently used symbols until the rest fits; return what was removed."""
        with self._evicting():
            return self._evict(None)

    def _evict(self, keep: ModuleId | None) -> list[ModuleId]:
        """Measure the cache; where something must go, make room for more than the next file."""
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

    def _last_size(self) -> _Size | None:
        """Return the size by the last measurement; None when it must be measured again."""
        with contextlib.suppress(OSError, ValueError):
            at, size = (self.folder / _SIZE).read_text().split()
            if 0 <= self._now() - float(at) < _MEASURE_SECONDS:
                return _Size(float(at), int(size))
        return None

    def _note(self, size: _Size) -> None:
        text = f"{size.measured} {size.bytes}"
        files.write_whole(self.folder / _SIZE, text, 0o644, durable=False)
        metrics.symbols_cache_bytes.set(size.bytes)

    def forget_answers(self, all_of_them: bool = False) -> int:
        """Remove answers that are no longer valid, or all; return how many."""
        now, answers = self._now(), []
        for path in (self.folder / _ANSWERS).glob("*/*"):
            with contextlib.suppress(OSError):
                until = path.stat().st_mtime
                if path.name[0] != "." or until < now - _ABANDONED_SECONDS:
                    answers.append((until, path))
        answers.sort(reverse=True)
        ended = [
            path
            for place, (until, path) in enumerate(answers)
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
