"""Raises an alert for each signature that is new, and already among the first of a channel.

New means: its first crash was counted in the last week. An old signature that rises is an
explosion, and another job's. A channel that is new itself has nothing but new signatures: it raises
no alert in its first two weeks. A signature with few reports is no top crasher, whatever its rank.
"""

from collections import defaultdict
from datetime import date, timedelta
from typing import Final, NamedTuple

from cron.job import Done, Job, Run
from cron.period import daily
from socorro import alerts
from socorro.alerts import Event, Kind
from socorro.alerts.config import AlertsConfig
from socorro.config import load
from socorro.postgres import Connection, load_sql, rows

SQL = load_sql(__file__)
NEW_DAYS: Final = 7
CHANNEL_DAYS: Final = 14
FEWEST_REPORTS: Final = 20
MOST_ALERTS: Final = 200  # of one day: channels are few, but their names come from outside


class NewTopCrasher(NamedTuple):
    """A new signature among the first of a channel on one day."""

    product: str
    channel: str
    signature_id: int
    signature: str
    first_day: date
    rank: int
    estimated: float
    total: float  # estimated crashes of the channel


class Weight(NamedTuple):
    """So many of its reports stand for *estimated* crashes each."""

    product: str
    channel: str
    signature_id: int
    reports: int
    estimated: float


def work(run: Run) -> Done:
    """Note an event for each new top crasher of the slot's day."""
    day, rank = run.slot.day, load(AlertsConfig).top_crasher_rank
    with run.database.transaction() as db:
        crashers = rows(
            db, SQL["new_top_crashers"], NewTopCrasher,
            day=day, rank=rank, fewest=FEWEST_REPORTS, most=MOST_ALERTS,
            new_since=day - timedelta(days=NEW_DAYS - 1),
            channel_before=day - timedelta(days=CHANNEL_DAYS),
        )  # fmt: skip
        weights = _weights(db, day, crashers)
        count = sum(
            alerts.note(db, event(day, crasher, weights[crasher[:3]])) for crasher in crashers
        )
    return Done(count)


def event(day: date, crasher: NewTopCrasher, weights: list[tuple[int, float]]) -> Event:
    """Return the event; a signature is new only once in each channel."""
    from socorro.stats.weighted import weighted  # here: numpy costs each run of the clock memory

    interval = weighted(weights)
    product, channel, signature = crasher.product, crasher.channel, crasher.signature
    share = 100 * crasher.estimated / crasher.total
    sentence = (
        f"New and number {crasher.rank} of {product} {channel} on {day:%A}, {day}: "
        f"{crasher.estimated:,.0f} crashes (estimated; 95 % interval {interval.low:,.0f} to "
        f"{interval.high:,.0f}), {share:.1f} % of {crasher.total:,.0f}. "
        f"First seen on {crasher.first_day}."
    )
    key = f"{product}\0{channel}\0{signature}"
    return Event(Kind.NEW_TOP_CRASHER, key, sentence, product, signature)


def _weights(
    db: Connection, day: date, crashers: list[NewTopCrasher]
) -> defaultdict[tuple[object, ...], list[tuple[int, float]]]:
    """Return how many reports of each stand for how many crashes."""
    weights = defaultdict[tuple[object, ...], list[tuple[int, float]]](list)
    if crashers:
        ids = [crasher.signature_id for crasher in crashers]
        for weight in rows(db, SQL["weights"], Weight, day=day, signatures=ids):
            weights[weight[:3]].append((weight.reports, weight.estimated))
    return weights


JOB = Job(
    name="new-top-crashers",
    does="Raises an alert for each new signature among the first of a channel.",
    period=daily("00:40"),
    work=work,
    needs=("counts",),
    backfill=True,
)
