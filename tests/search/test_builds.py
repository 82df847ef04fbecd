"""Ranges of build ids, which engines see as regular expressions."""

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socorro.search.builds import build_range
from socorro.search.catalog import catalog
from socorro.search.interface import All, Condition, Permitted
from socorro.search.parameters import parse
from socorro.search.regex import parse_regex, to_python

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
BUILD = st.one_of(
    st.integers(10**13, 10**14 - 2).map(str),
    st.sampled_from(["20261101000000", "20261101235959", "10000000000000", "19999999999999"]),
)


def matches(symbol: str, text: str, build: str) -> bool:
    return bool(re.search(to_python(parse_regex(build_range(symbol, text))), build))


@given(st.sampled_from(sorted(COMPARISONS)), BUILD, BUILD)
def test_builds_are_compared_like_numbers(symbol: str, edge: str, build: str) -> None:
    assert matches(symbol, edge, build) == COMPARISONS[symbol](build, edge)


@pytest.mark.parametrize(("symbol", "edge"), [(">", "9" * 14), ("<", "0" * 14)])
def test_a_range_that_can_have_no_build_is_refused(symbol: str, edge: str) -> None:
    with pytest.raises(ValueError, match=f"No build id is {symbol} {edge}"):
        build_range(symbol, edge)


@pytest.mark.parametrize(
    ("symbol", "first", "second"),
    [(">=", False, True), (">", False, False), ("<", True, False), ("<=", True, True)],
)
def test_the_beginning_of_an_id_is_all_builds_of_that_time(
    symbol: str, first: bool, second: bool
) -> None:
    assert matches(symbol, "20261101", "20261031235959") == first
    for build in ("20261101000000", "20261101235959"):
        assert matches(symbol, "20261101", build) == second


@pytest.mark.parametrize("build", ["", "2026110100000", "202611010000000", "2026110100000x", "é"])
def test_what_is_no_build_id_is_in_no_range(build: str) -> None:
    assert not any(matches(symbol, "2026", build) for symbol in COMPARISONS)


@pytest.mark.parametrize("text", ["", "202", "159.0", "2" * 15, "20261101T00", "²⁰²⁶"])
def test_a_range_needs_a_build_id(text: str) -> None:
    with pytest.raises(ValueError, match="is no build id: write YYYYMMDDhhmmss"):
        build_range(">=", text)


def test_ranges_of_builds_must_all_hold() -> None:
    pairs = [("build_id", ">=20261101"), ("build_id", "<20261108000000"), ("build_id", "!x")]

    filter_ = parse(pairs, datetime(2026, 11, 30, tzinfo=UTC), Permitted()).query.filter

    build = catalog()["build"]
    assert isinstance(filter_, All)
    assert filter_.filters[:2] == (
        Condition(build, "@", build_range(">=", "20261101")),
        Condition(build, "@", build_range("<", "20261108000000")),
    )
    assert len(filter_.filters) == 3
