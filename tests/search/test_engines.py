"""What every engine of searches promises, see socorro/search/interface.py."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from socorro.search.interface import (
    Aggregation,
    All,
    Condition,
    Either,
    Engine,
    Filter,
    Not,
    Permitted,
    Query,
    Result,
    Sort,
    Term,
    TooSlow,
)
from tests.search.conftest import EngineOf
from tests.search.rows import (
    DAY,
    FIELD,
    HOUR,
    MONDAY,
    WEEK,
    columns,
    condition,
    make_query,
    make_row,
    make_rows,
)

PUBLIC, PROTECTED = Permitted(), Permitted(protected=True)
MICROSECOND = timedelta(microseconds=1)


def numbers(engine: Engine, query_filter: Filter) -> list[int]:
    """Which of make_rows match."""
    query = make_query(filter=query_filter, columns=columns("crash_id"))
    hits = engine.search(query, PROTECTED).hits
    return [int(hit["crash_id"].split("-")[-1][:6]) for hit in hits]


def terms(result: Result, name: str = "count") -> list[tuple[Any, int]]:
    counts = result.counts[name]
    assert not isinstance(counts, int)
    return [(term.value, term.count) for term in counts]


def aggregation(kind: Any, name: str, **values: Any) -> Aggregation:
    return Aggregation(kind, values.pop("key", "count"), FIELD[name], **values)


# Filters

TEXTS = (
    "Straße",
    "STRASSE",
    "",
    None,
    "İx",
    "a.b_c 100%",
    "line\nOOM",
    "cafe\u0301 🔥",
    "x" * 5000,
)
WITH_TEXT = [0, 1, 2, 4, 5, 6, 7, 8]
TEXT_CASES: list[tuple[Any, Any, list[int]]] = [
    ("=", "Straße", [0]),
    ("=", "straße", []),
    ("=", "", [2]),
    ("=", "line\nOOM", [6]),
    ("=", "x" * 5000, [8]),
    ("=", "x" * 4999, []),
    ("~", "STRAß", [0]),
    ("~", "ss", [1]),
    ("~", "", WITH_TEXT),
    ("~", "ix", [4]),
    ("~", "100%", [5]),
    ("~", "1%", []),
    ("~", "a_b", []),
    ("~", "*", []),
    ("~", "e\nO", [6]),
    ("~", "é", []),
    ("^", "A.B", [5]),
    ("^", "b", []),
    ("^", "x" * 5000, [8]),
    ("$", "🔥", [7]),
    ("$", "%", [5]),
    ("$", "oom", [6]),
    ("$", "x" * 5001, []),
    ("words", "straße", [0]),
    ("words", "STRASS", []),
    ("words", "b_c a", [5]),
    ("words", "b", []),
    ("words", "oom LINE", [6]),
    ("words", "oom other", []),
    ("words", "cafe", [7]),
    ("words", "ix", [4]),
    ("words", "🔥", WITH_TEXT),
    ("@", "^a\\.b", [5]),
    ("@", "O+M$", [6]),
    ("@", "o+m$", []),
    ("@", "stra(ß|x)e", []),
    ("@", "[Ss]tra(ß|x)e", [0]),
    ("@", "A.{2}E$", [1]),
    ("null", None, [3]),
]


def is_approximate(engine: Engine, query_filter: Filter) -> bool:
    problems = engine.search(make_query(filter=query_filter, number=0), PUBLIC).problems
    return "approximate" in {problem.code for problem in problems}


def test_texts_are_compared(engine_of: EngineOf) -> None:
    rows = [
        row | {"app_notes": row["signature"]} if "signature" in row else row
        for row in make_rows("signature", *TEXTS)
    ]
    engine = engine_of(rows)

    for name in ("signature", "app_notes"):
        for operator, value, matching in TEXT_CASES:
            case = (name, operator, str(value)[:20])
            query_filter = condition(name, operator, value)
            answered = numbers(engine, query_filter)
            if is_approximate(engine, query_filter):  # it may then match too much, never too little
                assert (case, {*answered} >= {*matching}) == (case, True)
                continue
            assert (case, answered) == (case, matching)
            others = engine.search(make_query(filter=Not(query_filter), number=0), PUBLIC).total
            assert (case, others) == (case, len(TEXTS) - len(matching))


LONG = ("x" * 30_000, "x" * 30_000 + "y", "🔥" * 10_000 + " end", "short")


def test_long_texts_are_compared_or_the_answer_says_that_they_are_not(engine_of: EngineOf) -> None:
    engine = engine_of(make_rows("app_notes", *LONG, None))
    cases: list[tuple[Any, Any, int]] = [
        ("=", LONG[0], 1),
        ("~", LONG[0], 2),
        ("^", "XX", 2),
        ("$", "end", 1),
        ("words", "end", 1),
        ("null", None, 1),
        ("=", "short", 1),
    ]

    for operator, value, total in cases:
        query = make_query(filter=condition("app_notes", operator, value))
        answer = engine.search(query, PUBLIC)
        is_approximate = "approximate" in {problem.code for problem in answer.problems}
        assert answer.total == total or (is_approximate and answer.total < total)


LARGEST, SMALLEST = 2**63 - 1, -(2**63)
INTEGERS = (0, -1, None, LARGEST, SMALLEST, 2**53 + 1, 2**53, LARGEST - 1)


def test_integers_are_compared_exactly(engine_of: EngineOf) -> None:
    engine = engine_of(make_rows("oom_allocation_size", *INTEGERS))
    cases: list[tuple[Any, Any, list[int]]] = [
        ("=", 0, [0]),
        ("=", 2**53, [6]),
        ("=", LARGEST, [3]),
        (">", 2**53, [3, 5, 7]),
        (">=", LARGEST, [3]),
        (">", LARGEST, []),
        ("<", 0, [1, 4]),
        ("<=", SMALLEST, [4]),
        ("<", SMALLEST, []),
        ("null", None, [2]),
    ]

    for operator, value, matching in cases:
        query_filter = condition("oom_allocation_size", operator, value)
        others = [number for number in range(len(INTEGERS)) if number not in matching]
        assert (operator, value, numbers(engine, query_filter)) == (operator, value, matching)
        assert numbers(engine, Not(query_filter)) == others


def test_numbers_booleans_and_dates_are_compared(engine_of: EngineOf) -> None:
    dates = [MONDAY, MONDAY + MICROSECOND, None, datetime(1970, 1, 1, tzinfo=UTC)]
    engine = engine_of(
        [
            make_row(number, throttle_rate=rate, safe_mode=mode, completed_datetime=at)
            for number, (rate, mode, at) in enumerate(
                zip((0.1, 0.25, None, 1.0), (True, False, None, True), dates, strict=True)
            )
        ]
    )
    cases: list[tuple[str, Any, Any, list[int]]] = [
        ("throttle_rate", "=", 0.1, [0]),
        ("throttle_rate", ">", 0.1, [1, 3]),
        ("throttle_rate", "<=", 0.25, [0, 1]),
        ("throttle_rate", "null", None, [2]),
        ("safe_mode", "=", True, [0, 3]),
        ("safe_mode", "=", False, [1]),
        ("safe_mode", "null", None, [2]),
        ("completed_datetime", "=", MONDAY, [0]),
        ("completed_datetime", ">", MONDAY, [1]),
        ("completed_datetime", "<=", MONDAY, [0, 3]),
        ("completed_datetime", "<", MONDAY + MICROSECOND, [0, 3]),
        ("completed_datetime", "null", None, [2]),
    ]

    answers = [numbers(engine, condition(name, what, value)) for name, what, value, _ in cases]

    assert answers == [matching for *_, matching in cases]


def test_a_list_matches_when_one_item_does(engine_of: EngineOf) -> None:
    lists = (["one two", "three"], ["three", "three"], [], None, [""])
    rows = make_rows("processor_notes", *lists)
    engine = engine_of([row | {"addons": row.get("processor_notes")} for row in rows])
    cases: list[tuple[Any, Any, list[int]]] = [
        ("=", "three", [0, 1]),
        ("=", "", [4]),
        ("words", "two one", [0]),
        ("words", "two three", []),  # no item has both
        ("~", "E t", [0]),
        ("$", "two", [0]),
        ("@", "^o.*o$", [0]),
        ("@", "two.*three", []),
        ("null", None, [2, 3]),
    ]

    for name in ("addons", "processor_notes"):
        for operator, value, matching in cases:
            query_filter = condition(name, operator, value)
            others = sorted({0, 1, 2, 3, 4} - set(matching))
            assert (operator, value, numbers(engine, query_filter)) == (operator, value, matching)
            assert numbers(engine, Not(query_filter)) == others


def test_filters_nest(engine_of: EngineOf) -> None:
    engine = engine_of(make_rows("signature", "a", "b", "ab", None))
    has_a, has_b = condition("signature", "~", "a"), condition("signature", "~", "b")
    nested: Filter = Not(Either((All((has_a, has_b)), Not(Either((has_a, has_b))))))

    assert numbers(engine, All((has_a, has_b))) == [2]
    assert numbers(engine, Either((has_a, has_b))) == [0, 1, 2]
    assert numbers(engine, nested) == [0, 1]
    assert numbers(engine, All()) == [0, 1, 2, 3]
    assert numbers(engine, Either(())) == []
    assert numbers(engine, Not(All())) == []


def test_no_text_is_taken_for_code(engine_of: EngineOf) -> None:
    hostile = (
        *("' OR 1=1 --", '") OR ("" = "', "*", "%", "_", "\\", "?", "a' || 'b", "$1", "{}", "[!a]"),
        *("{{x}}", "%(x)s", "*:*", "NOT x", "..", "\u202e"),
    )
    engine = engine_of(make_rows("signature", "ab", *hostile))

    for number, text in enumerate(hostile, 1):
        assert numbers(engine, condition("signature", "=", text)) == [number]
        assert number in numbers(engine, condition("signature", "~", text))
        assert 0 not in numbers(engine, condition("signature", "^", text))


# Time and totals


def test_the_start_is_within_and_the_end_is_not(engine_of: EngineOf) -> None:
    times = (MONDAY - MICROSECOND, MONDAY, MONDAY + HOUR - MICROSECOND, MONDAY + HOUR)
    engine = engine_of([make_row(number, when) for number, when in enumerate(times)])

    def total(start: datetime, end: datetime) -> int:
        return engine.search(Query(start, end), PUBLIC).total

    assert total(MONDAY, MONDAY + HOUR) == 2
    assert total(MONDAY, MONDAY + HOUR + MICROSECOND) == 3
    assert total(MONDAY - MICROSECOND, MONDAY) == 1
    assert total(MONDAY, MONDAY) == 0
    assert total(MONDAY + HOUR, MONDAY) == 0


def test_estimated_is_what_the_reports_stand_for(engine_of: EngineOf) -> None:
    rates = (1.0, 0.1, 0.25, None)
    engine = engine_of(
        [make_row(n, throttle_rate=rate, product="x") for n, rate in enumerate(rates)]
    )
    query = make_query(aggregations=(aggregation("terms", "product"),))

    result = engine.search(query, PUBLIC)

    assert (result.total, result.estimated) == (4, pytest.approx(1 + 10 + 4 + 1))
    [term] = result.counts["count"]  # type: ignore[misc]
    assert (term.count, term.estimated) == (4, pytest.approx(16))


def test_date_processed_is_the_time_of_submission(engine_of: EngineOf) -> None:
    engine = engine_of([make_row(0, MONDAY), make_row(1, MONDAY + HOUR)])
    query = make_query(
        filter=condition("date_processed", ">", MONDAY),
        columns=columns("date_processed"),
        sort=(Sort(FIELD["date_processed"], descending=True),),
        aggregations=(aggregation("histogram", "date_processed", interval="1h"),),
    )

    result = engine.search(query, PUBLIC)

    assert result.hits == [{"date_processed": MONDAY + HOUR}]
    assert terms(result) == [(MONDAY + HOUR, 1)]


# Hits


def test_hits_have_every_column_that_was_requested(engine_of: EngineOf) -> None:
    values = {
        "signature": "ß 🔥",
        "addons": ["b:1", "a:1", "b:1"],
        "uptime": LARGEST,
        "safe_mode": False,
        "client_crash_date": MONDAY - DAY,
        "email": "someone@example.org",
    }
    engine = engine_of([make_row(0, **values), make_row(1, MONDAY + MICROSECOND)])
    names = ("crash_id", "submitted_timestamp", "throttle_rate", *values, "phc_kind")

    hits = engine.search(make_query(columns=columns(*names)), PROTECTED).hits

    nothing = dict.fromkeys(names)
    assert list(hits) == [
        nothing | make_row(0, **values),
        nothing | make_row(1, MONDAY + MICROSECOND),
    ]


def in_order(engine: Engine, *sort: Sort) -> list[int]:
    query = make_query(columns=columns("crash_id"), sort=sort)
    return [int(hit["crash_id"].split("-")[-1][:6]) for hit in engine.search(query, PUBLIC).hits]


def test_order_is_by_value_then_crash_id_and_without_a_value_last(engine_of: EngineOf) -> None:
    cases: list[tuple[str, Sequence[Any], list[int], list[int]]] = [
        ("signature", ("b", None, "B", "ß", "", "🔥"), [4, 2, 0, 3, 5, 1], [5, 3, 0, 2, 4, 1]),
        ("uptime", (1, None, 2**62, -1, 1, 0), [3, 5, 0, 4, 2, 1], [2, 0, 4, 5, 3, 1]),
        ("install_age", (1, None, -(2**62), 1, None, 0), [2, 5, 0, 3, 1, 4], [0, 3, 5, 2, 1, 4]),
        ("safe_mode", (True, None, False, True, None, False),
            [2, 5, 0, 3, 1, 4], [0, 3, 2, 5, 1, 4]),
        ("client_crash_date", (MONDAY, None, MONDAY - DAY, None, MONDAY, MONDAY + MICROSECOND),
            [2, 0, 4, 5, 1, 3], [5, 0, 4, 2, 1, 3]),
    ]  # fmt: skip
    engine = engine_of(
        [make_row(n, **{name: values[n] for name, values, *_ in cases}) for n in range(6)]
    )

    assert in_order(engine) == [0, 1, 2, 3, 4, 5]
    for name, _, ascending, descending in cases:
        assert (name, in_order(engine, Sort(FIELD[name]))) == (name, ascending)
        assert (name, in_order(engine, Sort(FIELD[name], descending=True))) == (name, descending)


SORTS = [
    (),
    (Sort(FIELD["signature"]),),
    (Sort(FIELD["signature"], descending=True), Sort(FIELD["uptime"])),
    (Sort(FIELD["uptime"], descending=True), Sort(FIELD["submitted_timestamp"])),
    (Sort(FIELD["safe_mode"]),),
]


def test_pages_by_cursor_and_by_offset_hold_every_crash_once(engine_of: EngineOf) -> None:
    engine = engine_of(
        [
            make_row(
                number,
                MONDAY + number // 3 * MICROSECOND,
                **({"signature": f"s{number % 3}"} if number % 4 else {}),
                **({"uptime": number % 2} if number % 5 else {}),
                **({"safe_mode": number % 2 == 0} if number % 3 else {}),
            )
            for number in range(23)
        ]
    )
    for sort in SORTS:
        query = make_query(sort=sort, columns=columns("crash_id"), number=100)
        every_hit = list(engine.search(query, PUBLIC).hits)

        by_cursor, after = [], None
        for _ in range(5):
            page = engine.search(replace(query, number=5, after=after), PUBLIC)
            assert page.total == 23
            by_cursor.extend(page.hits)
            after = page.cursor
        pages = [
            engine.search(replace(query, number=5, offset=offset), PUBLIC).hits
            for offset in range(0, 25, 5)
        ]

        assert len(every_hit) == 23
        assert by_cursor == [hit for hits in pages for hit in hits] == every_hit
        assert after is None


def test_there_is_no_cursor_after_the_last_hit(engine_of: EngineOf) -> None:
    engine = engine_of(make_rows("uptime", 1, 2, 3))

    cursors = [engine.search(make_query(number=n), PUBLIC).cursor for n in (0, 2, 3, 4)]
    beyond = engine.search(make_query(offset=1_000_000, columns=columns("uptime")), PUBLIC)

    assert [cursor is None for cursor in cursors] == [True, False, True, True]
    assert (beyond.total, list(beyond.hits), beyond.cursor) == (3, [], None)


# Counts


def test_terms_come_most_crashes_first_then_by_term(engine_of: EngineOf) -> None:
    engine = engine_of(make_rows("signature", "b", "ß", "a", "b", "B", None, "", "🔥"))

    def counts(size: int) -> list[tuple[Any, int]]:
        query = make_query(aggregations=(aggregation("terms", "signature", size=size),))
        return terms(engine.search(query, PUBLIC))

    every_term = [("b", 2), ("", 1), ("B", 1), ("a", 1), ("ß", 1), ("🔥", 1)]
    assert counts(10) == every_term
    assert counts(3) == every_term[:3]
    assert counts(1) == every_term[:1]


def test_terms_and_cardinality_of_every_type(engine_of: EngineOf) -> None:
    cases: list[tuple[str, Sequence[Any], list[tuple[Any, int]]]] = [
        ("uptime", (LARGEST, -1, LARGEST, None), [(LARGEST, 2), (-1, 1)]),
        ("safe_mode", (False, True, None, True), [(True, 2), (False, 1)]),
        ("startup_crash", (False, True, None, None), [(False, 1), (True, 1)]),
        ("completed_datetime", (MONDAY + HOUR, None, None, None), [(MONDAY + HOUR, 1)]),
        ("addons", (["a", "a", "b"], ["a"], [], None), [("a", 2), ("b", 1)]),
        ("app_notes", ("Two words", None, None, None), [("Two words", 1)]),
        ("processor_notes", (["Two words", ""], None, None, None), [("", 1), ("Two words", 1)]),
        ("phc_kind", (None, None, None, None), []),
    ]
    engine = engine_of(
        [make_row(n, **{name: values[n] for name, values, _ in cases}) for n in range(4)]
    )
    by_value = [aggregation("terms", name, key=name) for name, *_ in cases]
    different = [aggregation("cardinality", name, key=f"{name} different") for name, *_ in cases]

    result = engine.search(make_query(aggregations=(*by_value, *different)), PUBLIC)

    for name, _, counts in cases:
        assert terms(result, name) == counts
        assert [type(value) for value, _ in terms(result, name)] == [type(v) for v, _ in counts]
        assert result.counts[f"{name} different"] == len(counts)


EDGES = (
    MONDAY - MICROSECOND,
    MONDAY,
    MONDAY + HOUR - MICROSECOND,
    MONDAY + HOUR,
    MONDAY + 7 * HOUR,
)


DATE_CASES: list[tuple[str, list[tuple[datetime, int]]]] = [
    ("1m", [(MONDAY - timedelta(minutes=1), 1), (MONDAY, 1),
            (MONDAY + timedelta(minutes=59), 1), (MONDAY + HOUR, 1), (MONDAY + 7 * HOUR, 1)]),
    ("1h", [(MONDAY - HOUR, 1), (MONDAY, 2), (MONDAY + HOUR, 1), (MONDAY + 7 * HOUR, 1)]),
    ("6h", [(MONDAY - 6 * HOUR, 1), (MONDAY, 3), (MONDAY + 6 * HOUR, 1)]),
    ("7h", [(MONDAY - 5 * HOUR, 4), (MONDAY + 2 * HOUR, 1)]),
    ("1d", [(MONDAY - DAY, 1), (MONDAY, 4)]),
    ("3d", [(MONDAY - 2 * DAY, 5)]),
    ("1w", [(MONDAY - WEEK, 1), (MONDAY, 4)]),
    ("2w", [(MONDAY - 2 * WEEK, 1), (MONDAY, 4)]),
]  # fmt: skip


def test_intervals_of_dates_begin_where_calendars_say(engine_of: EngineOf) -> None:
    engine = engine_of([make_row(number, when) for number, when in enumerate(EDGES)])

    for interval, counts in DATE_CASES:
        by_time = aggregation("histogram", "submitted_timestamp", interval=interval)
        query = Query(MONDAY - WEEK, MONDAY + WEEK, aggregations=(by_time,))
        assert (interval, terms(engine.search(query, PUBLIC))) == (interval, counts)


def test_intervals_of_numbers_begin_at_their_multiples(engine_of: EngineOf) -> None:
    engine = engine_of(make_rows("install_age", 0, 9, 10, -1, -10, 14, None))
    cases: list[tuple[float, list[tuple[float, int]]]] = [
        (10, [(-10, 2), (0, 2), (10, 2)]),
        (7.5, [(-15, 1), (-7.5, 1), (0, 1), (7.5, 3)]),
        (10**6, [(-(10**6), 2), (0, 4)]),
    ]

    for interval, counts in cases:
        by_age = aggregation("histogram", "install_age", interval=interval)
        result = engine.search(make_query(aggregations=(by_age,)), PUBLIC)
        assert (interval, terms(result)) == (interval, counts)


def test_counts_within_counts_two_deep(engine_of: EngineOf) -> None:
    rows = [
        make_row(0, product="P", addons=["a", "b"], uptime=1),
        make_row(1, product="P", addons=["a"], uptime=2, throttle_rate=0.5),
        make_row(2, product="P"),
        make_row(3, product="Q", addons=["b"], uptime=1),
        make_row(4, addons=["c"], uptime=9),
    ]
    different = aggregation("cardinality", "uptime", key="different")
    by_addon = aggregation("terms", "addons", key="addon", inner=(different,))
    by_day = aggregation("histogram", "submitted_timestamp", key="day", interval="1d")
    by_product = aggregation("terms", "product", inner=(by_addon, by_day))

    result = engine_of(rows).search(make_query(aggregations=(by_product, different)), PUBLIC)

    assert result.counts == {
        "count": [
            Term("P", 3, 4.0, {
                "addon": [Term("a", 2, 3.0, {"different": 2}), Term("b", 1, 1.0, {"different": 1})],
                "day": [Term(MONDAY, 3, 4.0)],
            }),
            Term("Q", 1, 1.0, {
                "addon": [Term("b", 1, 1.0, {"different": 1})],
                "day": [Term(MONDAY, 1, 1.0)],
            }),
        ],
        "different": 3,
    }  # fmt: skip


def test_counts_are_of_what_matches_not_of_the_page(engine_of: EngineOf) -> None:
    engine = engine_of(make_rows("uptime", 1, 1, 2, 3))
    query = make_query(
        filter=condition("uptime", "<", 3),
        number=1,
        offset=1,
        aggregations=(aggregation("terms", "uptime"),),
    )

    result = engine.search(query, PUBLIC)

    assert (result.total, len(result.hits), terms(result)) == (3, 1, [(1, 2), (2, 1)])


def test_nothing_is_counted_where_nothing_matches(engine_of: EngineOf) -> None:
    counts = (
        aggregation("terms", "product", key="terms"),
        aggregation("histogram", "submitted_timestamp", key="histogram", interval="1d"),
        aggregation("cardinality", "product", key="cardinality"),
    )
    query = make_query(filter=Either(()), aggregations=counts)

    result = engine_of(make_rows("product", "P")).search(query, PUBLIC)

    assert (result.total, result.estimated, list(result.hits)) == (0, 0, [])
    assert {name: counted or 0 for name, counted in result.counts.items()} == {
        "terms": 0,
        "histogram": 0,
        "cardinality": 0,
    }


# Permission

EMAIL = FIELD["email"]
IS_SOMEONE = Condition(EMAIL, "~", "some")


TOUCHING_EMAIL = [
    make_query(columns=(EMAIL,)),
    make_query(sort=(Sort(EMAIL),)),
    make_query(filter=IS_SOMEONE),
    make_query(filter=Not(Either((All(), All((IS_SOMEONE,)))))),
    make_query(filter=Condition(EMAIL, "null", None)),
    make_query(aggregations=(aggregation("terms", "email"),)),
    make_query(aggregations=(aggregation("cardinality", "email"),)),
    make_query(
        aggregations=(aggregation("terms", "product", inner=(aggregation("terms", "email"),)),)
    ),
]


def test_a_protected_field_needs_the_permission(engine_of: EngineOf) -> None:
    engine = engine_of([make_row(0, product="P", email="someone@example.org")])

    for query in TOUCHING_EMAIL:
        with pytest.raises(PermissionError, match="email") as error:
            engine.search(query, PUBLIC)
        assert "someone" not in str(error.value)
        engine.search(query, PROTECTED)


def test_protected_fields_are_searched_like_any_other(engine_of: EngineOf) -> None:
    engine = engine_of(make_rows("email", "a@example.org", None, "B@example.org", "a@example.org"))
    query = make_query(
        filter=condition("email", "$", "EXAMPLE.org"),
        columns=(EMAIL,),
        sort=(Sort(EMAIL, descending=True),),
        aggregations=(aggregation("terms", "email"),),
    )

    result = engine.search(query, PROTECTED)

    assert [hit["email"][0] for hit in result.hits] == ["a", "a", "B"]
    assert terms(result) == [("a@example.org", 2), ("B@example.org", 1)]


# Limits


def test_more_hits_than_the_most_are_refused_rather_than_cut(engine_of: EngineOf) -> None:
    engine = engine_of([make_row()])

    assert len(engine.search(make_query(number=10_000), PUBLIC).hits) == 1
    with pytest.raises(TooSlow, match="At most 10000 hits are returned at a time"):
        engine.search(make_query(number=10_001), PUBLIC)


# Life


def test_searches_run_side_by_side(engine_of: EngineOf) -> None:
    engine = engine_of(make_rows("uptime", *range(50)))

    def total(below: int) -> int:
        return engine.search(make_query(filter=condition("uptime", "<", below)), PUBLIC).total

    with ThreadPoolExecutor(2) as threads:
        totals = list(threads.map(total, range(20)))

    engine.check()
    assert totals == list(range(20))
