"""The modules of a crashed process, and whether symbols were found for them."""

from typing import NamedTuple

from webapp.crashstats.reading import Document, items, number, text, texts

MOST_MODULES = 2000
WITHOUT_SYMBOLS = ("missing", "unavailable", "other id", "corrupt")
ORDER = (*WITHOUT_SYMBOLS, "found", "not needed")


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


def modules(dump: Document) -> list[Module]:
    """Return the modules: those without symbols first, then by name."""
    main = number(dump, "main_module")
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
        )
        for index, module in enumerate(items(dump, "modules")[:MOST_MODULES])
    ]
    return sorted(loaded, key=lambda m: (ORDER.index(m.symbols), m.filename.lower()))


def summary(shown: list[Module]) -> str:
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
    return "missing" if module.get("missing_symbols") is True else "not needed"
