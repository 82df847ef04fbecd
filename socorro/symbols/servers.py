"""Fetches missing symbols from symbol servers, once, and remembers their answers.

The processor walks a dump; when modules have no symbols it calls

    outcomes = servers.fetch((module["debug_file"], module["debug_id"]) for module in missing)

and, if one is AVAILABLE, walks again with `servers.folder` among its --symbols-path. The first walk
gets that folder, too, because it may have the symbols already. The processor also calls
`servers.cache.store.note_use(…)` for the modules that a walk had symbols for, and the same of the
local store: the least recently used go first. Any number of threads and processes may call all
methods.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from socorro import log, metrics
from socorro.fetch import Limits, shown
from socorro.redirects import Redirects
from socorro.symbols.cache import Outcome, Status, SymbolCache
from socorro.symbols.config import SymbolsConfig
from socorro.symbols.download import Downloader, NotThere, Unavailable
from socorro.symbols.locks import LockTimeout, lock
from socorro.symbols.module import ModuleId, module_of_dump
from socorro.symbols.symfile import BadSymbols

_POLL_SECONDS = 0.05  # how often a fetch checks whether it has to stop
_GRACE_SECONDS = 1  # for threads to report what they had at the deadline
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
        redirect_hosts: Sequence[str] = (),
    ) -> None:
        """Ask *urls* in this order, for at most *most* modules and *seconds* a fetch.

        They may redirect to one another and to *redirect_hosts*.
        """
        self._redirects = Redirects(urls, redirect_hosts)
        self._urls, self.cache, self._limits = tuple(urls), cache, limits
        self._connections, self._seconds, self._most = connections, seconds, most
        self._missing_seconds, self._away_seconds = missing_seconds, away_seconds

    def __bool__(self) -> bool:
        """Return whether there is a server to ask."""
        return bool(self._urls)

    @property
    def folder(self) -> Path:
        """The cache, in the layout of a symbol store, for a walker's --symbols-path."""
        return self.cache.folder

    def fetch(
        self,
        modules: Iterable[tuple[str | None, str | None]],
        seconds: float | None = None,
        stop: threading.Event | None = None,
    ) -> Mapping[ModuleId, Outcome]:
        """Get the symbols of *modules* into the cache, where a server has them.

        Modules are (debug file, debug id) as in a dump; those that cannot have symbols (no id, an
        id of zeros) are left out of the answer. Takes at most *seconds* if that is less than the
        setting; what is not decided then, or when *stop* is set, is UNAVAILABLE. Raises nothing: a
        cache that cannot be written makes modules UNAVAILABLE, too.
        """
        valid = dict.fromkeys(filter(None, (module_of_dump(*names) for names in modules)))
        outcomes = {module: self._from_cache(module) for module in valid}
        todo = [module for module, outcome in outcomes.items() if outcome is None]
        limit = self._seconds if seconds is None else min(seconds, self._seconds)
        job = _Job(self._ask_all, time.monotonic() + limit, stop, todo[: self._most])
        threads = min(self._connections, len(job.todo))
        answers = job.run(
            threads, lambda: Downloader(self._limits, self.cache.file_limit, self._redirects)
        )
        beyond = Outcome(Status.UNAVAILABLE, f"more than {self._most} modules without symbols")
        return {
            module: outcome or answers.get(module, beyond) for module, outcome in outcomes.items()
        }

    def _from_cache(self, module: ModuleId) -> Outcome | None:
        """Return the outcome if no server has to be asked for it."""
        if self.cache.has(module):
            metrics.symbols_asked.labels("hit").inc()
            return Outcome(Status.AVAILABLE)
        answers = [self._remembered(url, module) for url in self._urls]
        failures = [outcome for outcome in answers if outcome]
        if len(failures) < len(self._urls):
            return None
        metrics.symbols_asked.labels("known").inc()
        return _worst(failures)

    def _remembered(self, url: str, module: ModuleId) -> Outcome | None:
        return self.cache.remembered(url, module) or self.cache.remembered(url, None)

    def _ask_all(
        self, downloader: Downloader, module: ModuleId, deadline: float, stopped: Callable[[], bool]
    ) -> Outcome:
        """Ask one server after the other, unless another worker just did."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            left = deadline - time.monotonic()
            with lock(self.folder / ".locks", f"fetch {module}", left, stopped):
                cached = self._from_cache(module)
                if cached:
                    return cached
                metrics.symbols_asked.labels("download").inc()
                failures = []
                for url in self._urls:
                    outcome = self._remembered(url, module)
                    outcome = outcome or self._ask(downloader, url, module, deadline, stopped)
                    if outcome.status is Status.AVAILABLE:
                        return outcome
                    failures.append(outcome)
                return _worst(failures)
        except LockTimeout:
            return Outcome(Status.UNAVAILABLE, "another download of it took too long")
        except OSError as error:
            return Outcome(Status.UNAVAILABLE, f"the cache cannot be written: {error.strerror}")

    def _ask(
        self,
        downloader: Downloader,
        url: str,
        module: ModuleId,
        deadline: float,
        stopped: Callable[[], bool],
    ) -> Outcome:
        """Ask one server, and remember a failure."""
        began = time.monotonic()
        seconds, server_wide = self._away_seconds, False
        try:
            with downloader.get(url, module, deadline) as pieces:
                self.cache.add(_until(pieces, stopped), module)
            outcome = Outcome(Status.AVAILABLE)
        except NotThere as error:
            outcome, seconds = Outcome(Status.MISSING, _detail(url, error)), self._missing_seconds
        except BadSymbols as error:
            outcome, seconds = Outcome(Status.CORRUPT, _detail(url, error)), self._missing_seconds
        except Unavailable as error:
            outcome = Outcome(Status.UNAVAILABLE, _detail(url, error))
            server_wide = error.server_wide
        except OSError as error:  # ours, not the server's
            deadline = 0
            outcome = Outcome(Status.UNAVAILABLE, f"the cache cannot be written: {error.strerror}")
        metrics.symbols_downloads.labels(outcome.status.value).inc()
        metrics.symbols_download_seconds.observe(time.monotonic() - began)
        if stopped() or time.monotonic() >= deadline:
            return outcome  # a request that we interrupted says nothing about the server
        if outcome.status is not Status.AVAILABLE:
            self.cache.remember(url, None if server_wide else module, outcome, seconds)
        if server_wide:
            log.get().warning("symbol server failed", server=shown(url), error=outcome.detail)
        return outcome


class _Job:
    """One fetch: threads that take one module after the other.

    They are daemons, and nothing waits for one that is stuck (our time-outs do not apply to a name
    server that does not answer): at the deadline, or when *stop* is set, the fetch ends without it.
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
        """Ask for all modules in *threads* threads."""
        started = [
            threading.Thread(target=self._work, args=(make(),), name="symbols", daemon=True)
            for _ in range(threads)
        ]
        for thread in started:
            thread.start()
        for thread in started:
            while thread.is_alive() and not self._over(_GRACE_SECONDS):
                thread.join(_POLL_SECONDS)
        if self._failed:
            raise self._failed[0]
        undecided = Outcome(Status.UNAVAILABLE, "no time left to ask for it")
        return {module: self._outcomes.get(module, undecided) for module in self.todo}

    def _work(self, downloader: Downloader) -> None:
        try:
            while not self._over() and (module := self._next()) is not None:
                self._outcomes[module] = self._ask(
                    downloader, module, self._deadline, self._stop.is_set
                )
        except Exception as error:  # a defect of ours: raised by `run`
            self._failed.append(error)
        finally:
            downloader.close()

    def _next(self) -> ModuleId | None:
        with self._lock:
            return next(self._left, None)

    def _over(self, grace: float = 0) -> bool:
        return self._stop.is_set() or time.monotonic() >= self._deadline + grace


def open_servers(config: SymbolsConfig, index: Path | None = None) -> SymbolServers:
    """Return the servers and the cache of the settings.

    *index* is the folder of the indexes: symbols leave the cache together with their index.
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
        redirect_hosts=config.redirect_hosts,
    )


def _worst(failures: Sequence[Outcome]) -> Outcome:
    statuses = {failure.status for failure in failures}
    worst = next((status for status in _ORDER if status in statuses), Status.MISSING)
    details = [failure.detail for failure in failures if failure.status is worst and failure.detail]
    return Outcome(worst, "; ".join(dict.fromkeys(details)))


def _until(pieces: Iterable[bytes], stopped: Callable[[], bool]) -> Iterable[bytes]:
    for piece in pieces:
        if stopped():
            raise Unavailable("interrupted")
        yield piece


def _detail(url: str, error: Exception) -> str:
    return f"{shown(url)}: {error}" if str(error) else ""
