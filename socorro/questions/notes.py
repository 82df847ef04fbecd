"""Notes of answers: what is in no count, what is not counted yet, why there are no rows."""

import shlex
from datetime import UTC, datetime, timedelta

from socorro.no_product import NO_PRODUCT
from socorro.postgres import Connection
from socorro.queries import bad_reports, freshness, top_crashers, versions
from socorro.questions.interface import Note
from socorro.questions.selection import ONE_DAY, By, Selection
from socorro.questions.words import midnight, plural

COUNT = "`socorro cron run --job counts`"
WORST = 3  # reasons that are named


def notes(db: Connection, selection: Selection) -> list[Note]:
    """Return what is missing from the rows: bad reports, and what is not counted yet."""
    fresh = freshness.freshness(db, datetime.now(UTC))
    waiting = [Note("not_counted_yet", _waits(fresh))] if fresh.crash_count else []
    return [*running(selection), *bad(db, selection), *waiting]


def running(selection: Selection) -> list[Note]:
    """Return that the running day is included, where it was not requested."""
    if not selection.only_running:
        return []
    last = selection.end - ONE_DAY
    text = f"{last} is not over yet; included because the days before it have no crashes"
    return [Note("running", text)]


def explain_empty(db: Connection, selection: Selection, by: By = "report") -> list[Note]:
    """Return why there are no rows, and what to do next."""
    fresh = freshness.freshness(db, datetime.now(UTC))
    if not fresh.counted:
        return _nothing_counted(db, fresh)
    waiting = [Note("not_counted_yet", _waits(fresh))] if fresh.hours else []
    reason = Note("nothing_matches", _reason(db, selection, by))
    return [reason, *waiting, *bad(db, selection), *_bad(db, fresh)]


def bad(db: Connection, selection: Selection) -> list[Note]:
    """Return how many crashes of the product and days are in no count, and why."""
    reasons = bad_reports.reasons(
        db, midnight(selection.start), midnight(selection.end), selection.product
    )
    if not reasons:
        return []
    crashes = plural(bad_reports.total(reasons), f"more {selection.product} crash")
    are = "is" if bad_reports.total(reasons) == 1 else "are"
    command = f"socorro bad-reports {shlex.quote(selection.product)}"
    text = f"{crashes} {are} in no count: {bad_reports.named(reasons, WORST)}; `{command}`"
    return [Note("bad_reports", text)]


def without_installs(db: Connection, selection: Selection) -> list[Note]:
    """Return which days were counted before installs were."""
    days = top_crashers.days_without_installs(db, selection.start, selection.end)
    if not days:
        return []
    named = f"{days[0]}" if len(days) == 1 else f"{plural(len(days), 'day')} from {days[0]} on"
    text = (
        f"no installs counted for {named}; the job `installs` counts those whose reports are kept"
    )
    return [Note("no_installs", text)]


def _nothing_counted(db: Connection, fresh: freshness.Freshness) -> list[Note]:
    if fresh.queued and not fresh.crash_count:
        text = f"no crashes processed yet: {fresh.queued:,} in the queue (`socorro status`)"
        return [Note("not_processed_yet", text)]
    if not fresh.crash_count and not fresh.bad:
        text = (
            "no crashes yet: post one to the collector (see README.md),"
            " or generate weeks of them with `socorro fakedata`"
        )
        return [Note("no_crashes", text)]
    text = f"no crashes counted yet: {_waits(fresh)}"
    return [Note("not_counted_yet", text), *_bad(db, fresh)]


def _reason(db: Connection, selection: Selection, by: By) -> str:
    last = top_crashers.last_day(db, selection.versions, by)
    if selection.product == NO_PRODUCT:
        return "crashes without a product are in no count"
    if last is None:
        reason = f"no {selection.label} crashes counted {'by build' if by == 'build' else 'yet'}"
        others = ", ".join(versions.in_other_case(db, selection.product))
        return f"{reason}; products in other case: {others}" if others else reason
    if selection.start <= last < selection.end:
        return f"no matching {selection.label} crashes: {selection.days}"
    return f"no {selection.label} crashes: {selection.days}; the last day with any: --end {last}"


def _waits(fresh: freshness.Freshness) -> str:
    next_run = (
        f"the next count runs at {fresh.next_run:%H:%M} UTC; " if fresh.next_run is not None else ""
    )
    if not fresh.hours:
        return f"{next_run}nothing is waiting; {COUNT} counts now"
    if not fresh.crash_count:
        return f"{next_run}{_wait(fresh.hours, 'hour')} to be counted again; {COUNT}"
    return f"{next_run}{_wait(fresh.crash_count, 'crash')}; {COUNT}"


def _bad(db: Connection, fresh: freshness.Freshness) -> list[Note]:
    if not fresh.bad:
        return []
    now = datetime.now(UTC)
    reasons = bad_reports.reasons(db, now - timedelta(days=7), now)
    crashes = plural(fresh.bad, "crash")
    named = bad_reports.named(reasons, WORST)
    text = f"{crashes} from the last week cannot be counted: {named}; `socorro bad-reports`"
    return [Note("bad_reports", text)]


def _wait(count: int, what: str) -> str:
    return f"{plural(count, what)} {'waits' if count == 1 else 'wait'}"
