"""What all commands share: errors in one line, examples in the help, types of arguments."""

from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from socorro.crash_id import BadCrashId, CrashId, parse
from socorro.questions.words import midnight as midnight
from socorro.questions.words import plural as plural
from socorro.questions.words import today as today
from socorro.visible import visible

if TYPE_CHECKING:
    import psycopg2
    from rich.console import Console


RAW = "--csv-raw"  # what --csv=raw is inside: a flag, as --csv is


class Command(click.Command):
    """A command whose epilog, the examples, keeps its line breaks."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words; a flag of click takes no value, and --csv=raw is one of two flags."""
        end = args.index("--") if "--" in args else len(args)
        words = [RAW if word == "--csv=raw" else word for word in args[:end]]
        return super().parse_args(ctx, [*words, *args[end:]])

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples with their line breaks."""
        _write_epilog(self.epilog, formatter)


class Group(click.Group):
    """Commands that report expected errors in one line, without a traceback."""

    command_class = Command

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples with their line breaks."""
        _write_epilog(self.epilog, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that was named; the error of one that does not exist names others."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = get_close_matches(args[0], self.list_commands(ctx), n=3)
            if not near:
                raise
            text = f"{error.message} Did you mean {' or '.join(near)}?"
            raise click.UsageError(text, error.ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            text = error.message if type(error) is click.ClickException else _message(error)
            if text is None:
                raise
            raise click.ClickException(visible(text, lines=True)) from None


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
            self.fail(f"{value!r} is not a date (expected e.g. {today()})", param, ctx)


class CrashIdText(click.ParamType[CrashId]):
    """A crash id, with or without "bp-" in front."""

    name = "crash_id"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> CrashId:
        """Return the crash id in *value*."""
        try:
            return parse(value)
        except BadCrashId as error:
            self.fail(f"{value!r}: {error}", param, ctx)


def check_order(since: date | None, until: date) -> None:
    """Refuse a first day that is after the last one."""
    if since and since > until:
        raise click.BadParameter("is after --until", param_hint="--since")


def screen() -> "Console":
    """Return the console for progress and remarks: stderr, so that stdout can be piped."""
    from cli.commands.console import SafeConsole

    return SafeConsole(stderr=True, highlight=False)


def results() -> "Console":
    """Return the console for results: stdout."""
    from cli.commands.console import SafeConsole

    return SafeConsole(highlight=False)


def printer() -> "Console":
    """Return the console for tables: stdout, never too narrow for a debug id."""
    from cli.commands.console import SafeConsole

    wide = SafeConsole(highlight=False, soft_wrap=True)
    wide.width = max(wide.width, 100)
    return wide


def echo(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print text that may come from outside: nothing in it commands the terminal."""
    click.echo(visible(text, lines=True), err=err, nl=nl)


def _write_epilog(epilog: str | None, formatter: click.HelpFormatter) -> None:
    if not epilog:
        return
    formatter.write_paragraph()
    for line in epilog.strip("\n").splitlines():
        formatter.write(f"{line}\n")


def _message(error: Exception) -> str | None:
    """Return the message for an error that operators can fix; None for any other."""
    # Imported here: the help needs no driver.
    import psycopg2

    from socorro.crashstore.interface import StoreUnavailable
    from socorro.postgres import Unavailable
    from socorro.spool.entry import SpoolUnavailable

    if isinstance(error, (*Unavailable, psycopg2.ProgrammingError)):
        return _postgres_message(error)
    if isinstance(error, StoreUnavailable):
        return f"the crash store does not answer ({error}): check SOCORRO_STORE"
    if isinstance(error, SpoolUnavailable):
        return f"the spool cannot be used ({error}): check SOCORRO_CRASHMOVER_SPOOL"
    return None


def _postgres_message(error: "psycopg2.Error") -> str:
    from psycopg2 import errorcodes

    text = (str(error).strip() or type(error).__name__).splitlines()[0]
    if error.pgcode in (errorcodes.UNDEFINED_TABLE, errorcodes.UNDEFINED_FUNCTION):
        return f"the database schema is out of date ({text}): run `socorro migrate`"
    return (
        f"Postgres: {text}: start the line (`socorro run`),"
        " or set SOCORRO_DATABASE to a connection string"
    )
