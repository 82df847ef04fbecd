"""What commands that read counts share: product, version and days, and why there is nothing."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, NamedTuple, TypeVar

import click

from cli.commands.group import Day, today
from socorro.postgres import Connection
from socorro.queries import freshness, top_crashers, versions
from socorro.queries.versions import Version

Function = TypeVar("Function", bound=Callable[..., Any])
By = Literal["report", "build"]
COUNT = "`socorro cron run --job counts`"
WORST = 3  # reasons that are named


class Selection(NamedTuple):
    """What was asked for: versions, their name in words, and UTC days [start, end)."""

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
                help="Last day that counts, UTC; default: today, or the last day with crashes.",
            ),
            click.option(
                "--days",
                default=days,
                show_default=True,
                type=click.IntRange(1, 400),
                help="How many days.",
            ),
            click.argument("version", required=False),
            click.argument("product", required=False),
        ):
            command = add(command)
        return command

    return decorate


by_option = click.option(
    "--by",
    type=click.Choice(["report", "build"]),
    default="report",
    show_default=True,
    help="Days of submission, or of the build id (nightly, aurora, rapid betas).",
)


def select(
    db: Connection,
    product: str | None,
    version: str | None,
    days: int,
    end: date | None,
    by: By = "report",
) -> Selection:
    """Find the versions, and the days that end with *end*.

    Without a product, the first one that has crashes. Without an end, today, or the last day
    that has crashes when none of the days has any.
    """
    try:
        matches = versions.find(db, product or _first(db, by), version)
    except versions.Unknown as error:
        raise click.UsageError(str(error)) from None
    name = matches[0].product if matches else (product or _first(db, by))
    last = end or today()
    last_counted = top_crashers.last_day(db, matches, by)
    if end is None and last_counted is not None and last_counted <= last - timedelta(days=days):
        last = last_counted
    first = last - timedelta(days=days - 1)
    label = f"{name} {version}" if version else name
    return Selection(name, matches, label, first, last + timedelta(days=1))


def why_nothing(db: Connection, selection: Selection, by: By = "report") -> list[str]:
    """Say why there are no rows, and what to do next."""
    fresh = freshness.freshness(db, datetime.now(UTC))
    waits = _waits(fresh)
    if not fresh.counted and fresh.queued and not fresh.crash_count:
        return [f"no crash processed yet: {fresh.queued:,} in the queue (`socorro status`)"]
    if not fresh.counted and not fresh.crash_count and not fresh.bad:
        return [
            "no crash yet: post one to the collector (README.md says how),"
            " or make weeks of them with `socorro fakedata`"
        ]
    if not fresh.counted:
        return [f"no crash counted yet: {waits}", *_bad(db, fresh)]
    last = top_crashers.last_day(db, selection.versions, by)
    if last is None:
        reason = (
            f"no crash of {selection.label} was counted {'by build' if by == 'build' else 'yet'}"
        )
    elif selection.start <= last < selection.end:
        reason = f"{selection.label}, {selection.days}: none of its crashes is one of these"
    else:
        reason = f"no crash of {selection.label} on {selection.days}; the last day: --end {last}"
    return [reason, *([waits] if fresh.hours else []), *_bad(db, fresh)]


def notes(db: Connection) -> list[str]:
    """Say what a table lacks because it waits to be counted."""
    fresh = freshness.freshness(db, datetime.now(UTC))
    return [_waits(fresh)] if fresh.crash_count else []


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
        return f"{next_run}nothing waits; {COUNT} counts at once"
    if not fresh.crash_count:
        return f"{next_run}{_many(fresh.hours, 'hour')} wait to be counted again; {COUNT}"
    return f"{next_run}{_many(fresh.crash_count, 'crash')} wait; {COUNT}"


def _bad(db: Connection, fresh: freshness.Freshness) -> list[str]:
    if not fresh.bad:
        return []
    now = datetime.now(UTC)
    summed: dict[str, int] = {}
    for row in freshness.bad(db, now - timedelta(days=7), now):
        summed[row.reason] = summed.get(row.reason, 0) + row.crash_count
    worst = sorted(summed.items(), key=lambda counted: (-counted[1], counted[0]))[:WORST]
    reasons = ", ".join(f"{reason} ({count:,})" for reason, count in worst)
    return [f"{_many(fresh.bad, 'crash')} of the last week cannot be counted: {reasons}"]


def _many(count: int, what: str) -> str:
    plural = f"{what}es" if what.endswith("h") else f"{what}s"
    return f"{count:,} {what if count == 1 else plural}"
