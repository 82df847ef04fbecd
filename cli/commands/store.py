"""`socorro store`: the crash store."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import click

from cli.commands import connections
from cli.commands.group import CrashIdText, Day, Group, today
from socorro.config import SharedConfig, load
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashNotFound, CrashStore
from socorro.crashstore.open import create_tables
from socorro.fields import problems


@click.group(
    cls=Group,
    epilog="""
Examples:
  SOCORRO_STORE=hbase://10.0.0.7:9090 socorro store create
  socorro store check
  socorro store validate --day 2026-11-23
""",
)
def store() -> None:
    """Create or check the crash store, or what lies in it."""


@store.command()
def create() -> None:
    """Make folders or tables; what exists is left alone."""
    shared = load(SharedConfig)
    try:
        create_tables(shared.store)
    except ValueError as error:
        raise click.ClickException(f"SOCORRO_STORE: {error}") from None
    click.echo(f"{shared.store} is there")


@store.command()
def check() -> None:
    """Write and read; exit 1 when that fails."""
    shared = load(SharedConfig)
    with connections.crash_store(shared) as opened:
        opened.check()
    click.echo(f"{shared.store} is well")


@store.command()
@click.argument("crash_ids", nargs=-1, type=CrashIdText(), metavar="[CRASH_ID…]")
@click.option("--day", type=Day(), help="All crashes of that day, UTC; default: today.")
def validate(crash_ids: tuple[CrashId, ...], day: date | None) -> None:
    """Hold raw and processed crashes against their declaration; exit 1 when some are not as told.

    What is not as declared is hidden from everybody without the permission to see all of it.
    """
    begin = datetime.combine(day or today(), time(), UTC)
    seen = wrong = 0
    with connections.crash_store() as opened:
        for crash_id in crash_ids or opened.submitted(begin, begin + timedelta(days=1)):
            seen += 1
            violations = list(_problems(opened, crash_id))
            wrong += bool(violations)
            for place in violations:
                click.echo(f"{crash_id}  {place}")
    click.echo(f"{seen} crashes looked at, {wrong} not as declared", err=True)
    if wrong:
        raise SystemExit(1)


def _problems(opened: CrashStore, crash_id: CrashId) -> Iterator[str]:
    try:
        raw = opened.get_raw(crash_id).document()
    except CrashNotFound:
        yield "not in the crash store"
        return
    yield from (f"raw crash: {place}" for place in problems("raw_crash", raw))
    try:
        processed = opened.get_processed(crash_id)
    except CrashNotFound:
        return
    yield from (f"processed crash: {place}" for place in problems("processed_crash", processed))
