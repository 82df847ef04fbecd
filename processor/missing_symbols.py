"""What a crash lost for want of symbols: the modules on its stack that had none.

Only modules of the crashing thread count, those first whose frames made the signature: their
symbols would give it another name. They are kept with the report (`processor.save`), ranked
by `socorro symbols missing`, and asked for again when symbols come (`socorro reprocess`).
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from socorro.crash import Processed
from socorro.postgres import Database, execute, load_sql, rows
from socorro.signature.stack import TAKEN
from socorro.symbols.module import ModuleId, module_of_dump

SQL = load_sql(__file__)

MOST_MODULES = 10  # of one crash
_LACKING = ("missing", "other id", "unavailable", "corrupt")
_LONGEST = 200  # characters of a file name
_KNOWN = 100_000  # numbers that a process remembers


class Module(NamedTuple):
    """A module without symbols: what is asked for, and what people know it by."""

    id: ModuleId
    filename: str
    version: str


class Debt(NamedTuple):
    """Modules that a crash missed; the first *naming* of them are part of its signature."""

    modules: Sequence[Module]
    naming: int


class _Numbered(NamedTuple):
    debug_file: str
    debug_id: str
    module_id: int


def debt(processed: Processed) -> Debt:
    """Return what the crash missed. Pure."""
    dump = processed.get("json_dump") or {}
    thread = dump.get("crashing_thread") or {}
    frames = thread.get("frames") or ()
    names = {frame.get("module") for frame in frames}
    lacking = _lacking(each for each in dump.get("modules") or () if each.get("filename") in names)
    made = {
        step["frame"]
        for step in processed.get("signature_trace") or ()
        if step.get("action") in TAKEN
    }
    naming: dict[ModuleId, Module] = {}
    others: dict[ModuleId, Module] = {}
    for frame in frames:
        module = lacking.get(frame.get("module"))
        if module:
            (naming if frame.get("frame") in made else others).setdefault(module.id, module)
    found = list({**naming, **others}.values())[:MOST_MODULES]
    return Debt(found, min(len(naming), len(found)))


def _lacking(modules: Iterable[Mapping[str, Any]]) -> dict[str | None, Module]:
    """Return the modules without symbols by their file names, as frames name them."""
    found: dict[str | None, Module] = {}
    for module in modules:
        name = module.get("filename")
        known = module.get("symbol_status")
        if known in _LACKING or (known is None and module.get("missing_symbols") is True):
            made = module_of_dump(module.get("debug_file"), module.get("debug_id"))
            if made and name:
                version = str(module.get("version") or "")[:_LONGEST]
                found.setdefault(name, Module(made, name[:_LONGEST], version))
    return found


class ModuleNumbers:
    """Numbers of modules, remembered for a day. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._day: date | None = None
        self._known: dict[ModuleId, int] = {}

    def of(self, modules: Sequence[Module], today: date) -> list[int]:
        """Return the number of each module; one that is new gets one, in a transaction of ours."""
        with self._lock:
            if self._day != today or len(self._known) > _KNOWN:
                self._day, self._known = today, {}
            known = {each.id: self._known[each.id] for each in modules if each.id in self._known}
        unknown = sorted({module for module in modules if module.id not in known})
        if unknown:
            known |= self._number(unknown, today)
            with self._lock:
                self._known |= {module.id: known[module.id] for module in unknown}
        return [known[module.id] for module in modules]

    def _number(self, modules: Sequence[Module], today: date) -> dict[ModuleId, int]:
        told = {
            "debug_files": [module.id.debug_file for module in modules],
            "debug_ids": [module.id.debug_id for module in modules],
        }
        about = {
            "filenames": [module.filename for module in modules],
            "versions": [module.version for module in modules],
        }
        with self._database.transaction() as db:
            execute(db, SQL["add_modules"], **told, **about, today=today)
            found = rows(db, SQL["module_numbers"], _Numbered, **told)
        return {ModuleId(each.debug_file, each.debug_id): each.module_id for each in found}
