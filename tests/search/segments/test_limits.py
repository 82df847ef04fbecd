"""What a search may cost, and what DuckDB may touch."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import duckdb
import pytest

from socorro.search.interface import (
    Aggregation,
    All,
    Condition,
    Filter,
    Not,
    Permitted,
    Result,
    SearchField,
    Sort,
    TooManySearches,
    TooSlow,
)
from socorro.search.segments.duck import Deadline, interrupted, open_duck
from socorro.search.segments.engine import SegmentsEngine
from socorro.search.segments.limits import Limits
from tests.search.rows import FIELD, HOUR, MONDAY, columns, condition, make_query, make_row
from tests.search.segments.built import build

PATIENT = Limits(seconds=60, wait_seconds=60)
PUBLIC = Permitted()
LONG_QUERY = "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range < b.range"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hours of ten crashes, all at the full hour."""
    rows = [
        make_row(number, MONDAY + number % 3 * HOUR, uptime=number, signature=f"s {number}")
        for number in range(30)
    ]
    return build(tmp_path_factory.mktemp("limits"), rows)


@pytest.fixture
def duck(root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_duck(root, PATIENT) as duck:
        yield duck


def search(root: Path, limits: Limits = PATIENT, **values: Any) -> Result:
    engine = SegmentsEngine(root, limits)
    try:
        return engine.search(make_query(**values), PUBLIC)
    finally:
        engine.close()


# Time, memory, number


def test_a_search_ends_with_its_time(root: Path) -> None:
    with pytest.raises(TooSlow, match="Narrow the dates or add a filter"):
        search(root, replace(PATIENT, seconds=0))


def test_a_statement_is_interrupted_at_the_deadline(duck: duckdb.DuckDBPyConnection) -> None:
    deadline = Deadline(0.2)

    with pytest.raises(duckdb.InterruptException), interrupted(duck, deadline):
        duck.execute(LONG_QUERY)

    assert deadline.left() == 0
    with interrupted(duck, Deadline(60)):
        assert duck.execute("SELECT 1").fetchall() == [(1,)]


def test_an_interrupt_stops_no_other_search(duck: duckdb.DuckDBPyConnection) -> None:
    with duck.cursor() as other, interrupted(other, Deadline(0)), duck.cursor() as own:
        assert own.execute("SELECT sum(range) FROM range(10000000)").fetchone()


def test_too_little_memory_is_an_error_that_says_so(root: Path) -> None:
    limits = replace(PATIENT, memory="2MB")

    with pytest.raises(TooSlow, match="too much memory"):
        search(root, limits, aggregations=(Aggregation("terms", "s", FIELD["signature"]),))


def test_more_searches_than_at_once_are_refused_and_others_wait(root: Path) -> None:
    running, end = Event(), Event()

    def waiting(_start: datetime, _end: datetime) -> tuple[()]:
        running.set()
        end.wait(60)
        return ()

    engine = SegmentsEngine(root, replace(PATIENT, at_once=1, wait_seconds=0.01), waiting)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(engine.search, make_query(), PUBLIC)
        running.wait(60)
        with pytest.raises(TooManySearches):
            engine.search(make_query(), PUBLIC)
        end.set()

        assert first.result().total == 30
    assert engine.search(make_query(), PUBLIC).total == 30


def test_a_refused_search_leaves_its_place_free(root: Path) -> None:
    engine = SegmentsEngine(root, replace(PATIENT, at_once=1, seconds=0, wait_seconds=0.01))

    for _ in range(3):
        with pytest.raises(TooSlow):
            engine.search(make_query(), PUBLIC)


@pytest.mark.parametrize(("hits", "fits"), [(10, True), (11, False)])
def test_hits_of_a_page_are_limited(root: Path, hits: int, fits: bool) -> None:
    limits = replace(PATIENT, hits=10)
    if fits:
        assert len(search(root, limits, number=hits).hits) == hits
        return

    with pytest.raises(TooSlow, match="At most 10 hits"):
        search(root, limits, number=hits)


@pytest.mark.parametrize(("terms", "fits"), [(63, True), (62, False)])
def test_terms_of_an_answer_are_limited_on_all_levels(root: Path, terms: int, fits: bool) -> None:
    by_signature = Aggregation("terms", "signature", FIELD["signature"])
    by_uptime = Aggregation("histogram", "uptime", FIELD["uptime"], 1, inner=(by_signature,))
    limits = replace(PATIENT, terms=terms)  # 3 hours, 30 uptimes, 30 signatures within
    if fits:
        assert search(root, limits, aggregations=(by_uptime,)).total == 30
        return

    with pytest.raises(TooSlow, match="too many terms"):
        search(root, limits, aggregations=(by_uptime,))


@pytest.mark.parametrize(("count", "fits"), [(20, True), (21, False)])
def test_conditions_and_words_are_limited(root: Path, count: int, fits: bool) -> None:
    limits = replace(PATIENT, conditions=20)
    several = All((condition("uptime", ">=", 0),) * count)
    words = condition("signature", "words", " ".join(map(str, range(count - 1))))
    for tree in (several, words):
        if fits:
            search(root, limits, filter=tree)
        else:
            with pytest.raises(TooSlow, match="too many conditions"):
                search(root, limits, filter=tree)


@pytest.mark.parametrize(("depth", "fits"), [(100, True), (101, False)])
def test_the_depth_of_a_filter_is_limited(root: Path, depth: int, fits: bool) -> None:
    tree: Filter = condition("uptime", "<", 3)
    for _ in range(depth):
        tree = Not(tree)
    if fits:
        assert search(root, filter=tree).total == 3
        return

    with pytest.raises(TooSlow, match="nested"):
        search(root, filter=tree)


def test_as_many_conditions_as_one_may_have_are_answered(root: Path) -> None:
    tree = All((condition("uptime", ">=", 0),) * PATIENT.conditions)

    assert search(root, filter=tree).total == 30


# What DuckDB may touch


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO '/tmp/socorro-search-test.csv'",
        "ATTACH '/tmp/socorro-search-test.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "SET allowed_directories = ['/']",
        "RESET lock_configuration",
    ],
)
def test_nothing_but_the_segments_is_within_reach(
    duck: duckdb.DuckDBPyConnection, statement: str
) -> None:
    with pytest.raises(duckdb.Error):
        duck.execute(statement)


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    root = build(tmp_path / "it's; 100% 'ß' [a]* ?", [make_row(1)])

    assert (search(root).total, search(root).problems) == (1, [])


@pytest.mark.parametrize(
    "field",
    [
        SearchField('uptime" OR 1=1 --', "integer", True),
        SearchField("email", "keyword", True),
        FIELD["email"]._replace(public=True),
        FIELD["uptime"]._replace(name="no_such_field"),
    ],
)
def test_fields_that_are_not_of_the_catalog_are_refused(root: Path, field: SearchField) -> None:
    for query in (
        {"columns": (field,)},
        {"sort": (Sort(field),)},
        {"filter": Condition(field, "null", None)},
        {"aggregations": (Aggregation("terms", "x", field),)},
    ):
        with pytest.raises(ValueError, match="catalog"):
            search(root, **query)


# Values at their edges


@pytest.mark.parametrize("operator", ["words", "=", "~", "^", "$"])
@pytest.mark.parametrize("text", ["\ud800", "a\ud800b", "\0x", "s\0 x"])
def test_texts_that_no_file_can_have_match_nothing(root: Path, operator: Any, text: str) -> None:
    tree = condition("signature", operator, text)

    assert search(root, filter=tree).total == 0
    assert search(root, filter=Not(tree)).total == 30


@pytest.mark.parametrize(
    ("operator", "value", "total"),
    [
        ("=", 1.5, 0), (">", 28.5, 1), (">=", 28.5, 1), ("<", 0.5, 1), ("<=", 0.5, 1),
        ("=", 29.0, 1), ("=", -0.0, 1), (">", float("nan"), 0), ("<", float("nan"), 0),
        ("<", float("inf"), 30), (">", float("-inf"), 30), (">", float("inf"), 0),
        ("<", 10**400, 30), (">=", -(10**400), 30), ("=", 2**63, 0), (">", 2**127, 0),
    ],
)  # fmt: skip
def test_integers_are_compared_with_any_number(
    root: Path, operator: Any, value: float, total: int
) -> None:
    tree = condition("uptime", operator, value)

    assert search(root, filter=tree).total == total
    assert search(root, filter=Not(tree)).total == 30 - total


@pytest.mark.parametrize(
    ("name", "operator", "value"),
    [
        ("uptime", "~", "1"), ("uptime", "=", "1"), ("uptime", "=", True), ("safe_mode", "=", 1),
        ("signature", ">", "a"), ("signature", "=", 1), ("submitted_timestamp", ">", "2026"),
        ("uptime", "; DROP", 1), ("signature", "; DROP", "x"), ("uptime", "=", None),
    ],
)  # fmt: skip
def test_comparisons_that_make_no_sense_are_refused(
    root: Path, name: str, operator: Any, value: Any
) -> None:
    with pytest.raises(ValueError, match=r"compared|text"):
        search(root, filter=condition(name, operator, value))


@pytest.mark.parametrize(
    "after", [(), ("x",), (1,), (1, 2), ("; --", "x"), (None, 1), (1, 1, "x"), (True, "x")]
)
def test_a_cursor_of_another_order_is_refused(root: Path, after: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"order|compared"):
        search(root, sort=(Sort(FIELD["uptime"]),), after=after)


def test_all_of_time_can_be_searched(root: Path) -> None:
    start, end = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)

    result = search(root, start=start, end=end)

    assert (result.total, result.problems) == (30, [])


def test_a_page_far_behind_is_read_from_its_hours(root: Path) -> None:
    newest_first = (Sort(FIELD["submitted_timestamp"], descending=True),)
    query: dict[str, Any] = {"sort": newest_first, "columns": columns("uptime"), "number": 5}
    every_hit = search(root, **query | {"number": 30}).hits

    pages = [search(root, offset=offset, **query) for offset in (0, 8, 10, 17, 25, 29, 30)]

    assert [list(page.hits) for page in pages] == [
        list(every_hit[offset : offset + 5]) for offset in (0, 8, 10, 17, 25, 29, 30)
    ]
    assert [page.cursor is None for page in pages] == [False] * 4 + [True] * 3
    behind = pages[1].cursor
    assert list(search(root, after=behind, **query).hits) == list(every_hit[13:18])
    for offset in (3, 12):
        page = search(root, after=behind, offset=offset, **query)
        assert list(page.hits) == list(every_hit[13 + offset : 18 + offset])


def test_times_within_an_hour_are_exact(root: Path) -> None:
    second = timedelta(seconds=1)

    assert search(root, start=MONDAY + second, end=MONDAY + HOUR + second).total == 10
