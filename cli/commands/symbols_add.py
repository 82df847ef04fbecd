"""`socorro symbols add`: adds symbol files, archives, programs and folders to the store."""

from collections.abc import Iterable
from pathlib import Path

import click
from rich.filesize import decimal
from rich.progress import DownloadColumn
from rich.table import Table
from rich.text import Text

from cli.commands.group import Command, plural, printer
from cli.commands.progress import progress_bar
from cli.local import downloads
from socorro.config import load
from socorro.symbols.config import ProcessorSymbolsConfig, SymbolsConfig
from socorro.symbols.index import index
from socorro.symbols.intake import Intake, Result, files_of
from socorro.symbols.store import Change, SymbolStore
from socorro.symbols.symfile import MOST_DROPPED
from socorro.visible import visible

MOST_SKIPPED = 20  # files that are listed
_STYLES = {
    Change.NEW: "green",
    Change.REPLACED: "green",
    Change.JOINED: "green",
    Change.SAME: "dim",
    Change.KEPT: "yellow",
}


@click.command(
    cls=Command,
    epilog="""
A program or library (ELF, PE with its PDB, Mach-O) goes through dump_syms. Build it with debug
information (-g) and add it before it is stripped. A separate debug file (a PDB or .dSYM beside it,
or a file where the system puts them) is found automatically.

A module keeps its best file: a file with fewer records of any kind does not replace it ("kept").
When each of two files has more of some kind, they are joined, and nothing becomes less ("joined").

Examples:
  socorro symbols add ./crasher
  socorro symbols add build/dist crashreporter-symbols.zip
  socorro symbols add --replace libfoo.so.sym
  socorro symbols add --drop-bad-lines xul.sym
""",
)
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="FILE.sym|DIR|ARCHIVE|BINARY…",
)
@click.option("--replace", is_flag=True, help="Replace even better files.")
@click.option(
    "--drop-bad-lines",
    is_flag=True,
    help=f"Leave out lines that walkers cannot read, at most {MOST_DROPPED:,} of a file.",
)
def add(paths: tuple[Path, ...], replace: bool, drop_bad_lines: bool) -> None:
    """Check symbol files and add them to the store.

    From a folder, every symbol file, archive and program is added. Exits 1 if a file is refused, or
    if nothing is added.
    """
    config, indexes = load(SymbolsConfig), load(ProcessorSymbolsConfig)
    store = SymbolStore(config.store, config.file_bytes, indexes.index_folder)
    files = list(files_of(paths))
    if not files:
        raise click.ClickException("no symbol files, archives or programs found")
    results = _take(store, config, files, replace, drop_bad_lines)
    _index(results, indexes)
    _show(results)
    if any(result.refused for result in results) or not any(result.added for result in results):
        raise SystemExit(1)


def dump_syms() -> str | None:
    """Return the dump_syms that `make parts` fetched, else one on the PATH."""
    return downloads.program("dump-syms", "dump_syms")


def _take(
    store: SymbolStore, config: SymbolsConfig, files: list[Path], replace: bool,
    drop_bad_lines: bool,
) -> list[Result]:  # fmt: skip
    results: list[Result] = []
    with progress_bar(DownloadColumn(binary_units=False)) as bar:
        total = sum(path.stat().st_size for path in files if path.exists())
        task = bar.add_task("adding", total=total)

        def progress(count: int) -> None:
            bar.update(task, advance=count)

        intake = Intake(store, config, dump_syms(), replace, progress, drop_bad_lines)
        for path in files:
            bar.update(task, description=path.name)
            results.extend(intake.path(path))
    return results


def _index(results: Iterable[Result], indexes: ProcessorSymbolsConfig) -> None:
    """Index new files, if there is an index walker; without it the first walk is slow."""
    added = [result.added for result in results if result.added]
    files = [addition.path for addition in added if addition.changed]
    if not indexes.index_walker or not files:
        return
    with progress_bar() as bar:
        task = bar.add_task("indexing", total=len(files))
        outcomes = index(indexes.index_walker, indexes.index_folder, files, indexes.index_bytes)
        for path, outcome in outcomes:
            if outcome.startswith("failed"):
                bar.console.print(Text(f"no index for {path.name}: {outcome}", style="yellow"))
            bar.update(task, advance=1)


def _show(results: Iterable[Result]) -> None:
    console = printer()
    table = Table(box=None, pad_edge=False)
    table.add_column("Module", overflow="fold")
    for title in ("Debug id", ""):
        table.add_column(title, no_wrap=True)
    for title in ("FUNC", "INLINE", "lines", "PUBLIC", "STACK", "Size"):
        table.add_column(title, justify="right", no_wrap=True)
    for result in results:
        if result.added:
            facts, change = result.added.facts, result.added.change
            table.add_row(
                Text(result.added.module.debug_file),
                result.added.module.debug_id,
                Text(change.value, style=_STYLES[change]),
                *(f"{count:,}" for count in facts.counts),
                decimal(facts.bytes),
            )
    if table.row_count:
        console.print(table)
    for result in results:
        if result.refused:
            console.print(Text.assemble(("refused", "red"), f"  {result.refused}"))
    for result in results:
        if result.added and (facts := result.added.facts).dropped:
            text = f"  {result.name}: {plural(facts.dropped, 'line')}; first {facts.first_dropped}"
            console.print(Text.assemble(("dropped", "yellow"), visible(text)))
    skipped = [result for result in results if result.passed_over]
    for result in skipped[:MOST_SKIPPED]:
        text = f"  {visible(result.name)}: {result.passed_over}"
        console.print(Text.assemble(("skipped", "yellow"), text))
    if len(skipped) > MOST_SKIPPED:
        console.print(Text.assemble(("skipped", "yellow"), f"  {len(skipped) - MOST_SKIPPED} more"))
    console.print(_summary(list(results)))


def _summary(results: list[Result]) -> str:
    counts = {change.value: 0 for change in Change} | {"refused": 0, "skipped": 0}
    for result in results:
        if result.added:
            counts[result.added.change.value] += 1
        else:
            counts["refused" if result.refused else "skipped"] += 1
    return (
        ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "nothing added"
    )
