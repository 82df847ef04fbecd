"""When a job that removes old data believes the time, and how far it goes."""

from datetime import date, datetime, timedelta

import pytest

from cron.plausible import Evidence, Share, Stand, doubt, last_day, too_much
from tests.builders import NOON

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
TODAY = NOON.date()
STEP = 3


def evidence(
    now: datetime = NOON,
    clock: datetime | None = None,
    store_ahead: timedelta | None = timedelta(),
    newest: date | None = TODAY,
    last: datetime | None = NOON - DAY,
) -> Evidence:
    stand = Stand(last.date(), last) if last else None
    return Evidence(now, clock or now, store_ahead, newest, stand)


@pytest.mark.parametrize(
    ("observed", "words"),
    [
        (evidence(), ""),
        (evidence(clock=NOON - HOUR), ""),
        (evidence(clock=NOON - HOUR - SECOND), "Postgres's clock says 2026-11-23 12:00, this"),
        (evidence(clock=NOON + HOUR), ""),
        (evidence(clock=NOON + HOUR + SECOND), "Postgres's clock says"),
        (evidence(store_ahead=None), ""),
        (evidence(store_ahead=HOUR), ""),
        (evidence(store_ahead=HOUR + SECOND), "the crash store's 2026-11-23 13:00"),
        (evidence(store_ahead=-HOUR - SECOND), "the crash store's 2026-11-23 10:59"),
        (evidence(newest=None, last=None), ""),
        (evidence(newest=TODAY - DAY, last=None), ""),
        (evidence(newest=TODAY - 2 * DAY, last=None), "crash is of 2026-11-21 and no run before"),
        # A quiet site: the last run shows that time went on at its usual pace.
        (evidence(newest=TODAY - 90 * DAY), ""),
        (evidence(newest=TODAY - 90 * DAY, last=NOON - (STEP + 1) * DAY), ""),
        (evidence(newest=TODAY - 90 * DAY, last=NOON - (STEP + 1) * DAY - SECOND), "last run was"),
        # All clocks of one machine jump together.
        (evidence(now=NOON + 400 * DAY), "the clock says 2027-12-28 12:00, but the newest crash"),
        # An outage of the clock alone: crashes of today have come meanwhile.
        (evidence(last=NOON - 21 * DAY), ""),
        (evidence(last=NOON + 400 * DAY), ""),
    ],
)
def test_the_time_is_believed_when_clocks_crashes_and_the_last_run_agree(
    observed: Evidence, words: str
) -> None:
    reason = doubt(observed, STEP)

    assert words in reason
    assert bool(words) == bool(reason)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, TODAY),
        (NOON - DAY, TODAY),
        (NOON - STEP * DAY, TODAY),
        (NOON - (STEP + 1) * DAY, TODAY - DAY),
        (NOON - 21 * DAY, TODAY - 18 * DAY),
        (NOON - 400 * DAY, TODAY - 397 * DAY),
        (NOON - 12 * HOUR, TODAY),
        (NOON, TODAY),
        (NOON + 60 * DAY, TODAY),  # the clock was set back
    ],
)
def test_a_run_goes_a_few_days_beyond_the_last_one(last: datetime | None, expected: date) -> None:
    assert last_day(evidence(last=last), STEP) == expected


@pytest.mark.parametrize(("hours", "days"), [(11, 0), (12, STEP)])
def test_runs_within_half_a_day_count_as_one_step(hours: int, days: int) -> None:
    behind = Stand(TODAY - 10 * DAY, NOON - hours * HOUR)
    observed = Evidence(NOON, NOON, None, TODAY, behind)

    assert last_day(observed, STEP) == TODAY - 10 * DAY + days * DAY


@pytest.mark.parametrize(
    ("going", "of", "refused"),
    [
        (0, 0, False),
        (STEP, STEP, False),  # as much as a step may always go
        (STEP + 1, STEP + 1, True),
        (30, 100, False),
        (31, 100, True),
        (4, 13, True),
        (4, 14, False),
    ],
)
def test_a_share_is_too_large_beyond_the_percentage(going: int, of: int, refused: bool) -> None:
    shares = [Share("days", 0, 9), Share("weeks", going, of)]

    reason = too_much(shares, STEP, 30)

    assert bool(reason) == refused
    if refused:
        assert reason == f"{going} of {of} weeks would go, more than 30 %"
