"""`socorro symbols list` and `gc`: lists what is in the store, and removes what is old."""

import json
import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import click
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from cli.commands.group import Command, echo, plural, printer
from socorro.config import load
from socorro.symbols.clearing import chosen
from socorro.symbols.config import ProcessorSymbolsConfig, SymbolsConfig
from socorro.symbols.store import Entry, SymbolStore

DAY = 86_400  # seconds
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


class Size(click.ParamType[int]):
    """Bytes, with or without a unit: 500M, 20G."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the bytes."""
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"(\d{1,15})([KMGT]?)B?", value.strip().upper())
        if not match:
            self.fail(f"{value!r} is not a size (expected e.g. 500M or 20G)", param, ctx)
        return int(match[1]) * _UNITS[match[2]]


@click.command(
    "list",
    cls=Command,
    epilog="""
Examples:
  socorro symbols list
  socorro symbols list --debug-file libxul.so --json
""",
)
@click.option("--debug-file", help="Only modules with this debug file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(debug_file: str | None, as_json: bool) -> None:
    """List stored symbols, their sizes and when they were last used."""
    entries = [
        entry
        for entry in _store().entries()
        if debug_file is None or entry.module.debug_file == debug_file
    ]
    if as_json:
        echo(json.dumps([_document(entry) for entry in entries], indent=2))
        return
    _show(entries)
    echo(_summary(entries))


@click.command(
    cls=Command,
    epilog="""
A module counts as used when a walk finds its symbols, and when they are added. Symbols from servers
are not in the store but in a cache with a limit of its own: SOCORRO_SYMBOLS_CACHE_BYTES.

Examples:
  socorro symbols gc --older-than 90 --dry-run
  socorro symbols gc --max-bytes 50G
""",
)
@click.option("--max-bytes", type=Size(), help="Largest size to keep, with indexes: 500M, 20G.")
@click.option(
    "--older-than",
    type=click.FloatRange(0),
    metavar="DAYS",
    help="Remove what was not used for so long.",
)
@click.option("--dry-run", is_flag=True, help="Only show what would be removed.")
def gc(max_bytes: int | None, older_than: float | None, dry_run: bool) -> None:
    """Remove symbols and their indexes, longest unused first."""
    if max_bytes is None and older_than is None:
        raise click.UsageError("choose what to remove: --max-bytes, --older-than or both")
    store = _store()
    entries = list(store.entries())
    seconds = None if older_than is None else older_than * DAY
    going = chosen(entries, time.time(), max_bytes, seconds)
    _show(going)
    if not dry_run:
        for entry in going:
            store.remove(entry)
        store.sweep()
    gone = set(going)
    would = "would be removed" if dry_run else "removed"
    echo(f"{_summary(going)} {would}; {_summary([e for e in entries if e not in gone])} left")


def _store() -> SymbolStore:
    config = load(SymbolsConfig)
    return SymbolStore(config.store, config.file_bytes, load(ProcessorSymbolsConfig).index_folder)


def _show(entries: Iterable[Entry]) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("Module", overflow="fold")
    table.add_column("Debug id", no_wrap=True)
    for title in ("Size", "Index", "Added", "Last used"):
        table.add_column(title, justify="right", no_wrap=True)
    for entry in entries:
        table.add_row(
            Text(entry.module.debug_file),
            entry.module.debug_id,
            decimal(entry.size),
            decimal(entry.index_size) if entry.index_size else "none",
            _moment(entry.added)[:10],
            _moment(entry.used)[:10],
        )
    if table.row_count:
        printer().print(table)


def _summary(entries: list[Entry]) -> str:
    total = sum(entry.size + entry.index_size for entry in entries)
    return f"{plural(len(entries), 'module')}, {decimal(total)}"


def _document(entry: Entry) -> dict[str, Any]:
    return {
        "debug_file": entry.module.debug_file,
        "debug_id": entry.module.debug_id,
        "path": str(entry.path),
        "size": entry.size,
        "index_size": entry.index_size,
        "added": _moment(entry.added),
        "used": _moment(entry.used),
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
