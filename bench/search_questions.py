"""What bench.search asks: questions over a week, and those of the page of a signature."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from bench.search_data import END, START
from socorro.search.catalog import catalog
from socorro.search.interface import Aggregation, All, Condition, Operator, Query, Sort, Value

Time = tuple[datetime, datetime]

DAY: Final = timedelta(days=1)
FIELD: Final = catalog()
GOAL: Final = 2.0  # seconds, of any question over 17.5 million crashes
FILTERED_FACET: Final = "two filters, facet"
COLUMNS: Final = (
    "crash_id", "submitted_timestamp", "product", "version", "build", "os_name", "signature",
    "reason", "address", "uptime",
)  # fmt: skip


class Question(NamedTuple):
    """A query, its *name*, and the p95 in seconds that it should not exceed."""

    name: str
    query: Query
    goal: float = GOAL


def questions(signature: str) -> Sequence[Question]:
    """Return all of them; *signature* is a frequent one."""
    return [*_over_a_week(signature), *_of_a_day(signature), *_signature_page(signature)]


def _over_a_week(signature: str) -> list[Question]:
    firefox, windows = _is("product", "Firefox"), _is("os_name", "Windows")
    facet = _terms("signature")
    two = All((firefox, windows))
    by_day = _histogram("submitted_timestamp", "1d", _terms("os_name"))
    three = (_terms("version"), _terms("os_pretty_version"), _terms("cpu_arch"))
    installs = Aggregation("cardinality", "installs", FIELD["install_time"])
    same = _is("signature", signature)
    return [
        Question("total, two filters", _counts(two)),
        Question(FILTERED_FACET, _counts(two, facet), 0.6),
        Question(
            "product, version, OS, facet",
            _counts(All((firefox, _is("version", "159.0.1"), windows)), facet),
        ),
        Question("one signature by day and OS", _counts(same, by_day)),
        Question("three facets, two filters", _counts(two, *three)),
        Question("signature contains, facet", _counts(_is("signature", "abort_oom", "~"), facet)),
        Question(
            "signature by expression, facet",
            _counts(_is("signature", "(OOM|shutdownhang).*(ipc|gfx)::", "@"), facet),
        ),
        Question("facet of everything", _counts(All(), facet)),
        Question("facet, and how many installs", _counts(firefox, facet, installs)),
        Question("newest 100 hits, two filters", _hits(two, 100)),
    ]


def _of_a_day(signature: str) -> list[Question]:
    start = END - 2 * DAY
    day, hour = (start, start + DAY), (start, start + DAY / 24)
    addons = _terms("addons")
    return [
        Question("one day, facet", _counts(All(), _terms("signature"), time=day)),
        Question("one hour, hits", _hits(All(), 100, hour)),
        Question("one day, add-ons of all", _counts(All(), addons, time=day)),
        Question(
            "one day, add-ons of one signature",
            _counts(_is("signature", signature), addons, time=day),
        ),
    ]


def _signature_page(signature: str) -> list[Question]:
    same = _is("signature", signature)
    counts = {
        "per day": _histogram("submitted_timestamp", "1d", _terms("version")),
        "per build": _terms("build"),
        "reasons": _terms("reason"),
        "uptime": _histogram("uptime", 60),
        "systems": _terms("os_pretty_version", _terms("cpu_arch")),
        "installs": Aggregation("cardinality", "installs", FIELD["install_time"]),
    }
    page = [Question(f"page: {name}", _counts(same, count)) for name, count in counts.items()]
    return [
        *page,
        Question("page: newest hits", _hits(same, 50)),
        Question("page: all in one", _counts(same, *counts.values())),
    ]


def _is(name: str, value: Value, operator: Operator = "=") -> Condition:
    return Condition(FIELD[name], operator, value)


def _terms(name: str, *inner: Aggregation) -> Aggregation:
    return Aggregation("terms", name, FIELD[name], inner=inner)


def _histogram(name: str, interval: str | float, *inner: Aggregation) -> Aggregation:
    return Aggregation("histogram", f"by {name}", FIELD[name], interval, inner=inner)


def _counts(condition: All | Condition, *counts: Aggregation, time: Time = (START, END)) -> Query:
    return Query(*time, filter=condition, number=0, aggregations=counts)


def _hits(condition: All | Condition, number: int, time: Time = (START, END)) -> Query:
    return Query(
        *time,
        filter=condition,
        columns=tuple(FIELD[name] for name in COLUMNS),
        sort=(Sort(FIELD["submitted_timestamp"], descending=True),),
        number=number,
    )
