"""`socorro search`: how far search is behind, and writing its files again."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import click

from cli.commands import connections
from cli.commands.group import Command, Day, echo, midnight, plural, results
from cli.commands.progress import progress_bar
from cli.commands.search_query import SearchGroup, query
from cli.commands.tables import plain_table
from socorro.config import load
from socorro.postgres import Database
from socorro.search import notes
from socorro.search.config import SearchConfig
from socorro.search.notes import Lag
from socorro.search.segments.follow import ENGINE, follow, hours, missing
from socorro.search.segments.status import Folder, inspect
from socorro.search.segments.writer import SegmentsUnwritable, Writer

LATE_SECONDS = 120  # from here on search is behind
_PASS_SECONDS = 5.0


@click.group(
    cls=SearchGroup,
    epilog="""
What is none of these commands is a query: `socorro search query --help` says how to write one.

Examples:
  socorro search 'product:=Firefox AND NOT signature:~OOM'
  socorro search product=Firefox --facets signature,os_name
  socorro search status
  socorro search rebuild --day 2026-11-23
""",
)
def search() -> None:
    """Search crashes, and maintain the search engine."""


search.add_command(query)


@search.command(
    cls=Command,
    epilog="""
Exit code 1: search is more than two minutes behind, or files are missing.

Examples:
  socorro search status
  socorro search status --json
""",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """Show how far search is behind."""
    config = load(SearchConfig)
    with connections.postgres() as database, database.transaction() as db:
        lag = notes.lag(db, config.engine)
        folder = inspect(db, config.folder) if config.engine == ENGINE else None
    if as_json:
        echo(json.dumps(_document(config, lag, folder), indent=2, default=_text))
    else:
        _print(config, lag, folder)
    if lag.seconds > LATE_SECONDS or (folder and folder.missing):
        raise SystemExit(1)


@search.command(
    cls=Command,
    epilog="""
When it is stopped, the clock's job writes the hours that are left.

Examples:
  socorro search rebuild
  socorro search rebuild --day 2026-11-23
""",
)
@click.option("--day", type=Day(), help="Only this day of submission, UTC.")
def rebuild(day: date | None) -> None:
    """Write search again from the reports in Postgres.

    With Elasticsearch, the hours are only noted: its job reads them.
    """
    config = load(SearchConfig)
    with connections.postgres() as database:
        noted = _note(database, config, day)
        if config.engine != ENGINE:
            text = "`socorro search status` shows how many are left"
            echo(f"{plural(len(noted), 'hour')} noted: {text}")
            return
        _write(database, config, noted)


def _note(database: Database, config: SearchConfig, day: date | None) -> set[datetime]:
    """Note the hours that have reports, a file, or should have one; return them."""
    with database.transaction() as db:
        reported = notes.hours_with_reports(db)
        existing = hours(config.folder) if config.engine == ENGINE else set()
        noted = {*reported, *existing, *missing(existing, reported, notes.now(db))}
        if day:
            start = midnight(day)
            noted = {hour for hour in noted if start <= hour < start + timedelta(days=1)}
        notes.add(db, config.engine, sorted(noted))
    return noted


def _write(database: Database, config: SearchConfig, noted: set[datetime]) -> None:
    """Write what is noted, the latest hour first; other hours that changed go along."""
    writer, left, reports = Writer(config.folder), set(noted), 0
    try:
        with progress_bar() as bar:
            task = bar.add_task("rebuilding", total=len(noted))

            def written(hour: datetime) -> None:
                left.discard(hour)
                bar.update(task, completed=len(noted) - len(left), description=f"{hour:%F %H:00}")

            while left:
                followed = follow(database, writer, _PASS_SECONDS, written)
                reports += followed.reports
                if followed.error:
                    raise click.ClickException(
                        f"{plural(len(followed.failed), 'hour')} could not be written"
                        f" ({type(followed.error).__name__}): the clock's job tries again"
                    ) from followed.error
                if not followed.hours:
                    break  # the clock's job has written the rest
    except SegmentsUnwritable as error:
        raise click.ClickException(str(error)) from None
    echo(f"{plural(len(noted), 'hour')} written with {plural(reports, 'report')}")


def _document(config: SearchConfig, lag: Lag, folder: Folder | None) -> dict[str, Any]:
    document: dict[str, Any] = {
        "engine": config.engine,
        "hours_waiting": lag.hours,
        "oldest_change": lag.oldest,
        "seconds_behind": round(lag.seconds, 1),
    }
    if folder:
        document |= {"folder": str(config.folder), **folder._asdict()}
    return document


def _print(config: SearchConfig, lag: Lag, folder: Folder | None) -> None:
    table = plain_table("", "")
    table.show_header = False
    table.add_row("engine", config.engine)
    behind = f"{plural(lag.hours, 'hour')} to read, the oldest for {lag.seconds:,.0f} s"
    table.add_row("behind", behind if lag.hours else "nothing is waiting")
    if folder:
        table.add_row("last crash", _moment(folder.last_crash))
        table.add_row("files", _files(folder))
        table.add_row("folder", str(config.folder))
        if folder.missing:
            table.add_row(
                "missing",
                f"{plural(folder.missing, 'hour')} without a file: the clock's job search-segments"
                " writes them within the hour, `socorro search rebuild` at once",
            )
    results().print(table)


def _files(folder: Folder) -> str:
    if not folder.hours:
        return "none"
    size = f"{folder.bytes:,} bytes, and {folder.protected_bytes:,} with protected fields"
    first = f"{folder.first_hour:%F %H:00} to {folder.last_hour:%F %H:00} UTC"
    return f"{plural(folder.hours, 'hour')}, {first}, {size}"


def _moment(moment: datetime | None) -> str:
    return f"{moment:%F %H:%M:%S} UTC" if moment else "none"


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
