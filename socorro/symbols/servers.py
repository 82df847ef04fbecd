"""Symbols that nobody added here: asks symbol servers, once, and remembers what they said.

The processor walks a dump; where modules had no symbols it calls

    outcomes = servers.fetch((module["debug_file"], module["debug_id"]) for module in missing)

and, if one was FOUND, walks again with `servers.folder` among its --symbols-path. What is in the
cache already the first walk has seen, so give it that folder then, too. Also call
`servers.cache.store.note_use(…)` for the modules that a walk had symbols for, and the same of the
local store: what was not used for longest goes first. All methods may be called by any number of
threads and processes.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from socorro import log, metrics
from socorro.fetch import Limits, shown
from socorro.symbols.cache import Outcome, Status, SymbolCache
from socorro.symbols.config import SymbolsConfig
from socorro.symbols.download import Downloader, NotThere, Unavailable
from socorro.symbols.locks import LockTimeout, lock
from socorro.symbols.module import ModuleId, module_of_dump
from socorro.symbols.symfile import BadSymbols

_LOOK_SECONDS = 0.05  # how often a fetch looks whether it was told to stop
_GRACE_SECONDS = 1  # for threads to tell what they had at the deadline
# Of several servers' answers the first of these counts, unless one had the file.
_ORDER = (Status.UNAVAILABLE, Status.CORRUPT, Status.MISSING)


class SymbolServers:
    """Any number of symbol servers behind one cache."""

    def __init__(
        self,
        urls: Sequence[str],
        cache: SymbolCache,
        limits: Limits = Limits(),  # noqa: B008 -- a tuple
        connections: int = 4,
        seconds: float = 180,
        most: int = 500,
        missing_seconds: float = 3600,
        away_seconds: float = 60,
    ) -> None:
        """Ask *urls* in this order, for at most *most* modules and *seconds* a fetch."""
        self._urls, self.cache, self._limits = tuple(urls), cache, limits
        self._connections, self._seconds, self._most = connections, seconds, most
        self._missing_seconds, self._away_seconds = missing_seconds, away_seconds

    def __bool__(self) -> bool:
        """Tell whether there is a server to ask."""
        return bool(self._urls)

    @property
    def folder(self) -> Path:
        """The cache, laid out as a symbol store: what a walker is given as --symbols-path."""
        return self.cache.folder

    def fetch(
        self,
        modules: Iterable[tuple[str | None, str | None]],
        seconds: float | None = None,
        stop: threading.Event | None = None,
    ) -> Mapping[ModuleId, Outcome]:
        """Have the symbols of *modules* in the cache, where a server has them.

        Modules are (debug file, debug id) as a dump tells them; those that nobody can have symbols
        for (no id, an id of zeros) are left out of the answer. Takes at most *seconds* if that is
        less than the setting; what is not decided then, or when *stop* is set, is UNAVAILABLE.
        Raises nothing: a cache that cannot be written is told as UNAVAILABLE, too.
        """
        wanted = dict.fromkeys(filter(None, (module_of_dump(*each) for each in modules)))
        outcomes = {module: self._known(module) for module in wanted}
        todo = [module for module, outcome in outcomes.items() if outcome is None]
        limit = self._seconds if seconds is None else min(seconds, self._seconds)
        job = _Job(self._ask_all, time.monotonic() + limit, stop, todo[: self._most])
        threads = min(self._connections, len(job.todo))
        asked = job.run(threads, lambda: Downloader(self._limits, self.cache.file_limit))
        beyond = Outcome(Status.UNAVAILABLE, f"more than {self._most} modules without symbols")
        return {
            module: outcome or asked.get(module, beyond) for module, outcome in outcomes.items()
        }

    def _known(self, module: ModuleId) -> Outcome | None:
        """Return what is known without asking anybody; None when a server must be asked."""
        if self.cache.has(module):
            metrics.symbols_asked.labels("hit").inc()
            return Outcome(Status.FOUND)
        told = [self._remembered(url, module) for url in self._urls]
        known = [outcome for outcome in told if outcome]
        if len(known) < len(self._urls):
            return None
        metrics.symbols_asked.labels("known").inc()
        return _together(known)

    def _remembered(self, url: str, module: ModuleId) -> Outcome | None:
        return self.cache.known(url, module) or self.cache.known(url, None)

    def _ask_all(
        self, downloader: Downloader, module: ModuleId, deadline: float, stopped: Callable[[], bool]
    ) -> Outcome:
        """Ask one server after the other, unless somebody else just did."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            left = deadline - time.monotonic()
            with lock(self.folder / ".locks", f"fetch {module}", left, stopped):
                known = self._known(module)
                if known:
                    return known
                metrics.symbols_asked.labels("download").inc()
                told = []
                for url in self._urls:
                    outcome = self._remembered(url, module)
                    outcome = outcome or self._ask(downloader, url, module, deadline, stopped)
                    if outcome.status is Status.FOUND:
                        return outcome
                    told.append(outcome)
                return _together(told)
        except LockTimeout:
            return Outcome(Status.UNAVAILABLE, "somebody else was fetching it for too long")
        except OSError as why:
            return Outcome(Status.UNAVAILABLE, f"the cache cannot be written: {why.strerror}")

    def _ask(
        self,
        downloader: Downloader,
        url: str,
        module: ModuleId,
        deadline: float,
        stopped: Callable[[], bool],
    ) -> Outcome:
        """Ask one server, and remember what came to nothing."""
        began = time.monotonic()
        seconds, server_wide = self._away_seconds, False
        try:
            with downloader.get(url, module, deadline) as pieces:
                self.cache.add(_until(pieces, stopped), module)
            outcome = Outcome(Status.FOUND)
        except NotThere as why:
            outcome, seconds = Outcome(Status.MISSING, _by(url, why)), self._missing_seconds
        except BadSymbols as why:
            outcome, seconds = Outcome(Status.CORRUPT, _by(url, why)), self._missing_seconds
        except Unavailable as why:
            outcome, server_wide = Outcome(Status.UNAVAILABLE, _by(url, why)), why.server_wide
        except OSError as why:  # ours, not the server's
            deadline = 0
            outcome = Outcome(Status.UNAVAILABLE, f"the cache cannot be written: {why.strerror}")
        metrics.symbols_downloads.labels(outcome.status.value).inc()
        metrics.symbols_download_seconds.observe(time.monotonic() - began)
        if stopped() or time.monotonic() >= deadline:
            return outcome  # what we broke off says nothing about the server
        if outcome.status is not Status.FOUND:
            self.cache.remember(url, None if server_wide else module, outcome, seconds)
        if server_wide:
            log.get().warning("symbol server away", server=shown(url), why=outcome.detail)
        return outcome


class _Job:
    """One fetch: threads that take one module after the other.

    They are daemons, and nobody waits for one that is stuck (a name server that does not answer
    has no time-out of ours): at the deadline, or when told to stop, the fetch ends without them.
    """

    def __init__(
        self,
        ask: Callable[[Downloader, ModuleId, float, Callable[[], bool]], Outcome],
        deadline: float,
        stop: threading.Event | None,
        todo: list[ModuleId],
    ) -> None:
        self._ask, self._deadline, self._stop = ask, deadline, stop or threading.Event()
        self.todo = todo
        self._left = iter(todo)
        self._lock = threading.Lock()
        self._outcomes: dict[ModuleId, Outcome] = {}
        self._failed: list[Exception] = []

    def run(self, threads: int, make: Callable[[], Downloader]) -> Mapping[ModuleId, Outcome]:
        """Ask for all modules, with so many *threads*."""
        started = [
            threading.Thread(target=self._work, args=(make(),), name="symbols", daemon=True)
            for _ in range(threads)
        ]
        for thread in started:
            thread.start()
        for thread in started:
            while thread.is_alive() and not self._over(_GRACE_SECONDS):
                thread.join(_LOOK_SECONDS)
        if self._failed:
            raise self._failed[0]
        undecided = Outcome(Status.UNAVAILABLE, "no time was left to ask")
        return {module: self._outcomes.get(module, undecided) for module in self.todo}

    def _work(self, downloader: Downloader) -> None:
        try:
            while not self._over() and (module := self._next()) is not None:
                self._outcomes[module] = self._ask(
                    downloader, module, self._deadline, self._stop.is_set
                )
        except Exception as why:  # a fault of ours: whoever fetches has to know
            self._failed.append(why)
        finally:
            downloader.close()

    def _next(self) -> ModuleId | None:
        with self._lock:
            return next(self._left, None)

    def _over(self, grace: float = 0) -> bool:
        return self._stop.is_set() or time.monotonic() >= self._deadline + grace


def open_servers(config: SymbolsConfig, index: Path | None = None) -> SymbolServers:
    """Return the servers that the settings name, behind the cache that they name.

    *index* is the folder of the indexes: what leaves the cache takes its index along.
    """
    limits = Limits(config.connect_seconds, config.answer_seconds, config.download_seconds)
    return SymbolServers(
        config.servers,
        SymbolCache(config.cache, config.cache_bytes, config.file_bytes, index),
        limits,
        connections=config.connections,
        seconds=config.fetch_seconds,
        most=config.fetch_modules,
        missing_seconds=config.missing_seconds,
        away_seconds=config.away_seconds,
    )


def _together(told: Sequence[Outcome]) -> Outcome:
    status = next((each for each in _ORDER if each in [one.status for one in told]), Status.MISSING)
    details = [one.detail for one in told if one.status is status and one.detail]
    return Outcome(status, "; ".join(dict.fromkeys(details)))


def _until(pieces: Iterable[bytes], stopped: Callable[[], bool]) -> Iterable[bytes]:
    for piece in pieces:
        if stopped():
            raise Unavailable("interrupted")
        yield piece


def _by(url: str, why: Exception) -> str:
    return f"{shown(url)}: {why}" if str(why) else ""
