"""Arguments of the commands that read counts, and the reasons when there are no rows."""

import shlex
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, NamedTuple, TypeVar

import click

from cli.commands.group import Day, midnight, plural, today
from socorro.no_product import NO_PRODUCT
from socorro.postgres import Connection
from socorro.queries import bad_reports, freshness, top_crashers, versions
from socorro.queries.versions import Version

Function = TypeVar("Function", bound=Callable[..., Any])
By = Literal["report", "build"]
COUNT = "`socorro cron run --job counts`"
WORST = 3  # reasons that are named
MOST_ROWS = 10_000  # of --limit


class Selection(NamedTuple):
    """The selected versions, their label, and UTC days [start, end)."""

    product: str
    versions: Sequence[Version]
    label: str
    start: date
    end: date

    @property
    def days(self) -> str:
        """The days in words."""
        last = self.end - timedelta(days=1)
        return f"{last}" if last == self.start else f"{self.start} to {last}"

    @property
    def metadata(self) -> dict[str, object]:
        """What JSON says beside the rows; *end* is the day after the last."""
        names = [version.version for version in self.versions]
        return {
            "product": self.product,
            "version": names[0] if len(set(names)) == 1 and self.label != self.product else None,
            "start": self.start,
            "end": self.end,
        }


def arguments(days: int = 7) -> Callable[[Function], Function]:
    """Give a command PRODUCT, VERSION, --days and --end."""

    def decorate(command: Function) -> Function:
        for add in (
            click.option(
                "--end",
                type=Day(),
                help="Last day, UTC; default: today, or the last day with crashes.",
            ),
            click.option(
                "--days",
                default=days,
                show_default=True,
                type=click.IntRange(1, 400),
                help="Number of days.",
            ),
            click.argument("version", required=False),
            click.argument("product", required=False),
        ):
            command = add(command)
        return command

    return decorate


def limit_option(default: int, rows: str = "rows") -> Callable[[Function], Function]:
    """Give a command --limit, the largest number of its *rows*."""
    return click.option(
        "--limit",
        default=default,
        show_default=True,
        type=click.IntRange(1, MOST_ROWS),
        help=f"Maximum number of {rows}.",
    )


by_option = click.option(
    "--by",
    type=click.Choice(["report", "build"]),
    default="report",
    show_default=True,
    help="Count by day of submission, or of the build (nightly, aurora, rapid betas).",
)


channel_option = click.option(
    "--channel", help="Versions of this release channel only; unknown: the client names none."
)


def select(
    db: Connection,
    product: str | None,
    version: str | None,
    days: int,
    end: date | None,
    by: By = "report",
    channel: str | None = None,
) -> Selection:
    """Find the versions, and the days that end with *end*.

    Without a product, the first one with crashes. Without an end, today, or the last day with
    crashes when none of the days has any.
    """
    try:
        matches = versions.find(db, product or _first(db, by), version)
        if channel is not None:
            matches = versions.of_channel(matches, channel)
    except versions.Unknown as error:
        raise click.UsageError(f"{error}{_uncounted(db, product or '', days, end)}") from None
    name = matches[0].product if matches else (product or _first(db, by))
    last = end or today()
    last_counted = top_crashers.last_day(db, matches, by)
    if end is None and last_counted is not None and last_counted <= last - timedelta(days=days):
        last = last_counted
    first = last - timedelta(days=days - 1)
    label = " ".join(filter(None, (name, version, channel)))
    return Selection(name, matches, label, first, last + timedelta(days=1))


def explain_empty(db: Connection, selection: Selection, by: By = "report") -> list[str]:
    """Return why there are no rows, and what to do next."""
    fresh = freshness.freshness(db, datetime.now(UTC))
    waits = _waits(fresh)
    if not fresh.counted and fresh.queued and not fresh.crash_count:
        return [f"no crashes processed yet: {fresh.queued:,} in the queue (`socorro status`)"]
    if not fresh.counted and not fresh.crash_count and not fresh.bad:
        return [
            "no crashes yet: post one to the collector (see README.md),"
            " or generate weeks of them with `socorro fakedata`"
        ]
    if not fresh.counted:
        return [f"no crashes counted yet: {waits}", *_bad(db, fresh)]
    last = top_crashers.last_day(db, selection.versions, by)
    if selection.product == NO_PRODUCT:
        reason = "crashes without a product are in no count"
    elif last is None:
        reason = f"no {selection.label} crashes counted {'by build' if by == 'build' else 'yet'}"
        if others := versions.in_other_case(db, selection.product):
            reason += f"; products in other case: {', '.join(others)}"
    elif selection.start <= last < selection.end:
        reason = f"no matching {selection.label} crashes: {selection.days}"
    else:
        reason = (
            f"no {selection.label} crashes: {selection.days}; the last day with any: --end {last}"
        )
    return [reason, *([waits] if fresh.hours else []), *bad(db, selection), *_bad(db, fresh)]


def notes(db: Connection, selection: Selection) -> list[str]:
    """Return what is missing from a table: bad reports, and what is not counted yet."""
    fresh = freshness.freshness(db, datetime.now(UTC))
    return [*bad(db, selection), *([_waits(fresh)] if fresh.crash_count else [])]


def bad(db: Connection, selection: Selection) -> list[str]:
    """Return how many crashes of the product and days are in no count, and why."""
    reasons = bad_reports.reasons(
        db, midnight(selection.start), midnight(selection.end), selection.product
    )
    if not reasons:
        return []
    crashes = plural(bad_reports.total(reasons), f"more {selection.product} crash")
    are = "is" if bad_reports.total(reasons) == 1 else "are"
    command = f"socorro bad-reports {shlex.quote(selection.product)}"
    return [f"{crashes} {are} in no count: {bad_reports.named(reasons, WORST)}; `{command}`"]


def _first(db: Connection, by: By) -> str:
    names = versions.products(db)
    for name in names:
        if top_crashers.last_day(db, versions.versions(db, name), by):
            return name
    return names[0] if names else ""


def _waits(fresh: freshness.Freshness) -> str:
    next_run = (
        f"the next count runs at {fresh.next_run:%H:%M} UTC; " if fresh.next_run is not None else ""
    )
    if not fresh.hours:
        return f"{next_run}nothing is waiting; {COUNT} counts now"
    if not fresh.crash_count:
        return f"{next_run}{_wait(fresh.hours, 'hour')} to be counted again; {COUNT}"
    return f"{next_run}{_wait(fresh.crash_count, 'crash')}; {COUNT}"


def _bad(db: Connection, fresh: freshness.Freshness) -> list[str]:
    if not fresh.bad:
        return []
    now = datetime.now(UTC)
    reasons = bad_reports.reasons(db, now - timedelta(days=7), now)
    crashes = plural(fresh.bad, "crash")
    named = bad_reports.named(reasons, WORST)
    return [f"{crashes} from the last week cannot be counted: {named}; `socorro bad-reports`"]


def _uncounted(db: Connection, product: str, days: int, end: date | None) -> str:
    """Return what a product that is unknown, or lacks a version, has of bad reports."""
    after = midnight(end or today()) + timedelta(days=1)
    reasons = bad_reports.reasons(db, after - timedelta(days=days), after, product)
    if not reasons:
        return ""
    crashes = bad_reports.total(reasons)
    return f"; {crashes:,} of its crashes cannot be counted: {bad_reports.named(reasons, WORST)}"


def _wait(count: int, what: str) -> str:
    return f"{plural(count, what)} {'waits' if count == 1 else 'wait'}"
