"""The symbol status of each module: missing symbols are fetched, and the dump is walked again.

Every module whose symbols the walk looked for gets a `symbol_status`:

* found: its symbols were used;
* missing: neither the stores nor the symbol servers have them;
* corrupt: there is a file, or a server sent one, but it is not a valid symbol file;
* unavailable: a symbol server did not answer; another walk later may help;
* other id: the store has this debug file, but only of other builds (`other_debug_ids`): the program
  was rebuilt, and the symbols of this build were never added.

A module without a status was on no stack, so its symbols were not needed.
"""

import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from processor.stackwalk import Walk, Walks
from socorro import metrics
from socorro.symbols.cache import Status
from socorro.symbols.module import ModuleId, module_of_dump
from socorro.symbols.store import SymbolStore

MOST_WALKS = 3  # of one dump: new symbols reveal new frames, which may need symbols, too
MOST_OTHERS = 5  # other ids that are listed
MOST_LOOKED_AT = 1000  # other ids of one debug file that are checked

Json = dict[str, Any]


class Servers(Protocol):
    """Symbol servers, as in `socorro.symbols.servers`."""

    def fetch(
        self,
        modules: Iterable[tuple[str | None, str | None]],
        seconds: float | None = None,
        stop: threading.Event | None = None,
    ) -> Mapping[ModuleId, Any]:
        """Fetch the symbols of *modules* into the cache, as far as a server has them.

        Returns the outcome of each module; its `status` is "found" when the symbols are there.
        """
        ...


class SymbolWalker:
    """Walks a dump, fetches missing symbols, walks again, and adds the status of each module."""

    def __init__(
        self,
        walker: Walks,
        folders: Sequence[Path],
        servers: Servers | None = None,
        stores: Sequence[SymbolStore] = (),
    ) -> None:
        """*folders* are those that *walker* searches, including the cache of *servers*.

        *stores* are told which modules were used: they remove files that are not.
        """
        self._walker, self._folders, self._servers = walker, folders, servers
        self._stores = stores

    def check(self) -> None:
        """Raise WalkerMissing unless dumps can be walked."""
        self._walker.check()

    def walk(
        self,
        dump: bytes,
        seconds: float | None = None,
        stop: threading.Event | None = None,
        alone: bool = False,
    ) -> Walk:
        """Walk *dump*, as `processor.stackwalk.Walks` says."""
        until = None if seconds is None else time.monotonic() + seconds
        walk = self._walker.walk(dump, seconds, stop, alone)
        answers: dict[ModuleId, str] = {}  # statuses from the symbol servers
        for _ in range(MOST_WALKS - 1):
            left = None if until is None else until - time.monotonic()
            if not self._servers or (left is not None and left <= 0):
                break
            missing = set(_missing(walk, self._folders)) - answers.keys()
            if not missing:
                break
            outcomes = self._servers.fetch(sorted(missing), left, stop)
            statuses = {module: str(outcome.status) for module, outcome in outcomes.items()}
            answers |= dict.fromkeys(missing, Status.MISSING.value) | statuses
            if Status.AVAILABLE not in statuses.values():
                break
            metrics.processor_walks_again.inc()
            left = None if until is None else max(0.0, until - time.monotonic())
            walk = self._walker.walk(dump, left, stop, alone)
        self._note_use(walk)
        return with_symbol_status(walk, self._folders, answers)

    def _note_use(self, walk: Walk) -> None:
        modules = (walk.json_dump or {}).get("modules") or ()
        used = [_id(module) for module in modules if module.get("loaded_symbols") is True]
        for store in self._stores:
            store.note_use(module_id for module_id in used if module_id)


def with_symbol_status(
    walk: Walk, folders: Sequence[Path], answers: Mapping[ModuleId, str] | None = None
) -> Walk:
    """Return *walk* with the symbol status of each module; *answers* are those of the servers."""
    if not walk.json_dump:
        return walk
    used = _on_stacks(walk.json_dump)
    modules = [
        _module_status(module, used, folders, answers or {}) for module in walk.json_dump["modules"]
    ]
    return replace(walk, json_dump={**walk.json_dump, "modules": modules})


def _module_status(
    module: Json, used: frozenset[str], folders: Sequence[Path], answers: Mapping[ModuleId, str]
) -> Json:
    status = _status(module, used, folders)
    if status is None:
        return module
    module_id = _id(module)
    answer = answers.get(module_id) if module_id else None
    if status == Status.MISSING and answer in (Status.UNAVAILABLE, Status.CORRUPT):
        status = answer
    others = _other_ids(module, folders) if status == Status.MISSING else []
    if others:
        return {**module, "symbol_status": "other id", "other_debug_ids": others}
    return {**module, "symbol_status": status}


def _status(module: Json, used: frozenset[str], folders: Sequence[Path]) -> str | None:
    if module.get("corrupt_symbols") is True:
        return Status.CORRUPT.value
    if module.get("loaded_symbols") is True:
        return Status.AVAILABLE.value
    if module.get("missing_symbols") is True:
        return Status.MISSING.value
    if module.get("missing_symbols") is None and module.get("filename") in used:
        # Breakpad's walker does not report it.
        return Status.AVAILABLE.value if _has(module, folders) else Status.MISSING.value
    return None


def _missing(walk: Walk, folders: Sequence[Path]) -> Iterator[ModuleId]:
    """Yield the modules whose symbols might be on a server."""
    if not walk.json_dump:
        return
    used = _on_stacks(walk.json_dump)
    for module in walk.json_dump["modules"]:
        if _status(module, used, folders) == Status.MISSING:
            module_id = _id(module)
            if module_id:
                yield module_id


def _on_stacks(dump: Json) -> frozenset[str]:
    """Return the modules on stacks; only for Breakpad's walker, which does not report misses."""
    if all(module.get("missing_symbols") is not None for module in dump["modules"]):
        return frozenset()
    return frozenset(
        str(frame.get("module")) for thread in dump["threads"] for frame in thread["frames"]
    )


def _id(module: Json) -> ModuleId | None:
    return module_of_dump(module.get("debug_file"), module.get("debug_id"))


def _has(module: Json, folders: Sequence[Path]) -> bool:
    module_id = _id(module)
    return module_id is not None and any((folder / module_id.path).is_file() for folder in folders)


def _other_ids(module: Json, folders: Sequence[Path]) -> list[str]:
    """Return other ids under which the stores have symbols of the same debug file."""
    module_id = _id(module)
    if module_id is None:
        return []
    ids: set[str] = set()
    for folder in folders:
        try:
            with os.scandir(f"{folder}/{module_id.debug_file}") as entries:
                names = sorted(entry.name for entry in entries)[:MOST_LOOKED_AT]
        except OSError:
            continue
        path = folder / module_id.debug_file
        ids.update(name for name in names if (path / name / module_id.name).is_file())
        if len(ids) >= MOST_OTHERS:
            break
    return sorted(ids)[:MOST_OTHERS]
