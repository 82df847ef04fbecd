"""The parameters of SuperSearch: what each means, and what is refused with which sentence."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socorro.search.catalog import catalog
from socorro.search.cursor import write_cursor
from socorro.search.errors import InvalidSearch, ProtectedFields
from socorro.search.interface import All, Condition, Either, Filter, Not, Permitted, Sort
from socorro.search.names import ALIASES
from socorro.search.parameters import Limits, Request, parse

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PUBLIC, EVERYTHING = Permitted(), Permitted(protected=True)
FIELDS = catalog()


def read(*pairs: tuple[str, str], permitted: Permitted = PUBLIC) -> Request:
    return parse(pairs, NOW, permitted)


def where(*pairs: tuple[str, str]) -> Filter:
    return read(*pairs).query.filter


def condition(name: str, operator: str, value: object) -> Condition:
    return Condition(FIELDS[name], operator, value)  # type: ignore[arg-type]


def errors_of(*pairs: tuple[str, str], limits: Limits | None = None) -> dict[str, list[str]]:
    with pytest.raises(InvalidSearch) as caught:
        parse(pairs, NOW, EVERYTHING, limits or Limits())
    return {name: list(texts) for name, texts in caught.value.errors.items()}


def test_without_parameters_the_newest_crashes_of_seven_days_and_the_facet_signature() -> None:
    request = read()

    query = request.query
    assert (query.start, query.end, query.filter) == (NOW - 7 * DAY, NOW, All())
    assert [name for name, _ in request.columns] == [
        *("uuid", "date", "signature", "product", "version")
    ]
    assert query.columns[:2] == (FIELDS["crash_id"], FIELDS["submitted_timestamp"])
    assert query.sort == (Sort(FIELDS["submitted_timestamp"], descending=True),)
    assert (query.number, query.offset, query.after) == (100, 0, None)
    assert [(item.kind, item.name, item.size) for item in query.aggregations] == [
        ("terms", "signature", 50)
    ]
    assert (request.format, request.return_query) == ("json", False)


@pytest.mark.parametrize(
    ("name", "text", "filter_"),
    [
        ("product", "Firefox", condition("product", "=", "Firefox")),
        ("platform", "Windows NT", condition("os_name", "=", "Windows NT")),
        ("signature", "OOM small", condition("signature", "words", "OOM small")),
        ("moz_crash_reason", "MOZ_CRASH", condition("moz_crash_reason", "words", "MOZ_CRASH")),
        ("signature", "=OOM | small", condition("signature", "=", "OOM | small")),
        ("signature", "==x", condition("signature", "=", "=x")),
        ("signature", "=__null__", condition("signature", "=", "__null__")),
        ("signature", "=", condition("signature", "=", "")),
        ("signature", "~OOM", condition("signature", "~", "OOM")),
        ("signature", "^OOM", condition("signature", "^", "OOM")),
        ("signature", "$small", condition("signature", "$", "small")),
        ("signature", "@O+M", condition("signature", "@", "O+M")),
        ("signature", "!~OOM", Not(condition("signature", "~", "OOM"))),
        ("signature", "!OOM", Not(condition("signature", "words", "OOM"))),
        ("signature", "__null__", condition("signature", "null", None)),
        ("signature", "!__null__", Not(condition("signature", "null", None))),
        ("uptime", "60", condition("uptime", "=", 60)),
        ("uptime", "<60", condition("uptime", "<", 60)),
        ("uptime", ">=-9223372036854775808", condition("uptime", ">=", -(2**63))),
        ("throttle_rate", "<=.5", condition("throttle_rate", "<=", 0.5)),
        ("startup_crash", "__true__", condition("startup_crash", "=", True)),
        ("startup_crash", "!__true__", Not(condition("startup_crash", "=", True))),
        ("startup_crash", "False", condition("startup_crash", "=", False)),
        ("version", "159.0b", condition("version", "^", "159.0b")),
        ("version", "159.0b3", condition("version", "=", "159.0b3")),
        ("version", "=159.0b", condition("version", "=", "159.0b")),
        ("uuid", "bp-0A1B", condition("crash_id", "=", "0a1b")),
        (
            *("client_crash_date", ">=2026-11-01T10:00:00+02:00"),
            condition("client_crash_date", ">=", datetime(2026, 11, 1, 8, tzinfo=UTC)),
        ),
        (
            *("client_crash_date", ">2026-11-01"),
            condition("client_crash_date", ">=", datetime(2026, 11, 2, tzinfo=UTC)),
        ),
        (
            *("client_crash_date", "2026-11-01"),
            All(
                (
                    condition("client_crash_date", ">=", datetime(2026, 11, 1, tzinfo=UTC)),
                    condition("client_crash_date", "<", datetime(2026, 11, 2, tzinfo=UTC)),
                )
            ),
        ),
    ],
)
def test_a_value_carries_its_operator(name: str, text: str, filter_: Filter) -> None:
    assert where((name, text)) == filter_


def test_different_fields_are_anded_and_several_values_of_one_ored() -> None:
    filters = where(("product", "Firefox"), ("signature", "~a"), ("product", "Fenix"))

    firefox, fenix = (condition("product", "=", name) for name in ("Firefox", "Fenix"))
    assert filters == All((Either((firefox, fenix)), condition("signature", "~", "a")))


def test_names_of_one_field_are_one_field() -> None:
    assert where(("os_name", "Linux"), ("platform", "Mac OS X")) == Either(
        (condition("os_name", "=", "Linux"), condition("os_name", "=", "Mac OS X"))
    )


def test_ranges_and_negated_values_of_one_field_must_all_hold() -> None:
    assert where(("uptime", ">5"), ("uptime", "!7"), ("uptime", "<60"), ("uptime", "!8")) == All(
        (
            *(condition("uptime", ">", 5), condition("uptime", "<", 60)),
            *(Not(condition("uptime", "=", 7)), Not(condition("uptime", "=", 8))),
        )
    )


def test_an_expression_is_anded_with_the_parameters() -> None:
    filters = where(("product", "Firefox"), ("q", "signature:~a OR signature:~b"))

    either = Either((condition("signature", "~", "a"), condition("signature", "~", "b")))
    assert filters == All((condition("product", "=", "Firefox"), either))


def on(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("texts", "start", "end"),
    [
        ((">=2026-11-20", "<2026-11-22"), on(20), on(22)),
        ((">=2026-11-20", "<=2026-11-22"), on(20), on(23)),
        ((">2026-11-20", "<2026-11-22"), on(21), on(22)),
        ((">=2026-11-20 00:00:00", "<2026-11-22 23:00:00"), on(20), on(22, 23)),
        ((">2026-11-20T05:00:00", "<=2026-11-22T06:00"), on(20, 5) + TICK, on(22, 6) + TICK),
        ((">=2026-11-20", ">=2026-11-21", "<2026-11-25", "<2026-11-24"), on(21), on(24)),
        ((">=2026-11-20",), on(20), NOW),
        (("<2026-11-20",), on(13), on(20)),
        (("2026-11-20",), on(20), on(21)),
        (("=2026-11-20T05:00:00Z",), on(20, 5), on(20, 5) + TICK),
        ((">=2026-11-29", "<2199-01-01"), on(29), on(30) + 2 * DAY),  # nothing comes that late
        ((">=2026-11-30T12:00:00+00:00",), NOW, NOW + DAY),
        ((">=2026-11-30T12:00:00 00:00",), NOW, NOW + DAY),
    ],
)
def test_dates_say_which_days_are_searched(
    texts: tuple[str, ...], start: datetime, end: datetime
) -> None:
    query = read(*(("date", text) for text in texts)).query

    assert (query.start, query.end) == (start, end)
    assert query.filter == All()


def test_several_days_are_searched_each_and_nothing_between() -> None:
    query = read(("date", "2026-11-20"), ("date", "2026-11-22")).query

    assert (query.start, query.end) == (on(20), on(23))
    assert isinstance(query.filter, Either)
    assert len(query.filter.filters) == 2


def test_dates_of_an_expression_that_every_crash_must_meet_count_too() -> None:
    query = read(("q", "date:>=2026-10-01 AND date:<2026-10-09 AND product:Firefox")).query

    assert (query.start, query.end) == (on(1).replace(month=10), on(9).replace(month=10))
    assert query.filter == condition("product", "=", "Firefox")


def test_other_dates_of_an_expression_are_never_cut_silently() -> None:
    text = "date:2026-10-01 OR product:Firefox"

    assert errors_of(("q", text)) == {
        "date": [
            "A date within OR or NOT of q= does not say which days to search: add e.g. "
            "date=>=2026-11-01."
        ]
    }
    assert read(("q", text), ("date", ">=2026-09-01")).query.start == on(1).replace(month=9)


def test_what_is_counted() -> None:
    aggregations = read(
        ("_facets", "product"),
        ("_facets", "_cardinality.build_id"),
        ("_aggs.product.version", "_cardinality.install_time"),
        ("_aggs.product", "platform"),
        ("_histogram.date", "product"),
        ("_histogram_interval.date", "1h"),
        ("_histogram.uptime", "product"),
        ("_histogram_interval.uptime", "60"),
        ("_facets_size", "7"),
    ).query.aggregations

    def shape(items: object) -> object:
        return [
            (item.kind, item.name, item.field.name, item.interval, shape(item.inner))
            for item in items  # type: ignore[attr-defined]
        ]

    installs = ("cardinality", "cardinality_install_time", "install_time", None, [])
    by_product = [("terms", "product", "product", None, [])]
    assert shape(aggregations) == [
        (
            *("terms", "product", "product", None),
            [
                ("terms", "version", "version", None, [installs]),
                ("terms", "platform", "os_name", None, []),
            ],
        ),
        ("histogram", "histogram_date", "submitted_timestamp", "1h", by_product),
        ("histogram", "histogram_uptime", "uptime", 60.0, by_product),
        ("cardinality", "cardinality_build_id", "build", None, []),
    ]
    assert {item.size for item in aggregations} == {7}


def test_the_facet_signature_is_counted_only_when_nothing_else_is() -> None:
    assert [item.name for item in read(("_aggs.product", "version")).query.aggregations] == [
        "product"
    ]
    assert read(("_facets", "")).query.aggregations == ()
    assert read(("_facets_size", "0")).query.aggregations == ()


@pytest.mark.parametrize(
    ("text", "interval"),
    [("1h", "1h"), ("h", "1h"), ("hour", "1h"), ("10m", "10m"), ("2 weeks", "2w"), ("day", "1d")],
)
def test_intervals_of_time(text: str, interval: str) -> None:
    query = read(("_histogram.date", "product"), ("_histogram_interval.date", text)).query

    assert query.aggregations[0].interval == interval


def test_a_cursor_continues_the_same_search_even_when_time_has_passed() -> None:
    first = read(("_sort", "-date"), ("_sort", "uptime")).query
    cursor = write_cursor(first, (NOW - DAY, None, "0a1b"))

    pairs = [("_sort", "-date"), ("_sort", "uptime"), ("_next", cursor)]
    query = parse(pairs, NOW + DAY, PUBLIC).query

    assert (query.start, query.end) == (first.start, first.end)
    assert query.after == (NOW - DAY, None, "0a1b")


SENTENCES = [
    (("produkt", "Firefox"), "produkt", "There is no field 'produkt'. Nearest: product"),
    (("_colums", "uuid"), "_colums", "There is no parameter '_colums'. Nearest: _columns."),
    (("_columns", "sig"), "_columns", "There is no field 'sig'."),
    (("_sort", "-uptme"), "_sort", "There is no field 'uptme'. Nearest: uptime"),
    (("_sort", "addons"), "_sort", "addons has several values: it cannot be sorted by."),
    (("_facets", "x" * 9000), "_facets", "There is no field 'xxx"),
    (("_facets", "date"), "_facets", "date is a date: count it by _histogram.date."),
    (("_aggs.a.b.c", "d"), "_aggs.a.b.c", "This nests 4 levels: at most 3."),
    (("_aggs._cardinality", "d"), "_aggs._cardinality", "There is no field '_cardinality'."),
    (("_histogram.product", "version"), "_histogram.product", "product has no intervals"),
    (("_histogram_interval.date", "0h"), "_histogram_interval.date", "'0h' is no interval of"),
    (("_histogram_interval.date", "1 month"), "_histogram_interval.date", "'1 month' is no int"),
    (("_histogram_interval.uptime", "0"), "_histogram_interval.uptime", "'0' is no interval"),
    (("_facets_size", "10001"), "_facets_size", "'10001' is not a whole number from 0 to 10,000."),
    (("_results_number", "1001"), "_results_number", "'1001' is not a whole number from 0 to 1,"),
    (("_results_number", "-1"), "_results_number", "'-1' is not a whole number"),
    (("_results_number", "²"), "_results_number", "'²' is not a whole number"),
    (("_results_offset", "1000001"), "_results_offset", "'1000001' is not a whole number from 0"),
    (("_next", "x"), "_next", "This is no cursor: copy _next from the page before, whole."),
    (("_next", "WyJ4Il0"), "_next", "This is no cursor"),
    (("_return_query", "please"), "_return_query", "'please' is neither 1 nor 0."),
    (("format", "xml"), "format", "'xml' is no format (write json or csv)."),
    (("product", ""), "product", "product has no value: write == for the empty text"),
    (("product", "~"), "product", "product: there is nothing behind '~'."),
    (("product", ">5"), "product", "product does not take '>'. It takes = ~ ^ $ @, a bare value"),
    (("uptime", "~5"), "uptime", "uptime does not take '~'. It takes = > >= < <=, a bare value"),
    (("uptime", "5.5"), "uptime", "'5.5' is not a whole number of at most 64 bits."),
    (("uptime", ">9223372036854775808"), "uptime", "'9223372036854775808' is not a whole number"),
    (("uptime", "__true__"), "uptime", "uptime is not a boolean field: __true__ does not apply."),
    (("throttle_rate", "nan"), "throttle_rate", "'nan' is not a number (write e.g. 0.1)."),
    (("throttle_rate", "1e999"), "throttle_rate", "'1e999' is not a number"),
    (("startup_crash", "maybe"), "startup_crash", "'maybe' is not a truth value"),
    (("startup_crash", ">true"), "startup_crash", "startup_crash does not take '>'."),
    (("date", "2026-11-29T10:00"), "date", "A time needs an operator: write e.g. submitted_times"),
    (("date", "~2026-11-29"), "date", "submitted_timestamp does not take '~'."),
    (("date", ">=yesterday"), "date", "'yesterday' is not a date (write e.g. 2026-11-29 or"),
    (("date", ">=2026-02-30"), "date", "'2026-02-30' is not a date"),
    (("date", ">=1066-10-14"), "date", "'1066-10-14' is out of range (years 1900 to 2199)."),
    (("date", ">=0001-01-01T00:00+23:59"), "date", "'0001-01-01T00:00+23:59' is not a date"),
    (("date", ">=2027-03-01"), "date", "The dates begin in the future: 2027-03-01."),
    (("date", ">=2025-10-01"), "date", "The dates cover more than 365 days: narrow them."),
    (("signature", "@(" + "a" * 9), "signature", "Regular expression, column 1: this ( is not clo"),
    (("signature", "~a\0"), "signature", "The text contains NUL (%00): take it out."),
    (("signature", "~\ud800"), "signature", "The text contains half a character"),
    (("sign\ud800ature", "~a"), "sign\\ud800ature", "The text contains half a character"),
    (("signature", "~" + "a" * 10_001), "signature", "A value is longer than 10000 characters"),
    (("q", "product:Firefox AND ("), "q", "Column 22: a condition like field:value must come be"),
]


@pytest.mark.parametrize(("pair", "name", "sentence"), SENTENCES)
def test_a_refusal_names_the_parameter_and_what_to_write(
    pair: tuple[str, str], name: str, sentence: str
) -> None:
    errors = errors_of(pair)

    assert list(errors) == [name]
    assert errors[name][0].startswith(sentence), errors
    assert len(errors[name][0]) < 300


def test_everything_that_is_wrong_is_said_at_once_but_not_without_end() -> None:
    errors = errors_of(("a", "1"), ("uptime", "x"), *((f"b{i}", "1") for i in range(100)))

    assert list(errors)[:3] == ["a", "uptime", "b0"]
    assert sum(map(len, errors.values())) == 20


def test_dates_that_end_before_they_begin_are_refused() -> None:
    assert errors_of(("date", ">=2026-11-22"), ("date", "<2026-11-22")) == {
        "date": ["The dates end (2026-11-22 00:00) before they begin (2026-11-22 00:00)."]
    }


def test_the_longest_range_is_a_setting() -> None:
    pairs = [("date", ">=2026-11-01"), ("date", "<2026-11-11")]

    assert parse(pairs, NOW, PUBLIC, Limits(days=10)).query.start == on(1)
    assert "date" in errors_of(*pairs, limits=Limits(days=9))


def test_a_parameter_that_can_have_one_value_is_not_repeated() -> None:
    assert errors_of(("_next", ""), ("_next", "")) == {
        "_next": ["This parameter may be written once only."]
    }


def test_a_cursor_belongs_to_its_order_and_does_not_go_with_an_offset() -> None:
    cursor = write_cursor(read().query, (NOW, "0a1b"))

    assert read(("_next", cursor)).query.after == (NOW, "0a1b")
    other = errors_of(("_next", cursor), ("_sort", "date"))
    assert other == {"_next": ["This cursor belongs to a search with another _sort."]}
    both = errors_of(("_next", cursor), ("_results_offset", "1"))
    assert both == {"_next": ["Write either _next or _results_offset."]}


def test_a_cursor_with_values_of_another_type_is_refused() -> None:
    cursor = write_cursor(read().query, ("2026", "0a1b"))

    assert "_next" in errors_of(("_next", cursor))


@pytest.mark.parametrize(
    ("pairs", "fits"),
    [
        ([("product", "~" + "a" * 9_000)] * 5, True),
        ([("product", "~" + "a" * 9_991)] * 5 + [("product", "")], False),
        ([("_columns", "uuid")] * 500, True),
        ([("_columns", "uuid")] * 501, False),
    ],
)
def test_a_search_has_a_size(pairs: list[tuple[str, str]], fits: bool) -> None:
    if fits:
        assert read(*pairs)
    else:
        assert list(errors_of(*pairs)) == ["query"]


def test_how_much_is_counted_has_a_limit() -> None:
    names = [field.name for field in FIELDS.values() if field.type == "keyword" and field.public]

    assert len(read(*(("_facets", name) for name in names[:50])).query.aggregations) == 50
    assert "_facets" in errors_of(*(("_facets", name) for name in names[:51]))


@pytest.mark.parametrize(
    ("pairs", "fits"),
    [
        ([("_aggs.product", "version"), ("_facets_size", "1000")], True),
        ([("_aggs.product", "version"), ("_facets_size", "1001")], False),
        ([("_aggs.product.version", "build"), ("_facets_size", "100")], True),
        ([("_aggs.product.version", "build"), ("_facets_size", "101")], False),
        ([("_histogram.date", "_cardinality.build"), ("_histogram_interval.date", "2m")], True),
        ([("_histogram.date", "_cardinality.build"), ("_histogram_interval.date", "1m")], False),
    ],
)
def test_an_answer_has_a_size(pairs: list[tuple[str, str]], fits: bool) -> None:
    if fits:
        assert read(*pairs).query.aggregations
    else:
        assert list(errors_of(*pairs)) == ["_facets_size"]


PROTECTED = [name for name, field in FIELDS.items() if not field.public]


@pytest.mark.parametrize("name", PROTECTED)
@pytest.mark.parametrize(
    "pair",
    [
        ("{}", "~a"),
        ("{}", "__null__"),
        ("_columns", "{}"),
        ("_sort", "-{}"),
        ("_facets", "{}"),
        ("_facets", "_cardinality.{}"),
        ("_aggs.{}", "product"),
        ("_aggs.product", "{}"),
        ("_histogram.date", "{}"),
        ("_histogram.{}", "product"),
        ("_histogram_interval.{}", "1"),
        ("q", "product:Firefox OR NOT {}:~a"),
        ("q", "{}:~a AND ("),
    ],
)
def test_a_protected_field_needs_the_permission_everywhere(
    pair: tuple[str, str], name: str
) -> None:
    with pytest.raises(ProtectedFields) as caught:
        read((pair[0].format(name), pair[1].format(name)))

    assert caught.value.fields == (name,)
    assert str(caught.value).startswith(f"{name} is a protected field")


def test_who_may_see_protected_fields_may_search_by_them() -> None:
    assert read(("email", "~a"), ("_facets", "url"), permitted=EVERYTHING).query.protected


def test_every_alias_names_a_field() -> None:
    assert set(ALIASES.values()) <= set(FIELDS)


NAMES = st.one_of(
    st.sampled_from(
        [
            *FIELDS,
            *ALIASES,
            *("q", "format", "_facets", "_facets_size", "_results_number", "_results_offset"),
            *("_return_query", "_next", "_columns", "_sort", "_aggs.product", "_histogram.date"),
            *("_histogram_interval.date", "_histogram_interval.uptime"),
        ]
    ),
    st.text(max_size=20),
)
OPERATORS = ["", "!", "=", "~", "^", "$", "@", ">", ">=", "<", "<=", "!=", "!@", "!<"]
VALUES = st.builds(
    lambda operator, text: operator + text,
    st.sampled_from(OPERATORS),
    st.one_of(
        st.text(max_size=30),
        st.from_regex(r"\A-?[0-9]{1,22}\Z"),
        st.datetimes().map(str),
        st.sampled_from(["__null__", "__true__", "product", "_cardinality.build", "1h", "(a|b)"]),
    ),
)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=8))
def test_any_text_is_read_or_refused_by_name(pairs: list[tuple[str, str]]) -> None:
    try:
        query = parse(pairs, NOW, PUBLIC).query
    except InvalidSearch as error:
        errors = error.errors
    except ProtectedFields as error:
        errors = {name: (str(error),) for name in error.fields}
    else:
        errors = {}
        assert query.start < query.end
        assert not query.protected

    assert sum(map(len, errors.values())) <= 20
    "".join(text for name, texts in errors.items() for text in [name, *texts]).encode()
