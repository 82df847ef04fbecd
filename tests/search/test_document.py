"""The documents of SuperSearch: the shapes that clients read, as JSON and as CSV."""

import csv
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from socorro.search.boolean import parse_expression
from socorro.search.catalog import catalog
from socorro.search.document import (
    fields_document,
    query_document,
    result_csv,
    result_document,
)
from socorro.search.errors import InvalidSearch
from socorro.search.interface import Permitted, Problem, Result, Term
from socorro.search.names import Fields
from socorro.search.parameters import Request, parse

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 26, tzinfo=UTC)
NO_HITS = ("_results_number", "0")


def request(*pairs: tuple[str, str]) -> Request:
    return parse(pairs, NOW, Permitted(protected=True))


def facets(*pairs: tuple[str, str], **counts: Any) -> Any:
    result = Result(16, 16.0, counts=counts)
    return result_document(request(*pairs, NO_HITS), result)["facets"]


def hit(**values: Any) -> Mapping[str, Any]:
    return {name: values.get(name) for name in catalog()}


def term(value: Any, count: int, estimated: float | None = None, **inner: Any) -> Term:
    return Term(value, count, count if estimated is None else estimated, inner)


def test_every_hit_has_every_column_under_the_name_that_was_requested() -> None:
    crash = hit(
        crash_id="0a1b", submitted_timestamp=MIDNIGHT.astimezone(timezone(timedelta(hours=2)))
    )
    names = ("uuid", "crash_id", "date", "signature", "addons")

    document = result_document(
        request(("_facets", ""), *(("_columns", name) for name in names)),
        Result(1, 1.0, [crash]),
    )

    assert document["hits"] == [
        {
            "uuid": "0a1b",
            "crash_id": "0a1b",
            "date": "2026-11-26T00:00:00+00:00",
            "signature": None,
            "addons": None,
        }
    ]


def test_an_answer_without_anything_has_all_its_keys() -> None:
    document = result_document(request(NO_HITS, ("_facets_size", "0")), Result(0, 0.0))

    assert document == {"hits": [], "total": 0, "facets": {}, "errors": [], "estimated": 0}


def test_facets_are_terms_with_counts_and_estimates_where_they_differ() -> None:
    counts = [term("Firefox", 1000, 10000.04), term("Fenix", 16, 40.25), term("", 1)]

    assert facets(("_facets", "product"), product=counts) == {
        "product": [
            {"term": "Firefox", "count": 1000, "estimated": 10000},
            {"term": "Fenix", "count": 16, "estimated": 40.2},
            {"term": "", "count": 1},
        ]
    }


def test_a_cardinality_is_a_value() -> None:
    document = facets(("_facets", "_cardinality.build_id"), cardinality_build_id=5)

    assert document == {"cardinality_build_id": {"value": 5}}


def test_aggregations_nest_two_deep() -> None:
    document = facets(
        ("_aggs.product.version", "_cardinality.install_time"),
        product=[
            term("Firefox", 5, version=[term("159.0", 4, cardinality_install_time=3)]),
            term("Fenix", 1, version=[]),
        ],
    )

    version = {"term": "159.0", "count": 4, "facets": {"cardinality_install_time": {"value": 3}}}
    assert document["product"] == [
        {"term": "Firefox", "count": 5, "facets": {"version": [version]}},
        {"term": "Fenix", "count": 1, "facets": {"version": []}},
    ]


def test_intervals_have_iso_terms_and_always_facets() -> None:
    document = facets(
        ("_histogram.date", "product"),
        ("_facets", "_histogram.uptime"),
        histogram_date=[term(MIDNIGHT, 16, product=[term("Firefox", 16)])],
        histogram_uptime=[term(60.0, 16)],
    )

    assert document == {
        "histogram_date": [
            {
                "term": "2026-11-26T00:00:00+00:00",
                "count": 16,
                "facets": {"product": [{"term": "Firefox", "count": 16}]},
            }
        ],
        "histogram_uptime": [{"term": 60.0, "count": 16, "facets": {}}],
    }


def test_errors_say_which_hours_are_missing() -> None:
    missing = Problem("missing_hour", "No segment yet.", MIDNIGHT, MIDNIGHT + timedelta(hours=1))
    result = Result(0, 0.0, problems=[missing, Problem("approximate", "Counts are rounded.")])

    errors = result_document(request(NO_HITS, ("_facets", "")), result)["errors"]

    assert errors == [
        {
            "code": "missing_hour",
            "text": "No segment yet.",
            "start": "2026-11-26T00:00:00+00:00",
            "end": "2026-11-26T01:00:00+00:00",
        },
        {"code": "approximate", "text": "Counts are rounded."},
    ]


def test_the_cursor_of_an_answer_continues_its_search() -> None:
    result = Result(2, 2.0, cursor=(MIDNIGHT, "0a1b"))
    first = request(("_facets", ""))

    following = request(("_facets", ""), ("_next", result_document(first, result)["_next"]))

    assert following.query.after == (MIDNIGHT, "0a1b")


def rows_of(text: bytes) -> list[list[str]]:
    assert text.decode().endswith("\r\n")
    return list(csv.reader(io.StringIO(text.decode(), newline="")))


def test_hits_as_csv() -> None:
    columns = (("_columns", name) for name in ("date", "signature", "addons", "uptime", "email"))
    crash = hit(submitted_timestamp=MIDNIGHT, signature="=cmd|\n", addons=["a", "b"], uptime=-5)

    text = result_csv(request(*columns, ("format", "csv")), Result(1, 1.0, [crash]))

    assert rows_of(text) == [
        ["date", "signature", "addons", "uptime", "email"],
        ["2026-11-26T00:00:00+00:00", "'=cmd|␊", "a b", "-5", ""],
    ]


def test_a_facet_as_csv_has_a_line_for_each_term_of_the_innermost() -> None:
    pairs = (("_aggs.product.startup_crash", "_cardinality.build"), NO_HITS, ("format", "csv"))
    inner = [term(True, 4, 40.0, cardinality_build=3), term(False, 1, cardinality_build=1)]
    result = Result(5, 5.0, counts={"product": [term("Firefox", 5, startup_crash=inner)]})

    assert rows_of(result_csv(request(*pairs), result)) == [
        ["product", "startup_crash", "count", "estimated", "cardinality_build"],
        ["Firefox", "true", "4", "40", "3"],
        ["Firefox", "false", "1", "1", "1"],
    ]


def test_a_cardinality_as_csv() -> None:
    pairs = (("_facets", "_cardinality.build"), NO_HITS, ("format", "csv"))
    result = Result(5, 5.0, counts={"cardinality_build": 5})

    assert rows_of(result_csv(request(*pairs), result)) == [["cardinality_build"], ["5"]]


@pytest.mark.parametrize(
    "pairs",
    [
        [("_facets", "")],
        [("_facets", "product"), ("_facets", "version")],
        [("_aggs.product", "version"), ("_aggs.product", "build")],
        [("_aggs.product.version", "build"), ("_aggs.product.version", "reason")],
    ],
)
def test_csv_is_one_list(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidSearch, match="CSV"):
        request(*pairs, NO_HITS, ("format", "csv"))


def test_a_query_can_be_returned_in_words_that_read_as_itself() -> None:
    search = request(
        ("product", "Firefox"),
        ("product", "Fenix"),
        ("signature", "!~OOM"),
        ("q", "uptime:<60 OR reason:^EXC"),
        ("_histogram.date", "product"),
    )

    query = query_document(search)["query"]

    json.dumps(query)
    assert parse_expression(query["q"], Fields(catalog())) == search.query.filter
    assert query == {
        "start": "2026-11-23T12:00:00+00:00",
        "end": "2026-11-30T12:00:00+00:00",
        "q": (
            "(product:=Firefox OR product:=Fenix) AND NOT signature:~OOM "
            "AND (uptime:<60 OR reason:^EXC)"
        ),
        "columns": ["uuid", "date", "signature", "product", "version"],
        "sort": ["-submitted_timestamp"],
        "offset": 0,
        "number": 100,
        "aggregations": [
            {
                "kind": "histogram",
                "name": "histogram_date",
                "field": "submitted_timestamp",
                "interval": "1d",
                "inner": [{"kind": "terms", "name": "product", "field": "product", "size": 50}],
            }
        ],
    }


def test_fields_say_how_they_are_searched_and_who_may() -> None:
    fields = fields_document()

    json.dumps(fields)
    assert set(catalog()) < set(fields)
    assert fields["uuid"]["in_database_name"] == "crash_id"
    assert {name: fields["email"][name] for name in ("query_type", "permissions_needed")} == {
        "query_type": "string",
        "permissions_needed": ["view_pii"],
    }
    product = fields["product"]
    assert (product["query_type"], product["bare_value"]) == ("enum", "=")
    assert product["operators"] == ["=", "~", "^", "$", "@", "__null__", "!"]
    assert fields["uptime"]["operators"] == ["=", ">", ">=", "<", "<=", "__null__", "!"]
    assert fields["startup_crash"]["operators"] == ["=", "__null__", "__true__", "!"]
    assert fields["date"]["aliases"] == ["date", "date_processed"]
