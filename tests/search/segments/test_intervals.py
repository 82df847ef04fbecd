"""Intervals beside hits are sums of hours where they can be: they are the same as without hits."""

from datetime import datetime

import pytest

from socorro.search.interface import Aggregation, Permitted, Term
from socorro.search.segments.engine import SegmentsEngine
from socorro.search.segments.limits import Limits
from tests.search.rows import FIELD, HOUR, MONDAY, make_query, make_row
from tests.search.segments.built import build

SUBMITTED = FIELD["submitted_timestamp"]
BY_SIGNATURE = Aggregation("terms", "signature", FIELD["signature"])
TIMES = [MONDAY + hours * HOUR for hours in (0.1, 0.4, 1.0, 5.9, 6.0, 23.9, 24.0, 60.5, 190.0)]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> SegmentsEngine:
    rows = [
        make_row(number, when, throttle_rate=0.5 if number % 2 else 1.0)
        for number, when in enumerate(TIMES)
    ]
    return SegmentsEngine(build(tmp_path_factory.mktemp("intervals"), rows), Limits(seconds=60))


@pytest.mark.parametrize("interval", ["10m", "1h", "90m", "6h", "1d", "3d", "1w", "2w"])
def test_intervals_beside_hits_are_those_without_hits(
    engine: SegmentsEngine, interval: str
) -> None:
    items = (Aggregation("histogram", "when", SUBMITTED, interval), BY_SIGNATURE)
    answers = [
        engine.search(
            make_query(end=MONDAY + 200 * HOUR, number=number, aggregations=items), Permitted(True)
        )
        for number in (3, 0)
    ]

    beside, alone = (answer.counts["when"] for answer in answers)
    assert beside == alone
    assert not isinstance(beside, int)
    assert sum(term.count for term in beside) == answers[0].total == len(TIMES)
    assert answers[0].estimated == answers[1].estimated > len(TIMES)
    assert [*answers[0].counts] == ["when", "signature"]


def test_days_begin_at_midnight_and_weeks_on_monday(engine: SegmentsEngine) -> None:
    def starts(interval: str) -> list[datetime]:
        item = Aggregation("histogram", "when", SUBMITTED, interval)
        query = make_query(end=MONDAY + 200 * HOUR, number=1, aggregations=(item,))
        terms = engine.search(query, Permitted(True)).counts["when"]
        assert not isinstance(terms, int)
        return [term.value for term in terms if isinstance(term, Term)]

    assert starts("1d") == [MONDAY + days * 24 * HOUR for days in (0, 1, 2, 7)]
    assert starts("1w") == [MONDAY, MONDAY + 7 * 24 * HOUR]
