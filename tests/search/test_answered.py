"""Whatever the grammar reads, every engine answers; and the answer is a document."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socorro.search.document import query_document, result_csv, result_document
from socorro.search.errors import InvalidSearch
from socorro.search.interface import Engine, Permitted, SearchField
from socorro.search.parameters import parse
from tests.search.conftest import EngineOf
from tests.search.generated import crashes
from tests.search.reference import Reference
from tests.search.rows import MONDAY
from tests.search.strategies import fields

CRASHES = 300
PROTECTED = Permitted(protected=True)
NOW = MONDAY + timedelta(days=7)
SYMBOLS = ["", "", "=", "~", "^", "$", "@", ">", ">=", "<", "<=", "!", "!=", "!~", "!>="]
SPECIAL = ["__null__", "!__null__", "__true__", "!__true__"]
FIELDS = st.sampled_from(sorted(fields()))
NAMES = FIELDS.map(lambda field: field.name)


def text_of(value: Any) -> str:
    return " ".join(map(str, value))[:60] if isinstance(value, list) else str(value)[:60]


@st.composite
def filters(draw: st.DrawFn) -> tuple[str, str]:
    field: SearchField = draw(FIELDS)
    rows = st.sampled_from(crashes()[:CRASHES])
    value = text_of(draw(rows).get(field.name, "x"))
    if draw(st.integers(0, 5)) == 0:
        return field.name, draw(st.sampled_from(SPECIAL))
    return field.name, draw(st.sampled_from(SYMBOLS)) + value


@st.composite
def pairs(draw: st.DrawFn) -> list[tuple[str, str]]:
    counts = st.one_of(
        st.tuples(st.just("_facets"), NAMES),
        st.tuples(st.just("_facets"), NAMES.map("_cardinality.{}".format)),
        st.tuples(NAMES.map("_aggs.{}".format), NAMES),
        st.tuples(NAMES.map("_histogram.{}".format), NAMES),
    )
    shown = st.one_of(
        st.tuples(st.just("_columns"), NAMES),
        st.tuples(st.just("_sort"), st.one_of(NAMES, NAMES.map("-{}".format))),
    )
    return [
        *draw(st.lists(filters(), max_size=2)),
        *draw(st.lists(counts, max_size=2)),
        *draw(st.lists(shown, max_size=2)),
        ("_results_number", draw(st.sampled_from(["0", "3"]))),
        ("_facets_size", draw(st.sampled_from(["0", "1", "5"]))),
    ]


def errors_of(search: list[tuple[str, str]]) -> set[str]:
    try:
        parse(search, NOW, PROTECTED)
    except InvalidSearch as error:
        return set(error.errors)
    return set()


@pytest.fixture
def engine(engine_of: EngineOf) -> Engine:
    return engine_of(crashes()[:CRASHES])


@settings(max_examples=25, derandomize=True, suppress_health_check=list(HealthCheck))
@given(pairs())
def test_what_is_read_is_answered(engine: Engine, search: list[tuple[str, str]]) -> None:
    wrong = errors_of(search)
    request = parse([pair for pair in search if pair[0] not in wrong], NOW, PROTECTED)

    result = engine.search(request.query, PROTECTED)

    json.dumps(result_document(request, result), allow_nan=False)
    json.dumps(query_document(request), allow_nan=False)
    if request.query.number or len(request.query.aggregations) == 1:
        result_csv(request, result)
    assert result.total == Reference(crashes()[:CRASHES]).search(request.query, PROTECTED).total
