"""Every engine gives the answers of plain Python to any query over the same 20,000 crashes.

`make test-search` tries many more queries, other ones each time.
"""

import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socorro.search.interface import Aggregation, Condition, Engine, Permitted, Query, Result, Term
from tests.search.generated import crashes
from tests.search.reference import Reference
from tests.search.rows import HOUR, MONDAY, columns
from tests.search.strategies import OPERATORS, TEXTS, fields, queries, values_for

TIMES = int(os.environ.get("SEARCH_EXAMPLES", "1"))  # as many examples as in CI
FEW, MANY = (
    settings(
        max_examples=count * TIMES,
        derandomize=TIMES == 1,
        suppress_health_check=[HealthCheck.too_slow],
    )
    for count in (3, 40)
)
PROTECTED = Permitted(protected=True)
KINDS = [
    (type_, is_list, operator)
    for type_, operators in OPERATORS.items()
    for is_list in ((False, True) if type_ in TEXTS else (False,))
    for operator in operators
]
ONE_PERCENT = 0.01

Counts = Mapping[str, Sequence[Term] | int]


@cache
def expected(query: Query) -> Result:
    """What plain Python answers; each engine is asked the same."""
    return reference().search(query, PROTECTED)


@cache
def reference() -> Reference:
    return Reference(crashes())


@pytest.mark.parametrize(("type_", "is_list", "operator"), KINDS)
@FEW
@given(data=st.data())
def test_every_operator_of_every_type(
    engine: Engine, type_: str, is_list: bool, operator: Any, data: st.DataObject
) -> None:
    like = [field for field in fields() if (field.type, field.is_list) == (type_, is_list)]
    field = data.draw(st.sampled_from(like))
    query = Query(
        MONDAY - 3 * HOUR,
        MONDAY + 3 * HOUR,
        filter=Condition(field, operator, data.draw(values_for(field, operator))),
        columns=(*columns("crash_id"), field),
        number=10,
        aggregations=(Aggregation("terms", "values", field, size=20),),
    )

    assert_equal(engine.search(query, PROTECTED), expected(query), query)


@MANY
@given(queries())
def test_any_query(engine: Engine, query: Query) -> None:
    assert_equal(engine.search(query, PROTECTED), expected(query), query)


def assert_equal(answer: Result, correct: Result, query: Query) -> None:
    codes = {problem.code for problem in answer.problems}
    assert codes <= {"approximate"}
    assert answer.total == correct.total
    assert answer.estimated == pytest.approx(correct.estimated)
    assert list(answer.hits) == list(correct.hits)
    assert (answer.cursor is None) == (correct.cursor is None)
    bound = ONE_PERCENT if codes else 0
    assert_equal_counts(answer.counts, correct.counts, query.aggregations, bound)


def assert_equal_counts(
    answer: Counts, expected_counts: Counts, aggregations: Sequence[Aggregation], bound: float
) -> None:
    """Only how many different values there are may be approximate."""
    assert answer.keys() == expected_counts.keys()
    for aggregation in aggregations:
        counted, correct = answer[aggregation.name], expected_counts[aggregation.name]
        if isinstance(correct, int) or isinstance(counted, int):
            assert counted == pytest.approx(correct, rel=bound, abs=0)
            continue
        assert [(term.value, term.count) for term in counted] == [
            (term.value, term.count) for term in correct
        ]
        assert [term.estimated for term in counted] == pytest.approx(
            [term.estimated for term in correct]
        )
        for term, correct_term in zip(counted, correct, strict=True):
            assert_equal_counts(term.inner, correct_term.inner, aggregation.inner, bound)
