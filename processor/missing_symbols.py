"""Missing symbols of a crash: the modules on its stack that had none.

Only modules of the crashing thread count. Those whose frames are part of the signature come first,
because their symbols would change it. The modules are saved with the report (`processor.save`) and
ranked by `socorro symbols missing`; their crashes are reprocessed when the symbols arrive
(`monitor/chores.py`).
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
_MOST_REMEMBERED = 100_000  # module numbers that a process keeps in memory


class Module(NamedTuple):
    """A module without symbols: the id of its symbols, and the names that people know."""

    id: ModuleId
    filename: str
    version: str


class MissingSymbols(NamedTuple):
    """Modules without symbols; the first *naming* of them are part of the signature."""

    modules: Sequence[Module]
    naming: int


class _Numbered(NamedTuple):
    debug_file: str
    debug_id: str
    module_id: int


def missing_symbols(processed: Processed) -> MissingSymbols:
    """Return the modules without symbols on the stack that the signature is about. Pure."""
    dump = processed.get("json_dump") or {}
    frames = _stack(dump, processed).get("frames") or ()
    names = {frame.get("module") for frame in frames}
    lacking = _lacking(
        module for module in dump.get("modules") or () if module.get("filename") in names
    )
    signature_frames = {
        step["frame"]
        for step in processed.get("signature_trace") or ()
        if step.get("action") in TAKEN
    }
    naming: dict[ModuleId, Module] = {}
    others: dict[ModuleId, Module] = {}
    for frame in frames:
        module = lacking.get(frame.get("module"))
        if module:
            (naming if frame.get("frame") in signature_frames else others).setdefault(
                module.id, module
            )
    modules = list({**naming, **others}.values())[:MOST_MODULES]
    return MissingSymbols(modules, min(len(naming), len(modules)))


def _stack(dump: Mapping[str, Any], processed: Processed) -> Mapping[str, Any]:
    number, threads = processed.get("signature_thread"), dump.get("threads") or ()
    if number not in (None, processed.get("crashing_thread")) and number < len(threads):
        return threads[number] or {}
    return dump.get("crashing_thread") or {}


def _lacking(modules: Iterable[Mapping[str, Any]]) -> dict[str | None, Module]:
    """Return the modules without symbols, by the file name that frames use."""
    by_name: dict[str | None, Module] = {}
    for module in modules:
        name = module.get("filename")
        status = module.get("symbol_status")
        if status in _LACKING or (status is None and module.get("missing_symbols") is True):
            module_id = module_of_dump(module.get("debug_file"), module.get("debug_id"))
            if module_id and name:
                version = str(module.get("version") or "")[:_LONGEST]
                by_name.setdefault(name, Module(module_id, name[:_LONGEST], version))
    return by_name


class ModuleNumbers:
    """Database ids of modules, kept in memory for a day. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._day: date | None = None
        self._numbers: dict[ModuleId, int] = {}

    def of(self, modules: Sequence[Module], today: date) -> list[int]:
        """Return the id of each module; a new module gets one, in a transaction of its own."""
        with self._lock:
            if self._day != today or len(self._numbers) > _MOST_REMEMBERED:
                self._day, self._numbers = today, {}
            numbers = {
                module.id: self._numbers[module.id]
                for module in modules
                if module.id in self._numbers
            }
        unknown = sorted({module for module in modules if module.id not in numbers})
        if unknown:
            numbers |= self._number(unknown, today)
            with self._lock:
                self._numbers |= {module.id: numbers[module.id] for module in unknown}
        return [numbers[module.id] for module in modules]

    def _number(self, modules: Sequence[Module], today: date) -> dict[ModuleId, int]:
        ids = {
            "debug_files": [module.id.debug_file for module in modules],
            "debug_ids": [module.id.debug_id for module in modules],
        }
        names = {
            "filenames": [module.filename for module in modules],
            "versions": [module.version for module in modules],
        }
        with self._database.transaction() as db:
            execute(db, SQL["add_modules"], **ids, **names, today=today)
            numbered = rows(db, SQL["module_numbers"], _Numbered, **ids)
        return {ModuleId(row.debug_file, row.debug_id): row.module_id for row in numbered}
