"""Raises an alert for each signature that is new, and already among the first of a channel.

New means: its first crash was counted in the last week. An old signature that rises is an
explosion, and another job's. A channel that is new itself has nothing but new signatures: it raises
no alert in its first two weeks. A signature of few reports, or of a machine or two that crash all
the time, is no top crasher, whatever its rank.
"""

from datetime import date, timedelta
from typing import Final, NamedTuple

from cron.job import Done, Job, Run
from cron.period import daily
from socorro import alerts
from socorro.alerts import Event, Kind
from socorro.alerts.config import AlertsConfig
from socorro.config import load
from socorro.postgres import load_sql, rows

SQL = load_sql(__file__)
NEW_DAYS: Final = 7
CHANNEL_DAYS: Final = 14
FEWEST_REPORTS: Final = 20
FEWEST_INSTALLS: Final = 5
MOST_ALERTS: Final = 200  # of one day: channels are few, but their names come from outside


class NewTopCrasher(NamedTuple):
    """A new signature among the first of a channel on one day."""

    product: str
    channel: str
    signature: str
    first_day: date
    rank: int
    reports: int
    estimated: float
    installs: int | None  # None: not counted on that day
    squares: float | None  # the variance of estimated: sum over installs of their squared crashes
    total: float  # estimated crashes of the channel


def work(run: Run) -> Done:
    """Note an event for each new top crasher of the slot's day."""
    day, rank = run.slot.day, load(AlertsConfig).top_crasher_rank
    with run.database.transaction() as db:
        crashers = rows(
            db, SQL["new_top_crashers"], NewTopCrasher,
            day=day, rank=rank, most=MOST_ALERTS,
            fewest_reports=FEWEST_REPORTS, fewest_installs=FEWEST_INSTALLS,
            new_since=day - timedelta(days=NEW_DAYS - 1),
            channel_before=day - timedelta(days=CHANNEL_DAYS),
        )  # fmt: skip
        count = sum(alerts.note(db, event(day, crasher)) for crasher in crashers)
    return Done(count)


def event(day: date, crasher: NewTopCrasher) -> Event:
    """Return the event; a signature is new only once in each channel."""
    from socorro.stats.weighted import weighted  # here: numpy costs each run of the clock memory

    product, channel, signature = crasher.product, crasher.channel, crasher.signature
    # As wide as the interval of so many equal installs, each of so many crashes.
    weight = (crasher.squares or crasher.estimated**2 / crasher.reports) / crasher.estimated
    interval = weighted([(crasher.estimated / weight, weight)])
    installs = "" if crasher.installs is None else f" on {crasher.installs:,} installs"
    share = 100 * crasher.estimated / crasher.total
    sentence = (
        f"New and number {crasher.rank} of {product} {channel} on {day:%A}, {day}: "
        f"{crasher.estimated:,.0f} crashes (estimated; 95 % interval {interval.low:,.0f} to "
        f"{interval.high:,.0f}){installs}, {share:.1f} % of {crasher.total:,.0f}. "
        f"First seen on {crasher.first_day}."
    )
    key = f"{product}\0{channel}\0{signature}"
    return Event(Kind.NEW_TOP_CRASHER, key, sentence, product, signature)


JOB = Job(
    name="new-top-crashers",
    does="Raises an alert for each new signature among the first of a channel.",
    period=daily("00:40"),
    work=work,
    needs=("counts",),
    backfill=True,
)
