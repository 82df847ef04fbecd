"""`socorro store`: the crash store."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import click

from cli.commands import connections
from cli.commands.group import CrashIdText, Day, Group, echo, midnight, plural, today
from socorro.config import SharedConfig, load
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashNotFound, CrashStore, DamagedCrash
from socorro.crashstore.open import create_tables
from socorro.fields import problems
from socorro.postgres import Database, Unavailable
from socorro.queries import ledger


@click.group(
    cls=Group,
    epilog="""
Examples:
  SOCORRO_STORE=hbase://10.0.0.7:9090 socorro store create
  socorro store adopt         another disk is mounted in its place, and that is right
  socorro store check
  socorro store validate --day 2026-11-23
""",
)
def store() -> None:
    """Create or check the crash store, or validate crashes."""


@store.command()
def create() -> None:
    """Create folders or tables; existing ones are left alone.

    Nothing else creates them: without its marker the crash store is away, and services wait for it.
    """
    shared = load(SharedConfig)
    try:
        create_tables(shared.store, shared.home)
    except ValueError as error:
        raise click.ClickException(f"SOCORRO_STORE: {error}") from None
    echo(f"{shared.store} exists")


@store.command()
def adopt() -> None:
    """Accept the store that is mounted now in place of the one that was seen before.

    A folder with crashes that has no marker (of an earlier version, or copied without) gets one.
    """
    shared = load(SharedConfig)
    with connections.crash_store(shared) as opened:
        opened.adopt()
    echo(f"{shared.store} is adopted")


@store.command()
def check() -> None:
    """Check writing and reading; exit 1 if that fails."""
    shared = load(SharedConfig)
    with connections.crash_store(shared) as opened:
        opened.check()
    echo(f"{shared.store} is healthy")


@store.command()
@click.argument("crash_ids", nargs=-1, type=CrashIdText(), metavar="[CRASH_ID…]")
@click.option("--day", type=Day(), help="All crashes of that day, UTC; default: today.")
def validate(crash_ids: tuple[CrashId, ...], day: date | None) -> None:
    """Compare stored crashes with the declarations of fields.

    A processed crash that is missing although Postgres has its report is named, too. Exits 1 if a
    crash does not match. Values that do not match are hidden from users without
    permission to see all fields.
    """
    begin = midnight(day or today())
    seen = wrong = 0
    with connections.crash_store() as opened, connections.postgres() as database:
        has_report = _Reports(database).has
        for crash_id in crash_ids or opened.submitted(begin, begin + timedelta(days=1)):
            seen += 1
            violations = list(_problems(opened, crash_id, has_report))
            wrong += bool(violations)
            for place in violations:
                echo(f"{crash_id}  {place}")
    echo(f"{plural(seen, 'crash')} checked, {wrong:,} not as declared", err=True)
    if wrong:
        raise SystemExit(1)


class _Reports:
    """Asks Postgres for reports as long as it answers: the store can be checked without it."""

    def __init__(self, database: Database) -> None:
        self._database, self._answers = database, True

    def has(self, crash_id: CrashId) -> bool:
        """Return whether the crash has a report; False when Postgres does not answer."""
        if not self._answers:
            return False
        try:
            with self._database.transaction() as db:
                return ledger.outcome(db, crash_id) is not None
        except Unavailable:
            self._answers = False
            echo("Postgres does not answer: missing processed crashes not checked", err=True)
            return False


def _problems(
    opened: CrashStore, crash_id: CrashId, has_report: Callable[[CrashId], bool]
) -> Iterator[str]:
    try:
        raw = opened.get_crash(crash_id, list)[0].document()  # all dumps are read, too
    except DamagedCrash as damage:
        yield f"damaged: {damage.reason}"
        return
    except CrashNotFound:
        yield "not in the crash store"
        return
    yield from (f"raw crash: {place}" for place in problems("raw_crash", raw))
    try:
        processed = opened.get_processed(crash_id)
    except DamagedCrash as damage:
        yield f"damaged: {damage.reason}"
        return
    except CrashNotFound:
        if has_report(crash_id):
            yield "damaged: the processed crash is missing, although there is a report"
        return
    yield from (f"processed crash: {place}" for place in problems("processed_crash", processed))
