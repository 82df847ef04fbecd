"""Whether the time can be believed by a job that removes old data, and how far it may go. Pure.

A clock that jumps 400 days ahead makes everything look old, and nothing brings back what was
removed. So a run needs more than a clock:

* The clocks of Postgres, of this machine and of the crash store's file system agree.
* The newest crash is of today or yesterday. A quiet site has no such crash: there it is enough that
  the last run was a few days ago, so that time went on at its usual pace.
* Wherever the clock stands, a run goes at most `step_days` beyond the day of the last one, and two
  runs within half a day count as one. After an outage the job catches up over several runs.
* What one run removes is a limited share of what is kept (`too_much`).
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

AGREEMENT: Final = timedelta(hours=1)  # clocks that differ by more are wrong
NEWEST_DAYS: Final = 1  # a crash of yesterday shows that it is today
SAME_RUN: Final = timedelta(hours=12)
_DAY: Final = timedelta(days=1)


class Stand(NamedTuple):
    """Where the last successful run stood: the day it took for today, and Postgres's clock."""

    day: date
    clock: datetime


class Evidence(NamedTuple):
    """What is known about the time.

    now          by Postgres
    clock        by this machine
    store_ahead  how far the crash store's file system is ahead of this machine; None: unknown
    newest       day of the newest crash, UTC; None when there is no crash
    last         None before the first run
    """

    now: datetime
    clock: datetime
    store_ahead: timedelta | None
    newest: date | None
    last: Stand | None


class Share(NamedTuple):
    """How many days or weeks of something would go, of how many."""

    what: str
    going: int
    of: int


def doubt(evidence: Evidence, step_days: int) -> str:
    """Return why the time cannot be believed; "" when it can."""
    now, clock, ahead = evidence.now, evidence.clock, evidence.store_ahead
    if abs(now - clock) > AGREEMENT:
        return f"Postgres's clock says {_text(now)}, this machine's {_text(clock)}"
    if ahead is not None and abs(ahead) > AGREEMENT:
        return f"this machine's clock says {_text(clock)}, the crash store's {_text(clock + ahead)}"
    if evidence.newest is None or (now.date() - evidence.newest).days <= NEWEST_DAYS:
        return ""
    if evidence.last and now - evidence.last.clock <= timedelta(days=step_days) + _DAY:
        return ""
    last = f"the last run was at {_text(evidence.last.clock)}" if evidence.last else "no run before"
    return f"the clock says {_text(now)}, but the newest crash is of {evidence.newest} and {last}"


def last_day(evidence: Evidence, step_days: int) -> date:
    """Return the day that this run takes for today: at most *step_days* after that of the last."""
    today, last = evidence.now.date(), evidence.last
    if last is None:
        return today
    is_same_run = evidence.now - last.clock < SAME_RUN
    return min(today, last.day if is_same_run else last.day + step_days * _DAY)


def too_much(shares: Iterable[Share], step_days: int, percent: int) -> str:
    """Return which share is larger than *percent*; "" when none is.

    As many days or weeks as a step may always go: where little is kept, that is a large share.
    """
    for share in shares:
        if share.going > step_days and share.going * 100 > share.of * percent:
            return f"{share.going} of {share.of} {share.what} would go, more than {percent} %"
    return ""


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
