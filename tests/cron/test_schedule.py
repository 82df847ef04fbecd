"""What is due, by a clock that the test sets."""

from datetime import UTC, datetime, timedelta

import hypothesis
import pytest
from hypothesis import strategies as st

from cron.period import Period, daily, every, hourly, weekly
from cron.schedule import MOST_MISSED, Progress, due, next_slot, wait_after, waits_for
from cron.table import find_table
from tests.cron.clock import DAY, HOUR, MONDAY, FakeClock, make_job


@pytest.mark.parametrize(
    ("period", "now", "start", "length"),
    [
        (daily("02:00"), "2026-11-24T02:00:00", "2026-11-23T00:00:00", 86400),
        (daily("02:00"), "2026-11-24T01:59:59", "2026-11-22T00:00:00", 86400),
        (daily("00:00"), "2028-03-01T00:00:00", "2028-02-29T00:00:00", 86400),  # leap day
        (hourly(45), "2026-11-23T12:44:59", "2026-11-23T10:00:00", 3600),
        (hourly(45), "2026-11-23T12:45:00", "2026-11-23T11:00:00", 3600),
        (weekly(1, "21:05"), "2026-11-24T21:05:00", "2026-11-16T00:00:00", 604800),
        (weekly(1, "21:05"), "2026-11-24T21:04:59", "2026-11-09T00:00:00", 604800),
        (every(minutes=5), "2026-11-23T12:04:59", "2026-11-23T11:55:00", 300),
        (every(15), "2026-11-23T12:00:30", "2026-11-23T12:00:15", 15),
    ],
)
def test_a_slot_is_due_after_its_end(period: Period, now: str, start: str, length: int) -> None:
    slot = period.latest(datetime.fromisoformat(f"{now}+00:00"))

    assert slot.start.isoformat() == f"{start}+00:00"
    assert (slot.end - slot.start).total_seconds() == length


@pytest.mark.parametrize("text", ["2:00", "24:00", "12:60", "noon", ""])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        daily(text)


def test_four_missed_days_are_replayed_once_each_in_order() -> None:
    clock = FakeClock(
        make_job("adi", backfill=True), make_job("counts", None, "adi", backfill=True),
        now=MONDAY + 3 * HOUR,
    )  # fmt: skip
    clock.tick()
    clock.ran.clear()

    clock.now += 4 * DAY
    clock.tick()
    clock.tick()

    days = ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"]
    assert clock.days("adi") == days
    assert clock.days("counts") == days
    for day in days:  # what is needed comes first, day by day
        order = [(name, str(slot.day)) for name, slot in clock.ran]
        assert order.index(("adi", day)) < order.index(("counts", day))


def test_a_job_without_backfill_runs_once_for_all_that_was_missed() -> None:
    clock = FakeClock(make_job("bugs", hourly(11)), now=MONDAY)
    clock.tick()

    clock.now += 3 * DAY
    clock.tick()

    assert len(clock.ran) == 2
    assert clock.progress["bugs"].done_until == MONDAY + 3 * DAY - HOUR


def test_the_first_run_is_for_the_latest_slot_only() -> None:
    clock = FakeClock(make_job("adi", backfill=True), now=MONDAY + 12 * HOUR)

    clock.tick()

    assert clock.days("adi") == ["2026-11-22"]


def test_a_failing_backfill_goes_on_where_it_failed() -> None:
    clock = FakeClock(make_job("adi", backfill=True), now=MONDAY + 3 * HOUR)
    clock.tick()
    clock.ran.clear()
    clock.now += 3 * DAY
    clock.fails = lambda _name, slot: str(slot.day) == "2026-11-24"

    clock.tick()
    assert clock.days("adi") == ["2026-11-23", "2026-11-24"]
    clock.now += timedelta(minutes=4, seconds=59)
    clock.tick()
    assert len(clock.ran) == 2
    clock.fails = lambda _name, _slot: False
    clock.now += timedelta(seconds=1)
    clock.tick()

    assert clock.days("adi")[2:] == ["2026-11-24", "2026-11-25"]


def test_the_waits_after_failures_grow_from_five_minutes_to_an_hour() -> None:
    job = make_job()

    waits = [wait_after(job, errors).total_seconds() / 60 for errors in (1, 2, 3, 4, 5, 6, 99999)]

    assert waits == [5, 10, 20, 40, 60, 60, 60]
    assert wait_after(make_job("counts", every(15)), 1) == timedelta(seconds=30)
    assert wait_after(make_job("status", every(minutes=5)), 1) == timedelta(minutes=5)


def test_a_job_waits_for_one_that_failed_and_for_one_that_is_late() -> None:
    clean = make_job("clean", hourly(0), backfill=True)
    daily_ = make_job("tops", daily("02:00"), "clean", backfill=True)
    now = MONDAY + DAY + 2 * HOUR
    slot = next_slot(daily_, Progress(MONDAY), now)
    assert slot
    cases = {
        "never ran": (None, "clean"),
        "23 of 24 hours": (Progress(MONDAY + 23 * HOUR), "clean"),
        "all hours of the day": (Progress(MONDAY + 24 * HOUR), ""),
        "failed since": (Progress(MONDAY + 25 * HOUR, errors=1), "clean"),
    }

    for needed, other in cases.values():
        progress = {"tops": Progress(MONDAY), **({"clean": needed} if needed else {})}
        assert waits_for([clean, daily_], slot, progress, now, frozenset()) == other
    assert waits_for([clean, daily_], slot, {}, now, frozenset({"clean"})) == ""


def test_a_frequent_job_waits_for_the_last_slot_of_a_rare_one_only() -> None:
    rare, frequent = make_job("rare", daily("02:00")), make_job("frequent", hourly(0), "rare")
    now = MONDAY + DAY + 12 * HOUR
    slot = next_slot(frequent, Progress(), now)
    assert slot

    for until, other in ((MONDAY, "rare"), (MONDAY + DAY, "")):
        progress = {"rare": Progress(until)}
        assert waits_for([rare, frequent], slot, progress, now, frozenset()) == other


def test_a_clock_that_is_set_back_makes_nothing_due_and_no_wait_endless() -> None:
    clock = FakeClock(make_job("adi", backfill=True), now=MONDAY + 3 * DAY + 3 * HOUR)
    clock.tick()
    clock.ran.clear()

    clock.now -= 2 * DAY
    clock.tick()
    assert clock.ran == []

    clock.progress["adi"] = Progress(MONDAY, errors=1, next_try=MONDAY + 30 * DAY)
    clock.tick()
    assert clock.days("adi") == ["2026-11-23"]


def test_a_clock_that_jumps_ahead_replays_a_bounded_number() -> None:
    clock = FakeClock(make_job("hours", hourly(0), backfill=True), now=MONDAY)
    clock.tick()
    clock.ran.clear()

    clock.now += 365 * DAY
    clock.tick()

    assert len(clock.ran) == MOST_MISSED
    assert clock.passed_over == 365 * 24 - MOST_MISSED
    assert clock.progress["hours"].done_until == clock.now


def test_a_job_that_is_off_never_runs_and_holds_nobody_up() -> None:
    clock = FakeClock(make_job("tree"), make_job("versions", None, "tree"), now=MONDAY)
    clock.off = frozenset({"tree"})

    clock.tick()

    assert clock.names() == ["versions"]


PERIODS = st.sampled_from(
    [every(15), every(minutes=5), hourly(11), daily("02:00"), weekly(1, "21:05")]
)
STEPS = st.lists(
    st.tuples(st.integers(-7200, 3 * 86400), st.booleans()), min_size=1, max_size=12
)  # seconds the clock moves, and whether jobs fail then


@hypothesis.settings(max_examples=150, deadline=None)
@hypothesis.given(PERIODS, st.booleans(), PERIODS, STEPS)
def test_slots_are_done_once_in_order_whatever_the_clock_does(
    period: Period, backfill: bool, other: Period, steps: list[tuple[int, bool]]
) -> None:
    first = make_job("first", period, backfill=backfill)
    clock = FakeClock(first, make_job("second", other, "first", backfill=True), now=MONDAY)
    for seconds, fails in steps:
        clock.now += timedelta(seconds=seconds)
        clock.fails = lambda name, _slot, fails=fails: fails and name == "first"
        clock.tick()
    clock.fails = lambda _name, _slot: False
    clock.now += timedelta(days=14)
    clock.tick()

    for job in clock.jobs:
        done = [slot for name, slot in clock.done if name == job.name]
        assert done == sorted(set(done))
        assert clock.progress[job.name].done_until == job.period.latest(clock.now).end
    assert due(clock.jobs, clock.progress, clock.now, frozenset()) == []


@hypothesis.settings(max_examples=150)
@hypothesis.given(
    PERIODS, st.integers(0, 2**31).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
)
def test_slots_tile_the_time(period: Period, now: datetime) -> None:
    slot = period.latest(now)

    assert period.due(slot) <= now < period.due(period.at(slot.end))
    assert period.at(slot.start) == slot
    assert period.at(slot.end).start == slot.end
    assert period.at(slot.end - timedelta(microseconds=1)) == slot


TWICE = (make_job("a"), make_job("a"))
UNORDERED = (make_job("a", None, "b"), make_job("b"))
NO_TABLE = "jobs"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere", "Empty module name"),
        ("no.such.TABLE", "No module named"),
        ("cron.table.NOTHING", "has no attribute"),
        (f"{__name__}.NO_TABLE", "not a tuple"),
        (f"{__name__}.TWICE", "two jobs have the name a"),
        (f"{__name__}.UNORDERED", "a needs b, which must come before it"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_the_reason(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_table(name)


def test_the_table_that_ships_can_be_used() -> None:
    assert find_table("cron.table.JOBS") == find_table("default")
