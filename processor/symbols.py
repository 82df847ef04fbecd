"""What became of each module's symbols; and those that are missing fetched, and walked again.

Every module that the walk looked for gets a word, `symbol_status`:

* found: its symbols were used;
* missing: nobody has them (the symbol servers were asked, where there are any);
* corrupt: there is a file, or a server sent one, but it cannot be read as symbols;
* unavailable: a symbol server did not answer, so nobody knows: walking again later may help;
* other id: the store has this debug file, but of other builds (`other_debug_ids`): the program was
  built again, and the symbols of this build were not added.

A module without the word was on no stack: nobody looked for its symbols.
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

MOST_WALKS = 3  # of one dump: new symbols show new frames, which may need symbols, too
MOST_OTHERS = 5  # other ids that are named
MOST_LOOKED_AT = 1000  # other ids of one debug file

FOUND = Status.FOUND.value
MISSING = Status.MISSING.value

Json = dict[str, Any]


class Servers(Protocol):
    """Symbol servers, as socorro.symbols.servers has them."""

    def fetch(
        self,
        modules: Iterable[tuple[str | None, str | None]],
        seconds: float | None = None,
        stop: threading.Event | None = None,
    ) -> Mapping[ModuleId, Any]:
        """Have the symbols of *modules* in the cache, where a server has them.

        Says of each what became of it: its `status` is "found" when they are there.
        """
        ...


class SymbolWalker:
    """Walks, fetches what was missing, walks again, and says what became of each module."""

    def __init__(
        self,
        walker: Walks,
        folders: Sequence[Path],
        servers: Servers | None = None,
        stores: Sequence[SymbolStore] = (),
    ) -> None:
        """*folders* are those that *walker* looks into, the cache of *servers* among them.

        *stores* are told which modules were of use: they clear away what is not.
        """
        self._walker, self._folders, self._servers = walker, folders, servers
        self._stores = stores

    def check(self) -> None:
        """Raise WalkerMissing unless dumps can be walked."""
        self._walker.check()

    def walk(
        self, dump: bytes, seconds: float | None = None, stop: threading.Event | None = None
    ) -> Walk:
        """Walk *dump*, as `processor.stackwalk.Walks` says."""
        until = None if seconds is None else time.monotonic() + seconds
        walk = self._walker.walk(dump, seconds, stop)
        asked: dict[ModuleId, str] = {}  # what the servers said
        for _ in range(MOST_WALKS - 1):
            left = None if until is None else until - time.monotonic()
            if not self._servers or (left is not None and left <= 0):
                break
            wanted = {found for found in _missing(walk, self._folders) if found not in asked}
            if not wanted:
                break
            outcomes = self._servers.fetch(sorted(wanted), left, stop)
            said = {module: str(outcome.status) for module, outcome in outcomes.items()}
            asked |= dict.fromkeys(wanted, MISSING) | said
            if FOUND not in said.values():
                break
            metrics.processor_walks_again.inc()
            left = None if until is None else max(0.0, until - time.monotonic())
            walk = self._walker.walk(dump, left, stop)
        self._note_use(walk)
        return with_symbol_status(walk, self._folders, asked)

    def _note_use(self, walk: Walk) -> None:
        modules = (walk.json_dump or {}).get("modules") or ()
        used = [_id(module) for module in modules if module.get("loaded_symbols") is True]
        for store in self._stores:
            store.note_use(found for found in used if found)


def with_symbol_status(
    walk: Walk, folders: Sequence[Path], asked: Mapping[ModuleId, str] | None = None
) -> Walk:
    """Return *walk* with the word on each module's symbols; *asked* is what servers said."""
    if not walk.json_dump:
        return walk
    used = _on_stacks(walk.json_dump)
    modules = [
        _module_status(module, used, folders, asked or {}) for module in walk.json_dump["modules"]
    ]
    return replace(walk, json_dump={**walk.json_dump, "modules": modules})


def _module_status(
    module: Json, used: frozenset[str], folders: Sequence[Path], asked: Mapping[ModuleId, str]
) -> Json:
    status = _status(module, used, folders)
    if status is None:
        return module
    found = _id(module)
    said = asked.get(found) if found else None
    if status == MISSING and said in (Status.UNAVAILABLE, Status.CORRUPT):
        status = said
    others = _other_ids(module, folders) if status == MISSING else []
    if others:
        return {**module, "symbol_status": "other id", "other_debug_ids": others}
    return {**module, "symbol_status": status}


def _status(module: Json, used: frozenset[str], folders: Sequence[Path]) -> str | None:
    if module.get("corrupt_symbols") is True:
        return Status.CORRUPT.value
    if module.get("loaded_symbols") is True:
        return FOUND
    if module.get("missing_symbols") is True:
        return MISSING
    if module.get("missing_symbols") is None and module.get("filename") in used:
        # Breakpad's walker does not tell.
        return FOUND if _has(module, folders) else MISSING
    return None


def _missing(walk: Walk, folders: Sequence[Path]) -> Iterator[ModuleId]:
    """Yield the modules that might have symbols on a server."""
    if not walk.json_dump:
        return
    used = _on_stacks(walk.json_dump)
    for module in walk.json_dump["modules"]:
        if _status(module, used, folders) == MISSING:
            found = _id(module)
            if found:
                yield found


def _on_stacks(dump: Json) -> frozenset[str]:
    """Return the modules on stacks where they are needed: when the walker is Breakpad's."""
    if all(module.get("missing_symbols") is not None for module in dump["modules"]):
        return frozenset()
    return frozenset(
        str(frame.get("module")) for thread in dump["threads"] for frame in thread["frames"]
    )


def _id(module: Json) -> ModuleId | None:
    return module_of_dump(module.get("debug_file"), module.get("debug_id"))


def _has(module: Json, folders: Sequence[Path]) -> bool:
    found = _id(module)
    return found is not None and any((folder / found.path).is_file() for folder in folders)


def _other_ids(module: Json, folders: Sequence[Path]) -> list[str]:
    """Return ids under which the stores have symbols of the debug file."""
    found = _id(module)
    if found is None:
        return []
    ids: set[str] = set()
    for folder in folders:
        try:
            with os.scandir(f"{folder}/{found.debug_file}") as entries:
                names = sorted(entry.name for entry in entries)[:MOST_LOOKED_AT]
        except OSError:
            continue
        path = folder / found.debug_file
        ids.update(name for name in names if (path / name / found.name).is_file())
        if len(ids) >= MOST_OTHERS:
            break
    return sorted(ids)[:MOST_OTHERS]
