"""Raises an alert for a new version that is worse than the one before, and for a fix that fails.

A version is compared with the one before it on its channel from its first day on, for four weeks,
every hour: the test allows that. A fix is expected in builds (nightlies) made two days after its
bug was changed last; a signature with a bug that is open has no fix yet.
"""

import time
from datetime import date, timedelta
from typing import Final, NamedTuple
from urllib.parse import urlencode

from cron.job import Done, Job, Run
from cron.period import hourly
from socorro import alerts
from socorro.alerts import Event, Kind
from socorro.postgres import Connection, Database, load_sql, rows
from socorro.queries.by_build import Place
from socorro.questions import build_series, gates, regressions
from socorro.questions.build_sides import Side
from socorro.questions.selection import Selection
from socorro.questions.words import plural

SQL = load_sql(__file__)
WATCHED: Final = timedelta(days=28)  # for which a version is new
FIXED: Final = timedelta(days=45)  # for which a fix is watched
BEFORE: Final = timedelta(days=30)  # of builds before a fix
LANDED: Final = timedelta(days=1)  # until a fix is in a build
RECENT: Final = timedelta(days=3)
MOST_CHECKS: Final = 100  # of each kind in a run; most frequent signatures first
SECONDS: Final = 300.0  # then the next run goes on
ONE_DAY: Final = timedelta(days=1)


class Newest(NamedTuple):
    """The newest version of a product and channel, and the one before it."""

    product: str
    channel: str
    version_id: int
    version: str
    old_id: int
    old_version: str
    build_date: date


class Fix(NamedTuple):
    """A signature that crashes in builds made after its bug was fixed."""

    signature: str
    product: str
    channel: str
    fixed_on: date
    crash_count: int


def work(run: Run) -> Done:
    """Note an event for each version that is worse, and each fix that does not hold."""
    today, ends = run.now.date(), time.monotonic() + SECONDS
    with run.database.transaction() as db:
        newest: list[Newest | Fix] = rows(
            db, SQL["newest"], Newest,
            start=today - WATCHED, end=today + ONE_DAY, most=MOST_CHECKS,
        )  # fmt: skip
        fixes = rows(
            db, SQL["fixes"], Fix,
            start=today - FIXED, recent=today - RECENT, most=MOST_CHECKS,
        )  # fmt: skip
    done, checks = Done(), [*newest, *fixes]
    for number, check in enumerate(checks):
        if time.monotonic() > ends:
            left = plural(len(checks) - number, "check")
            done.notes.append(f"{left} left for the next run")
            break
        done.rows += _check(run.database, check, today)
    return done


def _check(database: Database, check: Newest | Fix, today: date) -> bool:
    """Make one check in a transaction; return whether it noted a new event."""
    with database.transaction() as db:
        event = worse(db, check, today) if isinstance(check, Newest) else failed(db, check, today)
        return event is not None and alerts.note(db, event)


def worse(db: Connection, newest: Newest, today: date) -> Event | None:
    """Return the event of a version that is worse, by a tenth at least."""
    product, channel = newest.product, newest.channel
    selection = Selection(product, (), product, newest.build_date, today + ONE_DAY)
    old = Side(newest.old_version, channel, [newest.old_id], None, newest.build_date)
    new = Side(newest.version, channel, [newest.version_id], None, newest.build_date)
    compared = gates.compare(db, selection, old, new, "days")
    verdict = compared.verdict
    if verdict.outcome != "worse" or (verdict.ratio or gates.MARGIN) < gates.MARGIN:
        return None
    query = {
        "product": product, "channel": channel, "old_build": old.label, "new_build": new.label,
        "from": newest.build_date, "to": today + ONE_DAY,
    }  # fmt: skip
    return Event(
        Kind.WORSE_BUILD,
        "\0".join((product, channel, old.label, new.label)),
        gates.sentence(product, compared),
        product,
        path=f"/api/Gate/?{urlencode(query)}",
    )


def failed(db: Connection, fix: Fix, today: date) -> Event | None:
    """Return the event of a signature whose rate did not fall in builds that have the fix."""
    place = Place(fix.product, fix.channel, fix.crash_count)
    start = fix.fixed_on - BEFORE
    series = build_series.read(db, fix.signature, place, start, today + ONE_DAY)
    since = [
        position
        for position, build in enumerate(series.builds)
        if build.build_date > fix.fixed_on + LANDED
    ]
    if not since:
        return None
    _, verdict = regressions.verdict_since(series, since[0])
    if verdict.outcome != "not fixed":
        return None
    return Event(
        Kind.FAILED_FIX,
        "\0".join((fix.product, fix.channel, fix.signature, str(fix.fixed_on))),
        f"Its bug was fixed on {fix.fixed_on}, but it still crashes:"
        f" {regressions.fix_sentence(series, since[0], verdict)}",
        fix.product,
        fix.signature,
    )


JOB = Job(
    name="build-checks",
    does="Raises an alert for a version that is worse than the one before, and for a failed fix.",
    period=hourly(minute=12),
    work=work,
    needs=("counts",),
    seconds=3600,
)
