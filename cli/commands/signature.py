"""`socorro signature`: how a signature is built, and what changed lists would do."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import click

from cli.commands import connections
from cli.commands.group import Command, Day, Group, check_order, echo, midnight, plural, today
from cli.commands.progress import progress_bar
from processor.config import ProcessorConfig
from socorro.config import load
from socorro.crash_id import BadCrashId, CrashId, parse
from socorro.crashstore.interface import CrashNotFound, CrashStore
from socorro.signature import lists as shipped_lists
from socorro.signature.crash_data import CrashData, of_walk, read
from socorro.signature.explain import explain as explained
from socorro.signature.generate import STYLES, generate, version
from socorro.signature.lists import BadList, Lists
from socorro.signature.what_if import WhatIf

DAYS = 7


class _ShowByDefault(Group):
    """`socorro signature X` is `socorro signature show X`, unless X is a command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] != "--help" and args[0] not in self.commands:
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_ShowByDefault,
    epilog="""
Examples:
  socorro signature bp-0bba929f-8721-460c-8e70-a43c00261123 --explain
  minidump-stackwalk --json crash.dmp > crash.json; socorro signature crash.json --explain
  socorro signature what-if --since 2026-11-16 --lists ./my-lists
""",
)
def signature() -> None:
    """Explain a signature, or try changed signature lists."""


_lists = click.option(
    "--lists",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with signature lists; default: the built-in ones.",
)
_style = click.option(
    "--style",
    type=click.Choice(STYLES),
    help="How to make signatures; default: as the processor does.",
)


@signature.command(cls=Command)
@click.argument("crash", metavar="CRASH_ID|FILE")
@click.option("--explain", is_flag=True, help="Show the effect of each frame and rule.")
@_lists
@_style
def show(crash: str, explain: bool, folder: Path | None, style: str | None) -> None:
    """Show the signature of a stored crash or of a file.

    The file holds a processed crash, or the output of `minidump-stackwalk --json`.
    """
    by = _read_lists(folder)
    data, stored = _from_file(Path(crash)) if Path(crash).is_file() else _from_store(crash)
    generated = generate(data, style or load(ProcessorConfig).signature_style, by)
    for line in explained(generated, by) if explain else (generated.signature,):
        echo(line)
    if stored is not None and stored != generated.signature:
        echo(f"stored signature: {stored}", err=True)


@signature.command(
    "what-if",
    cls=Command,
    epilog="""
Before lists are committed: copy them, change the copy, check it, and compare:
  cp -r socorro/signature/lists my-lists
  python -m socorro.signature.lint my-lists
  socorro signature what-if --lists my-lists
""",
)
@click.option("--since", type=Day(), help=f"First day, UTC; default: the last {DAYS} days.")
@click.option("--until", type=Day(), help="Last day, UTC; default: today.")
@_lists
@_style
@click.option("--limit", type=click.IntRange(1), help="Maximum number of crashes.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def what_if(
    since: date | None,
    until: date | None,
    folder: Path | None,
    style: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """Show which stored crashes would get another signature.

    Nothing is stored.
    """
    last = until or today()
    first = since or last - timedelta(days=DAYS - 1)
    check_order(first, last)
    by = _read_lists(folder)
    counted = WhatIf(by, style or load(ProcessorConfig).signature_style)
    with connections.crash_store() as store, progress_bar() as bar:
        task = bar.add_task("reading", total=limit)
        for crash_id in islice(_submitted(store, first, last), limit):
            _add(counted, store, crash_id)
            bar.update(task, advance=1, description=f"{counted.moved:,} would change")
    echo(_as_json(counted) if as_json else _as_text(counted))


def _add(counted: WhatIf, store: CrashStore, crash_id: CrashId) -> None:
    try:
        processed = store.get_processed(crash_id)
        annotations = store.get_raw(crash_id).annotations
    except CrashNotFound:  # deferred, or not processed yet
        return
    counted.add(crash_id, processed, annotations)


def _submitted(store: CrashStore, first: date, last: date) -> Iterator[CrashId]:
    """Yield the crashes of all days, the newest day first."""
    for back in range((last - first).days + 1):
        day = last - timedelta(days=back)
        start = midnight(day)
        yield from store.submitted(start, start + timedelta(days=1))


def _as_json(counted: WhatIf) -> str:
    document = {
        "version": version(counted.style, counted.lists),
        "seen": counted.seen,
        "moved": counted.moved,
        "moves": [move.document() for move in counted.moves()],
    }
    return json.dumps(document, indent=2)


def _as_text(counted: WhatIf) -> str:
    moves = counted.moves()
    lines = [f"{plural(counted.seen, 'crash')} checked, {counted.moved:,} would change"]
    for move in moves:
        lines += ["", f"{move.crashes:>8,}  {move.before}", f"      ->  {move.after}"]
        lines.append(f"          e.g. {move.examples[0]}")
    return "\n".join(lines)


def _from_store(text: str) -> tuple[CrashData, str | None]:
    try:
        crash_id = parse(text)
    except BadCrashId as error:
        raise click.BadParameter(
            f"{text!r} is neither a file nor a crash id: {error}", param_hint="CRASH_ID|FILE"
        ) from None
    with connections.crash_store() as store:
        try:
            raw, processed = store.get_raw(crash_id), store.get_processed(crash_id)
        except CrashNotFound:
            raise click.ClickException(
                f"{crash_id} is not processed: run `socorro process {crash_id}`"
            ) from None
    return read(processed, raw.annotations), processed.get("signature")


def _from_file(path: Path) -> tuple[CrashData, str | None]:
    try:
        document: Any = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise click.ClickException(f"{path} is not a JSON object")
    if isinstance(document.get("json_dump"), dict):
        return read(document, {}), document.get("signature")
    return of_walk(document), None


def _read_lists(folder: Path | None) -> Lists:
    try:
        return shipped_lists.read(folder) if folder else shipped_lists.shipped()
    except (BadList, OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"--lists: {error}") from None
