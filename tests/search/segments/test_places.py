"""Counts by file, a page of a day that has one file, and crashes that are kept for a search."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from socorro.search.catalog import catalog
from socorro.search.interface import Aggregation, Condition, Permitted, Query, Result, Sort
from socorro.search.segments import engine, layout, places
from socorro.search.segments.engine import SegmentsEngine
from socorro.search.segments.limits import Limits
from socorro.search.segments.merge import merge, mergeable
from socorro.search.segments.run import Run
from socorro.search.segments.statement import FILE, Statement
from socorro.search.segments.writer import Writer
from tests.search.reference import Reference
from tests.search.rows import FIELD, HOUR, MONDAY, columns, make_query, make_row
from tests.search.segments.built import build, build_merged

COUNT = 240
BY_DAY = Aggregation("histogram", "days", FIELD["submitted_timestamp"], "1d")
BY_HOUR = Aggregation("histogram", "hours", FIELD["submitted_timestamp"], "1h")
BY_SIGNATURE = Aggregation("terms", "signature", FIELD["signature"])
BY_SYSTEM = Aggregation("terms", "os_name", FIELD["os_name"])
ROWS = [
    make_row(
        number,
        MONDAY + number // 4 * HOUR + timedelta(seconds=number % 2),  # two share each time
        signature=f"signature {number % 7}",
        product=("Firefox", "Fenix")[number % 5 == 0],
        version=(None, "158.0", "159.0")[number % 3],
        os_name=(None, "Windows")[number % 2],
    )
    for number in range(COUNT)
]


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty hours, each with a file."""
    return build(tmp_path_factory.mktemp("hours"), ROWS)


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same: two days merged, but for two hours of each that came later."""
    return build_merged(tmp_path_factory.mktemp("days"), ROWS)


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, with nothing that came later."""
    root = build(tmp_path_factory.mktemp("merged"), ROWS)
    for day in [*mergeable(root, datetime(9000, 1, 1, tzinfo=UTC))]:
        merge(root, day, Writer(root))
    return root


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What each statement of a search reads, as DuckDB plans it."""
    plans: list[str] = []
    rows = Run.rows

    def planned(run: Run, statement: Statement, text: str) -> list[tuple[Any, ...]]:
        [(_, plan)] = run.duck.execute(f"EXPLAIN {text}", statement.values).fetchall()
        plans.append(plan)
        return rows(run, statement, text)

    monkeypatch.setattr(Run, "rows", planned)
    return plans


def query_of(*aggregations: Aggregation, **values: Any) -> Query:
    newest = (Sort(FIELD["submitted_timestamp"], descending=True),)
    usual: dict[str, Any] = {"end": MONDAY + 72 * HOUR, "sort": newest, "number": 10}
    usual["columns"] = columns("crash_id", "product", "version")
    return make_query(**{**usual, **values, "aggregations": aggregations})


def search(root: Path, query: Query) -> Result:
    segments = SegmentsEngine(root, Limits(seconds=60))
    try:
        return segments.search(query, Permitted())
    finally:
        segments.close()


def assert_equal(answer: Result, query: Query) -> None:
    correct = Reference(ROWS).search(query, Permitted())
    assert (answer.total, list(answer.hits)) == (correct.total, list(correct.hits))
    assert answer.counts == correct.counts
    assert (answer.cursor is None) == (correct.cursor is None)


@pytest.mark.parametrize("files", ["hours", "merged"])
def test_a_search_by_day_counts_without_reading_the_time_of_a_crash(
    files: str, plans: list[str], request: pytest.FixtureRequest
) -> None:
    query = query_of(BY_DAY, BY_SIGNATURE)

    assert_equal(search(request.getfixturevalue(files), query), query)

    counting, *_ = plans
    assert layout.SUBMITTED not in counting


def test_a_page_of_a_merged_day_reads_times_before_it_reads_ids(
    days: Path, plans: list[str]
) -> None:
    query = query_of(BY_DAY, end=MONDAY + 24 * HOUR)

    assert_equal(search(days, query), query)

    assert ["crash_id" in plan for plan in plans] == [False, False, True]


@pytest.mark.parametrize("far", [0, 20, 1000])
@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("by", [BY_DAY, BY_HOUR])
@pytest.mark.parametrize("end", [60, 24, 30])
def test_every_page_of_merged_days_is_as_plain_python_has_it(
    far: int, descending: bool, by: Aggregation, end: int, days: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(places, "FAR", far)
    sort = (Sort(FIELD["submitted_timestamp"], descending=descending),)

    for offset in (*range(0, 4 * end, 13), 4 * end - 10, 4 * end - 1, 4 * end):
        query = query_of(by, sort=sort, offset=offset, end=MONDAY + end * HOUR)
        assert_equal(search(days, query), query)


def test_hits_in_another_order_than_time_are_those_of_all_hours(days: Path) -> None:
    query = query_of(BY_DAY, sort=(Sort(FIELD["signature"]),))

    assert_equal(search(days, query), query)


@pytest.mark.parametrize("product", ["Firefox", "no such product"])
@pytest.mark.parametrize("number", [0, 10])
def test_fields_of_few_values_are_counted_together_as_each_alone(
    product: str, number: int, hours: Path
) -> None:
    few = [Aggregation("terms", name, FIELD[name]) for name in ("version", "os_name", "product")]
    one = Condition(FIELD["product"], "=", product)
    query = query_of(*few, BY_SIGNATURE, BY_DAY, filter=one, number=number)

    assert_equal(search(hours, query), query)


def test_what_several_statements_count_is_read_once(
    hours: Path, plans: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = Aggregation("terms", "signature", FIELD["signature"], inner=(BY_SYSTEM,))
    installs = Aggregation("cardinality", "versions", FIELD["version"])
    query = query_of(inner, installs, number=0)

    kept = search(hours, query)
    monkeypatch.setattr(engine, "SMALL", 0)
    read = search(hours, query)

    assert_equal(kept, query)
    assert kept == read
    assert ["PARQUET" in plan for plan in plans] == [True, False, False, False, True, True, True]


def test_no_field_has_the_name_of_the_column_of_files() -> None:
    assert FILE not in catalog()
