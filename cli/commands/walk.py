"""`socorro walk`: shows a walk in the terminal, and where walkers disagree on a dump."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.table import Table
from rich.text import Text

from cli.commands import connections
from cli.commands.group import Command, echo, printer
from cli.commands.tables import plain_table
from cli.local import downloads
from cli.side_by_side import Call, Row, calls, differs, side_by_side
from processor.child import Limits
from processor.indexed import IndexedWalker, Indexes
from processor.repairing import RepairingWalker
from processor.stackwalk import Walk, Walker, WalkerMissing, Walks
from processor.symbols import with_symbol_status
from socorro.config import load
from socorro.crash import MAIN_DUMP
from socorro.crash_id import BadCrashId, parse
from socorro.crashstore.interface import CrashNotFound
from socorro.symbols import index_walker
from socorro.symbols.config import ProcessorSymbolsConfig, folders
from socorro.visible import visible

RUST, BREAKPAD, OURS = "rust-minidump", "Breakpad", "index walker"
_WEAK = ("scan", "none")


class Walked(NamedTuple):
    """The walk of one walker."""

    name: str
    walk: Walk
    seconds: float

    @property
    def dump(self) -> dict[str, Any]:
        """The walk's JSON; empty when it failed."""
        return self.walk.json_dump or {}


@click.command(
    cls=Command,
    epilog="""
--compare walks with rust-minidump, Breakpad and, if it was built, the index walker. Calls on which
they disagree are marked with ≠.

Examples:
  socorro walk crash.dmp
  socorro walk bp-0bba929f-8721-460c-8e70-a43c00261123 --threads
  socorro walk crash.dmp --symbols ./symbols --compare
  socorro walk crash.dmp --json | jq .crashing_thread
""",
)
@click.argument("dump", metavar="DUMP|CRASH_ID")
@click.option(
    "--symbols",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Symbol store; repeatable; default: those in the settings.",
)
@click.option("--threads", is_flag=True, help="Show the frames of all threads.")
@click.option("--modules", is_flag=True, help="Show all modules, not only those on stacks.")
@click.option("--compare", is_flag=True, help="Show where the walkers disagree.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def walk(
    dump: str, symbols: tuple[Path, ...], threads: bool, modules: bool, compare: bool, as_json: bool
) -> None:  # fmt: skip
    """Walk a minidump or a stored crash and show its stacks."""
    body = _body(dump)
    symbol_folders = list(symbols) or folders()
    walkers = _walkers(symbol_folders)
    if compare:
        walks = [_walked(name, walker, body, symbol_folders) for name, walker in walkers.items()]
        if as_json:
            echo(json.dumps(_comparison(walks), indent=2))
        else:
            _show_comparison(walks, threads)
        return
    name = OURS if OURS in walkers else RUST
    walked = _walked(name, RepairingWalker(walkers[name]), body, symbol_folders)
    if as_json:
        echo(json.dumps(walked.walk.document(), indent=2))
    else:
        _show(walked, threads, modules)
    if walked.walk.json_dump is None:
        raise SystemExit(1)


def _body(dump: str) -> bytes:
    path = Path(dump)
    if path.is_file():
        return path.read_bytes()
    try:
        crash_id = parse(dump)
    except BadCrashId:
        raise click.BadParameter(
            f"{dump!r} is neither a file nor a crash id", param_hint="DUMP|CRASH_ID"
        ) from None
    with connections.crash_store() as store:
        try:
            return store.get_dump(crash_id, MAIN_DUMP)
        except CrashNotFound:
            raise click.ClickException(f"{crash_id} has no dump in the crash store") from None


def _walkers(symbol_folders: Sequence[Path]) -> dict[str, Walks]:
    """Return the installed walkers of the processor, by the name to show."""
    limits = Limits()
    plain = Walker(_path("minidump-stackwalk"), "json", symbol_folders, limits)
    walkers: dict[str, Walks] = {
        RUST: plain,
        BREAKPAD: Walker(_path("minidump_stackwalk"), "pipe", symbol_folders, limits),
    }
    config = load(ProcessorSymbolsConfig)
    if config.index_walker:
        indexed = IndexedWalker(plain, Indexes(config.index_walker, config.index_folder, limits))
        if indexed.version():
            walkers[OURS] = indexed
    return walkers


def _path(name: str) -> str:
    return downloads.program(name) or name


def _walked(name: str, walker: Walks, body: bytes, symbol_folders: Sequence[Path]) -> Walked:
    began = time.perf_counter()
    try:
        walk = walker.walk(body)
    except WalkerMissing as error:
        raise click.ClickException(f"{error}: {downloads.HOW_TO_GET_WALKERS}") from None
    seconds = time.perf_counter() - began
    return Walked(name, with_symbol_status(walk, symbol_folders), seconds)


def _show(walked: Walked, threads: bool, modules: bool) -> None:
    screen = printer()
    screen.print(_facts(walked))
    dump = walked.dump
    crashing = dump.get("crash_info", {}).get("crashing_thread")
    for number, thread in enumerate(dump.get("threads") or ()):
        # The crashing thread may have been walked from other registers than the dump's.
        shown = (dump.get("crashing_thread") or thread) if number == crashing else thread
        stack = calls(shown)
        title = Text(f"\nThread {number}")
        title.append(f" · {visible(shown['thread_name'])}" if shown.get("thread_name") else "")
        if number == crashing:
            title.append(" (crashed)", "bold red")
        if number == crashing or threads:
            screen.print(title)
            screen.print(_stack(stack))
        elif stack:
            screen.print(
                title.append(f"  {visible(stack[0].name)}").append(f"  {len(stack)} calls", "dim")
            )
    if dump:
        screen.print(_modules(dump, modules))


def _facts(walked: Walked) -> Text:
    dump = walked.dump
    crash, system = dump.get("crash_info", {}), dump.get("system_info", {})
    text = Text(f"{walked.walk.status}", "bold")
    text.append(f"  {walked.walk.version}, {walked.seconds * 1000:.0f} ms\n", "dim")
    if dump:
        text.append(visible(crash.get("type") or "no crash"), "bold")
        text.append(f" at {crash['address']}" if crash.get("address") else "")
        words = (system.get(name) for name in ("os", "os_ver", "cpu_arch", "cpu_info"))
        text.append("\n" + " ".join(visible(word) for word in words if word))
    for line in (*walked.walk.notes, *walked.walk.stderr.splitlines()):
        text.append(f"\n{visible(line)}", "dim")
    return text


def _stack(stack: Sequence[Call]) -> Table:
    table = plain_table("trust", "module", "function", "source", counts=("frame",))
    for call in stack:
        trust = Text(visible(call.trust), "yellow" if call.trust in _WEAK else "dim")
        number = "" if call.frame is None or call.inlined else str(call.frame)
        cells = (call.module, call.name, call.source)
        table.add_row(number, trust, *(Text(visible(text)) for text in cells))
    return table


def _modules(dump: dict[str, Any], every: bool) -> Table:
    all_of_them = dump.get("modules") or ()
    shown = [module for module in all_of_them if every or module.get("symbol_status")]
    which = f"{len(shown)} modules" if every else f"{len(shown)} of {len(all_of_them)} modules"
    table = plain_table("symbols", "module", "version", "debug file", "debug id")
    table.title, table.title_justify = f"\n{which}", "left"
    for module in shown:
        status = module.get("symbol_status") or ""
        others = ", ".join(module.get("other_debug_ids") or ())
        style = {"found": "green", "": "dim"}.get(status, "red")
        names = (
            visible(module.get(key) or "")
            for key in ("filename", "version", "debug_file", "debug_id")
        )
        table.add_row(Text(status + (f": {others}" if others else ""), style), *map(Text, names))
    return table


def _threads(walks: Sequence[Walked]) -> list[tuple[int, list[Row]]]:
    """Return the threads, each as rows of calls side by side; the crashing one first."""
    numbers = range(max(len(walked.dump.get("threads") or ()) for walked in walks))
    crashing = next(
        (walked.dump["crash_info"].get("crashing_thread") for walked in walks if walked.dump), 0
    )
    numbered = []
    for number in sorted(numbers, key=lambda number: (number != crashing, number)):
        stacks = [
            calls(threads[number]) if number < len(threads) else []
            for threads in (walked.dump.get("threads") or () for walked in walks)
        ]
        numbered.append((number, side_by_side(stacks)))
    return numbered


def _comparison(walks: Sequence[Walked]) -> dict[str, Any]:
    return {
        "walkers": [
            {
                "name": walked.name,
                "version": walked.walk.version,
                "status": walked.walk.status,
                "seconds": round(walked.seconds, 4),
            }
            for walked in walks
        ],
        "differences": [
            {"thread": number, "row": place, "calls": [call and call._asdict() for call in row]}
            for number, rows in _threads(walks)
            for place, row in enumerate(rows)
            if differs(row)
        ],
    }


def _show_comparison(walks: Sequence[Walked], threads: bool) -> None:
    screen = printer()
    for walked in walks:
        line = f"{walked.name:14} {walked.walk.status:12} {walked.seconds * 1000:7.0f} ms"
        screen.print(Text(f"{line}  {walked.walk.version}"))
    named = {walked.name: walked for walked in walks}
    if OURS in named:
        same = named[OURS].dump == named[RUST].dump
        screen.print(
            Text(f"{OURS}: its JSON {'equals' if same else 'DIFFERS FROM'} that of {RUST}", "dim")
        )
    else:
        screen.print(Text(f"{OURS}: not built; {index_walker.HINT}", "dim"))
    for place, (number, rows) in enumerate(_threads(walks)):
        different = sum(differs(row) for row in rows)
        title = f"\nThread {number}: {len(rows)} calls, {different} differ"
        screen.print(Text(title, "bold" if different else "dim"))
        shown = rows if threads or place == 0 else [row for row in rows if differs(row)]
        if shown:
            screen.print(_rows(walks, shown))


def _rows(walks: Sequence[Walked], rows: Sequence[Row]) -> Table:
    table = plain_table("", *(walked.name for walked in walks))
    for row in rows:
        mark = Text("≠", "bold red") if differs(row) else Text("=", "dim")
        table.add_row(mark, *(_cell(call, row) for call in row))
    return table


def _cell(call: Call | None, row: Row) -> Text:
    if call is None:
        return Text("(no such call)", "red")
    same = row[0] is not call and row[0] is not None and row[0].key == call.key
    place = call.source.replace("\\", "/").rpartition("/")[2]
    text = call.name if not place else f"{call.name} {place}"
    return Text(visible(text), "dim" if same else "")
