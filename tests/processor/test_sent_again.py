"""The same crash, sent again: from the collector's door to the counts it is one event."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from processor.worker import Context
from socorro import jobs
from socorro.crash_id import CrashId, is_deferred
from socorro.postgres import Connection
from socorro.queries import same_crash
from tests.builders import NOON, TEST_DUMP
from tests.collector.conftest import Collecting
from tests.collector.forms import dump, fields
from tests.sql.rows import count, query

DUMP = TEST_DUMP.read_bytes()
CRASH = {
    "ProductName": "Firefox",
    "Version": "140.0",
    "BuildID": "20261120031153",
    "CrashEventID": "4e1a2c9b-7a6f-4c1e-9e69-5ddc6a4f0d10",
    "Throttleable": "1",
    "SubmittedFrom": "Client",
    "ProcessType": "main",
}
RELEASE, NIGHTLY = {"ReleaseChannel": "release"}, {"ReleaseChannel": "nightly"}
BY_HAND = {"Throttleable": "0", "SubmittedFrom": "AboutCrashes", "Comments": "once more"}
DAY = timedelta(days=1)
Work = Callable[..., list[jobs.Job]]


@dataclass
class Line:
    """A line in this process: a post is stored, and queued unless it was deferred."""

    collector: Collecting
    context: Context
    work: Work

    def post(self, at: datetime = NOON, **annotations: str) -> CrashId:
        self.collector.now = at
        raw, dumps = self.collector.crash(*fields(**CRASH | annotations), dump(DUMP))
        self.context.store.put_raw(raw, dumps)
        if not is_deferred(raw.crash_id):
            with self.context.database.transaction() as db:
                jobs.offer(db, [raw.crash_id])
        return raw.crash_id

    def post_deferred(self, at: datetime = NOON) -> tuple[CrashId, dict[str, str]]:
        """Post until a crash is deferred; return its id and what it said."""
        for number in range(200):
            annotations = {**RELEASE, "CrashEventID": str(number)}
            crash_id = self.post(at, **annotations)
            if is_deferred(crash_id):
                self.clear()
                return crash_id, annotations
        raise AssertionError("nothing was deferred")

    def clear(self) -> None:
        """Forget what is queued."""
        self.sql("DELETE FROM jobs")

    def process(self) -> None:
        while self.work():
            pass

    def sql(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        with self.context.database.transaction() as db:
            return query(db, statement, *parameters)

    def counted(self) -> list[tuple[str, float]]:
        """What is counted when all marked hours were: crash ids, and what each stands for."""
        with self.context.database.transaction() as db:
            count(db)
            self.check_sums(db)
            return query(db, "SELECT crash_id::text, estimated FROM reports_clean ORDER BY 1")

    def check_sums(self, db: Connection) -> None:
        total = "SELECT coalesce(sum(reports), 0), coalesce(sum(estimated), 0) FROM crash_counts"
        clean = "SELECT count(*), coalesce(sum(estimated), 0) FROM reports_clean"
        assert query(db, total) == query(db, clean)

    def others(self, crash_id: CrashId) -> list[CrashId]:
        with self.context.database.transaction() as db:
            return [post.crash_id for post in same_crash.find(db, crash_id) if not post.is_this]


@pytest.fixture
def line(context: Context, work: Work, tmp_path: Path) -> Line:
    (tmp_path / "door").mkdir()
    return Line(Collecting(tmp_path / "door", rules="default"), context, work)


def test_on_one_day_and_with_one_verdict_it_is_one_report(line: Line) -> None:
    first = line.post(**NIGHTLY)
    line.process()

    assert line.post(NOON + timedelta(hours=3), **NIGHTLY, **BY_HAND) == first
    line.process()

    assert line.counted() == [(first, 1.0)]
    assert line.others(first) == []


@pytest.mark.parametrize("days", [1, 7, 100])
def test_on_another_day_it_is_counted_once_in_the_hour_of_the_first(line: Line, days: int) -> None:
    first = line.post(**NIGHTLY)
    line.process()
    assert line.counted() == [(first, 1.0)]

    again = line.post(NOON + days * DAY, **NIGHTLY, **BY_HAND)
    line.process()

    assert again != first
    assert line.counted() == [(first, 1.0)]
    assert (line.others(first), line.others(again)) == ([again], [first])


def test_the_order_of_processing_does_not_matter(line: Line) -> None:
    first = line.post(**NIGHTLY)
    line.clear()
    again = line.post(NOON + DAY, **NIGHTLY)
    line.process()
    assert line.counted() == [(again, 1.0)]

    with line.context.database.transaction() as db:
        jobs.offer(db, [first])
    line.process()

    assert line.counted() == [(first, 1.0)]
    assert (line.others(first), line.others(again)) == ([again], [first])


def test_a_third_post_before_both_is_the_first_then(line: Line) -> None:
    second = line.post(NOON + DAY, **NIGHTLY)
    third = line.post(NOON + 2 * DAY, **NIGHTLY)
    line.process()
    assert line.counted() == [(second, 1.0)]

    first = line.post(**NIGHTLY)
    line.process()

    assert line.counted() == [(first, 1.0)]
    assert line.others(second) == [first, third]


def test_a_deferred_crash_that_was_sent_again_by_hand_is_processed_and_counted(line: Line) -> None:
    first, crash = line.post_deferred()
    line.process()
    assert line.counted() == []

    again = line.post(NOON + 3 * DAY, **{**crash, **BY_HAND})
    line.process()

    assert (is_deferred(first), is_deferred(again)) == (True, False)
    assert line.counted() == [(first, 1.0)]
    assert (line.others(first), line.others(again)) == ([again], [first])
    assert line.context.store.get_processed(first)["signature"]


def test_with_another_verdict_on_the_same_day_it_is_counted_once(line: Line) -> None:
    first, crash = line.post_deferred()

    again = line.post(NOON + timedelta(minutes=1), **{**crash, **BY_HAND})
    line.process()

    assert (again[:-7], again[-6:]) == (first[:-7], first[-6:])
    assert line.counted() == [(first, 1.0)]


def test_a_deferred_crash_that_cannot_be_processed_leaves_the_other_counted(line: Line) -> None:
    first, crash = line.post_deferred()
    again = line.post(NOON + DAY, **{**crash, **BY_HAND})
    line.context.store.delete(first)

    line.process()

    assert line.counted() == [(again, 1.0)]


def test_only_deferred_crashes_without_job_or_report_are_queued_so(line: Line) -> None:
    deferred, _ = line.post_deferred()
    accepted = line.post(**NIGHTLY)
    line.clear()
    queue = "SELECT queue_deferred(%s::uuid[])"

    assert line.sql(queue, [accepted, deferred]) == [(1,)]
    assert line.sql("SELECT crash_id::text FROM jobs") == [(deferred,)]
    assert line.sql(queue, [accepted, deferred]) == [(0,)]
    line.process()
    assert line.sql(queue, [accepted, deferred]) == [(0,)]


@pytest.mark.parametrize(("days", "is_queued"), [(28, True), (29, False)])
def test_a_deferred_crash_is_looked_for_as_long_as_it_is_kept(
    line: Line, days: int, is_queued: bool
) -> None:
    first, crash = line.post_deferred()
    again = line.post(NOON + days * DAY, **{**crash, **BY_HAND})
    line.process()

    assert line.counted() == [(first if is_queued else again, 1.0)]


def test_a_deferred_post_that_comes_later_changes_nothing(line: Line) -> None:
    first, crash = line.post_deferred(NOON + DAY)
    accepted = line.post(**{**crash, **BY_HAND})
    line.process()

    assert line.counted() == [(accepted, 1.0)]
    with line.context.database.transaction() as db:  # somebody looks at it
        jobs.offer(db, [first], priority=jobs.VIEWED)
    line.process()

    assert line.counted() == [(accepted, 1.0)]
    assert (line.others(accepted), line.others(first)) == ([first], [accepted])


def test_posts_that_were_all_deferred_are_not_counted(line: Line) -> None:
    first, crash = line.post_deferred()
    again = line.post(NOON + DAY, **crash)
    with line.context.database.transaction() as db:
        jobs.offer(db, [first, again], priority=jobs.VIEWED)
    line.process()

    assert line.counted() == []
    assert line.others(again) == [first]


def test_a_sampled_crash_still_stands_for_ten(line: Line) -> None:
    for number in range(200):
        crash = {**RELEASE, "CrashEventID": str(number)}
        first = line.post(**crash)
        if not is_deferred(first):
            break
    line.process()

    line.post(NOON + DAY, **{**crash, **BY_HAND})
    line.process()

    assert line.counted() == [(first, 10.0)]


def test_processing_again_changes_nothing(line: Line) -> None:
    first, again = line.post(**NIGHTLY), line.post(NOON + DAY, **NIGHTLY)
    line.process()
    counted = line.counted()

    with line.context.database.transaction() as db:
        jobs.offer(db, [first, again], reprocess=True)
    line.process()

    assert line.counted() == counted == [(first, 1.0)]
    assert line.sql("SELECT count(*) FROM reports_resent") == [(2,)]


def test_a_day_that_is_counted_from_scratch_has_the_event_once(line: Line) -> None:
    line.post(**NIGHTLY)
    again = line.post(NOON + DAY, **NIGHTLY)
    line.process()
    counted = line.counted()

    for day in (0, 1):
        line.sql("SELECT backfill_counts(%s)", (NOON + day * DAY).date())

    assert line.counted() == counted
    assert again not in dict(counted)


def test_when_the_first_was_dropped_the_others_are_still_not_counted(line: Line) -> None:
    monday = NOON - 70 * DAY
    line.post(monday, **NIGHTLY)
    again = line.post(monday + 7 * DAY, **NIGHTLY)
    line.process()
    line.counted()
    line.sql("SELECT drop_partitions('reports', %s)", monday + 7 * DAY)
    assert line.sql("SELECT first_submitted_at FROM reports_resent") == [(monday,)]

    third = line.post(monday + 8 * DAY, **NIGHTLY)
    with line.context.database.transaction() as db:
        jobs.offer(db, [again], reprocess=True)
    line.process()

    with line.context.database.transaction() as db:
        count(db)
        assert query(db, "SELECT crash_id FROM reports_clean") == []
        assert query(db, "SELECT sum(reports) FROM crash_counts") == [(1,)]
    assert line.others(third) == [again]


def test_a_hundred_posts_of_a_crash_are_named(line: Line) -> None:
    line.post(**NIGHTLY)
    again = line.post(NOON + DAY, **NIGHTLY)
    line.process()
    more = (
        "INSERT INTO reports_events (event, submitted_at, crash_id, throttle_rate)"
        " SELECT event, submitted_at + n * interval '1 second', gen_random_uuid(), 1"
        " FROM reports_events, generate_series(1, %s) AS n WHERE crash_id = %s"
    )
    line.sql(more, 98, again)
    with line.context.database.transaction() as db:
        assert len(same_crash.find(db, again)) == 100

    line.sql(more, 1, again)

    with line.context.database.transaction() as db:
        assert len(same_crash.find(db, again)) == 100
        assert len(same_crash.find(db, again, most=101)) == 101


@pytest.mark.parametrize(
    "change", [{"Version": "140.0.1"}, {"ProductName": "Game"}, {"CrashEventID": "another"}]
)
def test_what_differs_in_program_or_event_is_counted_by_itself(
    line: Line, change: dict[str, str]
) -> None:
    line.post(**NIGHTLY)
    line.post(NOON + DAY, **{**NIGHTLY, **change})
    line.process()

    assert len(line.counted()) == 2
    assert line.sql("SELECT count(*) FROM reports_resent") == [(0,)]
