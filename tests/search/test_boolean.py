"""The boolean expressions of q=: what they mean, where they are refused, and that they print."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socorro.search.boolean import parse_expression, print_expression
from socorro.search.catalog import catalog
from socorro.search.interface import All, Condition, Either, Filter, Not
from socorro.search.names import ALIASES, RANGES, Fields, bare_operator, operators_of

FIELDS = catalog()


def read(text: str) -> Filter:
    return parse_expression(text, Fields(FIELDS))


def condition(name: str, operator: str, value: object) -> Condition:
    return Condition(FIELDS[name], operator, value)  # type: ignore[arg-type]


FIREFOX = condition("product", "=", "Firefox")
OOM = condition("signature", "~", "OOM")
STACK = condition("reason", "^", "EXCEPTION_STACK")


@pytest.mark.parametrize(
    ("text", "filter_"),
    [
        ("product:Firefox", FIREFOX),
        ("  ( ( product:=Firefox ) ) ", FIREFOX),
        (
            "(product:=Firefox AND NOT signature:~OOM) OR reason:^EXCEPTION_STACK",
            Either((All((FIREFOX, Not(OOM))), STACK)),
        ),
        ("product:Firefox and signature:!~OOM", All((FIREFOX, Not(OOM)))),
        (
            "reason:^EXCEPTION_STACK OR signature:~OOM AND product:Firefox",
            Either((STACK, All((OOM, FIREFOX)))),
        ),
        ("not (product:Firefox or signature:~OOM)", Not(Either((FIREFOX, OOM)))),
        ("NOT NOT product:Firefox", Not(Not(FIREFOX))),
        ('signature:="OOM | small"', condition("signature", "=", "OOM | small")),
        ('signature:!"OOM | small"', Not(condition("signature", "words", "OOM | small"))),
        (r'signature:"a \"b\" \\ (c)"', condition("signature", "words", r'a "b" \ (c)')),
        ('signature:"__null__"', condition("signature", "words", "__null__")),
        ('signature:"~OOM"', condition("signature", "words", "~OOM")),
        ('signature:=""', condition("signature", "=", "")),
        ("signature:__null__", condition("signature", "null", None)),
        ("signature:!__null__", Not(condition("signature", "null", None))),
        ("startup_crash:__true__", condition("startup_crash", "=", True)),
        ("uptime:>=60", condition("uptime", ">=", 60)),
        ('uptime:<"60"', condition("uptime", "<", 60)),
        ("platform:Linux", condition("os_name", "=", "Linux")),
        ("signature:std::vector<T>::at", condition("signature", "words", "std::vector<T>::at")),
        ("signature:$::at(int)", "Column 16: AND or OR must come before '(' (a value with"),
    ],
)
def test_an_expression_means(text: str, filter_: Filter | str) -> None:
    if isinstance(filter_, str):
        with pytest.raises(ValueError) as caught:
            read(text)
        assert str(caught.value).startswith(filter_)
    else:
        assert read(text) == filter_


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Column 1: a condition like field:value must come before the end."),
        ("product:Firefox AND", "Column 20: a condition like field:value must come before the"),
        ("AND product:Firefox", "Column 1: a condition like field:value must come before 'AND'."),
        ("product:Firefox product:Fenix", "Column 17: AND or OR must come before 'product:Fen"),
        ("product:Firefox (product:Fenix)", "Column 17: AND or OR must come before '('"),
        ("product:Firefox NOT product:x", "Column 17: AND or OR must come before 'NOT'"),
        ("(product:Firefox", "Column 1: this ( is not closed."),
        ("product:Firefox)", "Column 16: this ) closes nothing."),
        ("()", "Column 2: a condition like field:value must come before ')'."),
        ("OOM", "Column 1: 'OOM' is no condition: write field:value, and a value with spaces in"),
        ("signature:OOM small", "Column 15: 'small' is no condition: write field:value"),
        ('signature:="OOM', "Column 12: this quote is not closed."),
        ('"OOM"', "Column 1: a quote begins only behind field: or its operator, and must be"),
        ("http://x", "Column 1: There is no field 'http'."),
        (":x", "Column 1: a condition is written field:value."),
        ("product:", "Column 1: product has no value: write == for the empty text, __null__ for"),
        ("produkt:x", "Column 1: There is no field 'produkt'. Nearest: product"),
        ("product:>5", "Column 1: product does not take '>'."),
        ("product:x OR signature:@a{", "Column 14: Regular expression, column 2: nothing before"),
        ("product:\0", "The text contains NUL"),
        ("product:\ud800", "The text contains half a character"),
        ("date:2026-11-29T10:00", "Column 1: A time needs an operator"),
    ],
)
def test_an_error_names_the_column(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        read(text)

    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    "deep", [lambda n: "(" * n + "product:x" + ")" * n, lambda n: "NOT " * n + "product:x"]
)
def test_an_expression_may_be_ten_deep(deep: Callable[[int], str]) -> None:
    assert read(deep(10))
    for levels in (11, 20_000):
        with pytest.raises(ValueError, match=r"Column .*: more than 10 parentheses and NOTs"):
            read(deep(levels))


def test_an_expression_may_have_two_hundred_conditions() -> None:
    assert read(" OR ".join(["product:x"] * 200))
    with pytest.raises(ValueError, match=r"Column .*: more than 200 conditions"):
        read(" OR ".join(["product:x"] * 201))


@pytest.mark.parametrize("text", ['a:"', 'a:"\\', "product:x OR ", "(", "a" * 9, ' "', "!", "::"])
def test_long_nonsense_is_refused_quickly(text: str) -> None:
    started = time.process_time()

    with pytest.raises(ValueError):
        read(text * (50_000 // len(text)))

    assert time.process_time() - started < 0.5


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
MOMENTS = st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
NUMBERS: dict[str, st.SearchStrategy[object]] = {
    "integer": st.integers(-(2**63), 2**63 - 1),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "date": MOMENTS,
}


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    field = draw(st.sampled_from(sorted(FIELDS[name] for name in FIELDS if name not in ALIASES)))
    unprintable = {"@", *(RANGES if field.type == "keyword" else ())}  # of builds
    operator = draw(st.sampled_from([op for op in operators_of(field) if op not in unprintable]))
    if operator == "null":
        return Condition(field, operator, None)
    value = draw(NUMBERS.get(field.type, TEXTS))
    if field.name == "crash_id" and operator == "=":
        value = draw(st.uuids().map(str))
    if value == "":
        operator = "="
    return Condition(field, operator, value)  # type: ignore[arg-type]


FILTERS = st.recursive(
    conditions(),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda filters: All(tuple(filters))),
        st.lists(inner, min_size=2, max_size=3).map(lambda filters: Either(tuple(filters))),
    ),
    max_leaves=8,
)


@given(FILTERS)
def test_a_printed_filter_reads_as_itself(filter_: Filter) -> None:
    assert read(print_expression(filter_)) == filter_


@given(st.lists(st.sampled_from([*'(): "\\!=~^$@<>', " AND ", " OR ", "NOT ", "product:x", "é"])))
def test_any_text_is_read_or_refused_with_a_sentence(tokens: list[str]) -> None:
    try:
        filter_ = read("".join(tokens))
    except ValueError as error:
        text = str(error)
    else:
        text = "Column"
        assert read(print_expression(filter_)) == filter_

    assert text.startswith("Column")


def test_words_cannot_be_printed_where_a_bare_value_means_equal() -> None:
    assert bare_operator(FIELDS["product"]) == "="
    with pytest.raises(ValueError, match="product is not searched by words"):
        print_expression(condition("product", "words", "Firefox"))
