"""What all commands share: errors in one line that says what to do, examples, parameters."""

from datetime import UTC, date, datetime
from typing import Any, NoReturn

import click
import psycopg2
from psycopg2 import errorcodes
from rich.console import Console

from socorro.crash_id import BadCrashId, CrashId, parse
from socorro.crashstore.interface import StoreUnavailable
from socorro.postgres import Unavailable
from socorro.spool import SpoolUnavailable


class Command(click.Command):
    """A command whose epilog, the examples, keeps its line breaks."""

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they stand."""
        _write_epilog(self.epilog, formatter)


class Group(click.Group):
    """Commands that tell expected errors in one line, without a traceback."""

    command_class = Command

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they stand."""
        _write_epilog(self.epilog, formatter)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except (*Unavailable, psycopg2.ProgrammingError) as why:
            _fail(_of_postgres(why))
        except StoreUnavailable as why:
            _fail(f"the crash store does not answer ({why}); the setting is SOCORRO_STORE")
        except SpoolUnavailable as why:
            _fail(f"the spool cannot be used ({why}); the setting is SOCORRO_CRASHMOVER_SPOOL")


Group.group_class = Group


class Day(click.ParamType[date]):
    """A date, YYYY-MM-DD, UTC."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the date that *value* names."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date like {today()}", param, ctx)


class CrashIdText(click.ParamType[CrashId]):
    """A crash id, with or without "bp-" in front."""

    name = "crash_id"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> CrashId:
        """Return the crash id in *value*."""
        try:
            return parse(value)
        except BadCrashId as why:
            self.fail(f"{value!r}: {why}", param, ctx)


def today() -> date:
    """Return the day it is, UTC."""
    return datetime.now(UTC).date()


def screen() -> Console:
    """Return where progress and remarks go: stderr, so that stdout can be piped."""
    return Console(stderr=True, highlight=False)


def printer() -> Console:
    """Return where tables go: stdout, never so narrow that a debug id is broken."""
    console = Console(highlight=False, soft_wrap=True)
    console.width = max(console.width, 100)
    return console


def _write_epilog(epilog: str | None, formatter: click.HelpFormatter) -> None:
    if not epilog:
        return
    formatter.write_paragraph()
    for line in epilog.strip("\n").splitlines():
        formatter.write(f"{line}\n")


def _of_postgres(why: psycopg2.Error) -> str:
    told = (str(why).strip() or type(why).__name__).splitlines()[0]
    if why.pgcode in (errorcodes.UNDEFINED_TABLE, errorcodes.UNDEFINED_FUNCTION):
        return f"the database has not today's schema ({told}): run `socorro migrate`"
    return (
        f"Postgres: {told}; start the line (`socorro run`),"
        " or set SOCORRO_DATABASE to a connection string"
    )


def _fail(text: str) -> NoReturn:
    raise click.ClickException(text) from None
