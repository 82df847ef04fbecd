"""The modules of a crashed process, ours and others apart, and whether they have symbols.

Ours are those with the signer of the main module; where nothing is signed, or the main module is
not, those that have symbols, or would have them for another build.
"""

from collections.abc import Sequence
from typing import NamedTuple

from webapp.crashstats.reading import Document, items, number, text, texts

MOST_MODULES = 20_000  # that are counted
MOST_OURS = 200  # that are shown
MOST_OTHERS = 300
MOST_UNLOADED = 100
WITHOUT_SYMBOLS = ("missing", "unavailable", "other id", "corrupt")
ORDER = (*WITHOUT_SYMBOLS, "found", "not needed", "unknown")
OURS_BY_SYMBOLS = ("found", "other id", "corrupt")


class Module(NamedTuple):
    """One loaded module. *symbols* is a word of ORDER."""

    filename: str
    version: str
    debug_file: str
    debug_id: str
    base: str
    symbols: str
    other_ids: list[str]  # of builds that have symbols
    is_main: bool
    is_ours: bool
    signer: str


class Unloaded(NamedTuple):
    """One module that was no longer loaded when the process crashed."""

    filename: str
    code_id: str
    base: str


class Modules(NamedTuple):
    """The modules that are shown, in order, and how many there are of either kind."""

    ours: Sequence[Module]
    others: Sequence[Module]
    unloaded: Sequence[Unloaded]
    our_count: int
    other_count: int
    unloaded_count: int
    summary: str
    lacks_symbols: bool

    @property
    def total(self) -> int:
        """How many modules are loaded."""
        return self.our_count + self.other_count


def modules(dump: Document) -> Modules:
    """Return the modules: those without symbols first, then by name."""
    loaded = _loaded(dump)
    ours = [module for module in loaded if module.is_ours]
    others = [module for module in loaded if not module.is_ours]
    unloaded = [
        Unloaded(
            text(module, "filename") or "(no name)",
            text(module, "code_id"),
            text(module, "base_addr"),
        )
        for module in items(dump, "unloaded_modules")[:MOST_MODULES]
    ]
    return Modules(
        ours[:MOST_OURS],
        others[:MOST_OTHERS],
        unloaded[:MOST_UNLOADED],
        len(ours),
        len(others),
        len(unloaded),
        summary(loaded),
        any(module.symbols in WITHOUT_SYMBOLS for module in loaded),
    )


def _loaded(dump: Document) -> list[Module]:
    main = number(dump, "main_module")
    listed = items(dump, "modules")[:MOST_MODULES]
    has_main = main is not None and 0 <= main < len(listed)
    signer = text(listed[main or 0], "cert_subject") if has_main else ""
    loaded = [
        Module(
            text(module, "filename") or "(no name)",
            text(module, "version"),
            text(module, "debug_file"),
            text(module, "debug_id"),
            text(module, "base_addr"),
            _symbols(module),
            texts(module, "other_debug_ids"),
            index == main,
            index == main or _is_ours(module, signer),
            text(module, "cert_subject"),
        )
        for index, module in enumerate(listed)
    ]
    return sorted(loaded, key=lambda m: (ORDER.index(m.symbols), m.filename.lower()))


def _is_ours(module: Document, signer: str) -> bool:
    if signer:
        return text(module, "cert_subject") == signer
    return not text(module, "cert_subject") and _symbols(module) in OURS_BY_SYMBOLS


def summary(shown: Sequence[Module]) -> str:
    """Return `12 modules; symbols found for 3, missing for 2`."""
    counts = {word: sum(module.symbols == word for module in shown) for word in ORDER}
    clauses = [
        f"{word} for {counts[word]:,}" for word in ("found", "missing", "unavailable", "corrupt")
    ]
    clauses.append(f"of another build for {counts['other id']:,}")
    present = [text for text in clauses if not text.endswith(" for 0")]
    plural = "" if len(shown) == 1 else "s"
    return f"{len(shown):,} module{plural}" + (f"; symbols {', '.join(present)}" if present else "")


def _symbols(module: Document) -> str:
    status = text(module, "symbol_status")
    if status in ORDER:
        return status
    if module.get("corrupt_symbols") is True:
        return "corrupt"
    if module.get("loaded_symbols") is True:
        return "found"
    if module.get("missing_symbols") is True:
        return "missing"
    # The row of a report, and sample data, have only the names of modules.
    return "not needed" if "missing_symbols" in module else "unknown"
