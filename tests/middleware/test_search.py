"""SuperSearch over HTTP: its answers, its errors, and what stays hidden."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from middleware.app import application
from middleware.body import FORM
from middleware.callers import Caller
from middleware.context import Context
from middleware.search import LARGEST_FORM
from socorro.accounts.permissions import VIEW_PII
from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Database
from socorro.search.catalog import catalog
from socorro.search.interface import (
    Engine,
    Permitted,
    Query,
    Result,
    SearchUnavailable,
    TooManySearches,
    TooSlow,
)
from socorro.search.web_query import LIMITS
from socorro.serving.health import WsgiApp
from socorro.serving.rate_limit import RateLimit
from tests.search.reference import Reference
from tests.search.rows import make_row
from tests.wsgi import Answer, ask

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
ROWS = [
    make_row(
        number,
        NOW - timedelta(hours=5 + number),
        product=("Firefox", "Firefox", "Fenix")[number % 3],
        version=f"159.0b{number}",
        signature=f"OOM | {number % 2}",
        uptime=number * 10,
        url="https://marker.example/" if number == 1 else None,
        email="marker@example.com" if number == 2 else None,
    )
    for number in range(6)
]
PROTECTED = [name for name, field in catalog().items() if not field.public]


class Failing:
    """An engine whose every search ends in an error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def search(self, query: Query, permitted: Permitted) -> Result:  # noqa: ARG002
        raise self._error

    def check(self) -> None:
        raise self._error

    def close(self) -> None:
        pass


class Apps:
    """The REST interface over an engine, as anybody and as somebody who may see everything."""

    def __init__(self, engine: Engine | None) -> None:
        context = context_of(engine)
        insider = Caller(frozenset({VIEW_PII}))
        self.anybody = application(context, RateLimit(100))
        self.insider = application(context, RateLimit(100), identify=lambda _environ: insider)


def context_of(engine: Engine | None) -> Context:
    """A search needs neither Postgres nor a crash store: they are nowhere."""
    store = FilesystemStore(Path("/nonexistent"))
    return Context(Database("host=127.0.0.1 port=9", size=1, name="nobody"), store, search=engine)


@pytest.fixture(scope="module")
def apps() -> Apps:
    return Apps(Reference(ROWS))


def search(app: WsgiApp, *pairs: tuple[str, str], method: str = "GET") -> Answer:
    text = urlencode(pairs)
    if method == "GET":
        return ask(app, f"/api/SuperSearch/?{text}")
    return ask(app, "/api/SuperSearch/", "POST", text.encode(), CONTENT_TYPE=FORM)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_hits_total_and_facets_of_a_search(apps: Apps, method: str) -> None:
    answer = search(
        apps.anybody,
        ("product", "Firefox"),
        ("_columns", "uuid"),
        ("_columns", "reason"),
        ("_facets", "version"),
        ("_sort", "-date"),
        ("_results_number", "2"),
        method=method,
    )

    assert (answer.status, answer.headers["Cache-Control"]) == (200, "private, max-age=0")
    document = answer.json()
    assert document["total"] == 4
    assert document["hits"] == [
        {"uuid": ROWS[0]["crash_id"], "reason": None},
        {"uuid": ROWS[1]["crash_id"], "reason": None},
    ]
    assert [(term["term"], term["count"]) for term in document["facets"]["version"]] == [
        ("159.0b0", 1),
        ("159.0b1", 1),
        ("159.0b3", 1),
        ("159.0b4", 1),
    ]
    assert document["errors"] == []


def test_a_query_and_a_form_are_one_search(apps: Apps) -> None:
    body = urlencode({"version": "159.0b1"}).encode()
    address = "/api/SuperSearch/?product=Firefox"

    assert ask(apps.anybody, address, "POST", body, CONTENT_TYPE=FORM).json()["total"] == 1


def test_pages_follow_one_another_by_cursor(apps: Apps) -> None:
    uuids: list[str] = []
    following = ""
    for _ in range(9):
        pairs = [("_columns", "uuid"), ("_results_number", "2"), ("_next", following)]
        page = search(apps.anybody, *pairs[: 3 if following else 2]).json()
        uuids += [hit["uuid"] for hit in page["hits"]]
        following = page.get("_next")
        if not following:
            break

    assert uuids == [row["crash_id"] for row in ROWS]


def test_csv_is_the_hits(apps: Apps) -> None:
    answer = search(
        apps.anybody, ("product", "Fenix"), ("_columns", "uuid"), ("_columns", "uptime"),
        ("format", "csv"),
    )  # fmt: skip

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="crashes.csv"'
    assert list(csv.reader(io.StringIO(answer.text))) == [
        ["uuid", "uptime"],
        [ROWS[2]["crash_id"], "20"],
        [ROWS[5]["crash_id"], "50"],
    ]


def test_csv_goes_on_beyond_a_page(apps: Apps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socorro.search.csv_file.PAGE", 2)
    pairs = [("_columns", "uuid"), ("format", "csv"), ("_results_offset", "1")]

    whole = search(apps.anybody, *pairs).text.split()
    some = search(apps.anybody, *pairs, ("_results_number", "3")).text.split()

    assert whole == ["uuid", *(row["crash_id"] for row in ROWS[1:])]
    assert some == whole[:4]


@pytest.mark.parametrize("setting", ["LARGEST", "SECONDS"])
def test_csv_that_is_too_large_is_refused_and_not_cut(
    apps: Apps, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setattr("socorro.search.csv_file.PAGE", 2)
    monkeypatch.setattr(f"socorro.search.csv_file.{setting}", -1)

    answer = search(apps.anybody, ("format", "csv"))

    assert (answer.status, list(answer.json()["errors"])) == (400, ["_results_number"])


@pytest.mark.parametrize(
    ("number", "form", "status"),
    [("1000", "json", 200), ("1001", "json", 400), ("50000", "csv", 200), ("50001", "csv", 400)],
)
def test_a_file_may_have_more_hits_than_a_page(
    apps: Apps, number: str, form: str, status: int
) -> None:
    assert search(apps.anybody, ("_results_number", number), ("format", form)).status == status


def test_the_address_of_a_page_is_a_search(apps: Apps) -> None:
    assert search(apps.anybody, ("product", "Firefox"), ("page", "1"), ("refresh", "1")).json()


def test_the_query_itself_comes_without_asking_the_engine() -> None:
    apps = Apps(Failing(TooSlow("never")))

    answer = search(apps.anybody, ("product", "=Firefox"), ("_return_query", "1"))

    assert answer.status == 200
    assert "Firefox" in json.dumps(answer.json()["query"])


@pytest.mark.parametrize(
    ("pairs", "field", "text"),
    [
        ([("produkt", "Firefox")], "produkt", "product"),
        ([("uptime", ">many")], "uptime", "many"),
        ([("_facets", "signatur")], "_facets", "signature"),
        ([("_results_number", "1001")], "_results_number", "1,000"),
        ([("q", "product:=Firefox AND (")], "q", "Column 23"),
        ([("date", "2026-11-31")], "date", "2026-11-31"),
    ],
)
def test_what_is_wrong_is_said_by_parameter(
    apps: Apps, pairs: list[tuple[str, str]], field: str, text: str
) -> None:
    answer = search(apps.anybody, *pairs)

    assert answer.status == 400
    [problem] = answer.json()["errors"][field]
    assert text in problem
    assert problem in answer.json()["error"]


ERRORS = {
    "slow": (TooSlow("Narrow the dates"), 400, None, "Narrow the dates"),
    "busy": (TooManySearches(), 503, "1", "try again"),
    "away": (SearchUnavailable("no file"), 503, "2", "no file"),
}


@pytest.mark.parametrize(("error", "status", "retry", "text"), ERRORS.values(), ids=ERRORS)
def test_an_engine_that_cannot_answer_is_an_error_of_its_own(
    error: Exception, status: int, retry: str | None, text: str
) -> None:
    apps = Apps(Failing(error))

    answer = search(apps.anybody)

    assert (answer.status, answer.headers.get("Retry-After")) == (status, retry)
    assert text in answer.json()["error"]


@pytest.mark.parametrize("engine", [None, Failing(SearchUnavailable("away"))])
def test_without_search_the_rest_of_rest_works(engine: Engine | None) -> None:
    app = application(context_of(engine), RateLimit(100))

    assert search(app).status == 503
    assert ask(app, "/__heartbeat__").status == 200
    assert ask(app, "/api/SuperSearchFields/").status == 200
    assert ask(app, "/api/ProcessedCrash/").status == 400


def test_a_search_as_long_as_it_may_be_is_answered_and_a_longer_one_is_refused(apps: Apps) -> None:
    within = [("version", "1" * 9_000)] * 5
    beyond = [("version", "1" * 9_000)] * 6
    many = [("version", "1")] * LIMITS.parameters

    assert search(apps.anybody, *within, method="POST").status == 200
    assert search(apps.anybody, *beyond, method="POST").status == 400
    assert search(apps.anybody, *many).status == 200
    assert search(apps.anybody, *many, ("version", "2")).status == 400
    assert search(apps.anybody, ("q", "x" * LARGEST_FORM), method="POST").status == 413


WAYS: dict[str, Any] = {
    "filter": lambda name: [(name, "=x")],
    "negated filter": lambda name: [(name, "!=x")],
    "null filter": lambda name: [(name, "__null__")],
    "column": lambda name: [("_columns", name)],
    "sort": lambda name: [("_sort", f"-{name}")],
    "facet": lambda name: [("_facets", name)],
    "facet of none": lambda name: [("_facets", name), ("_facets_size", "0")],
    "cardinality": lambda name: [("_facets", f"_cardinality.{name}")],
    "outer aggregation": lambda name: [(f"_aggs.{name}", "product")],
    "inner aggregation": lambda name: [("_aggs.product", name)],
    "innermost cardinality": lambda name: [("_aggs.product.version", f"_cardinality.{name}")],
    "within a histogram": lambda name: [("_histogram.date", name)],
    "histogram": lambda name: [(f"_histogram.{name}", "product")],
    "interval": lambda name: [(f"_histogram_interval.{name}", "1")],
    "expression": lambda name: [("q", f"product:=Firefox OR {name}:=x")],
    "negated expression": lambda name: [("q", f"NOT {name}:__null__")],
    "query": lambda name: [(name, "=x"), ("_return_query", "1")],
    "csv": lambda name: [("_columns", name), ("format", "csv")],
    "with an error": lambda name: [(name, "=x"), ("uptime", "many")],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PROTECTED)
def test_a_protected_field_is_refused_by_name_in_every_way_without_the_permission(
    apps: Apps, name: str, way: str
) -> None:
    pairs = WAYS[way](name)

    refused = search(apps.anybody, *pairs)
    posted = search(apps.anybody, *pairs, method="POST")
    allowed = search(apps.insider, *pairs)

    for answer in (refused, posted):
        assert (answer.status, answer.json()["permissions"]) == (403, [VIEW_PII])
        assert answer.json()["fields"] == [name]
        assert name in answer.json()["error"]
        assert "marker" not in answer.text
    assert allowed.status != 403


@pytest.mark.parametrize("name", PROTECTED)
@pytest.mark.parametrize("way", ["filter", "column", "sort", "facet", "cardinality",
                                 "outer aggregation", "inner aggregation", "within a histogram",
                                 "expression", "csv"])  # fmt: skip
def test_a_protected_field_works_with_the_permission_and_is_not_kept(
    apps: Apps, name: str, way: str
) -> None:
    answer = search(apps.insider, *WAYS[way](name))

    assert (answer.status, answer.headers["Cache-Control"]) == (200, "private, no-store")


def test_nothing_is_learnt_by_counting(apps: Apps) -> None:
    """What a stranger gets does not depend on whether a protected value exists."""
    answers = {
        search(apps.anybody, (name, operator + value)).body
        for name, value in (("url", "marker"), ("url", "nothing"))
        for operator in ("~", "!~", "^", "@")
    }
    counted = search(apps.insider, ("url", "~marker")).json()["total"]

    assert (len(answers), counted) == (1, 1)


def test_the_fields_say_how_they_are_searched(apps: Apps) -> None:
    fields = ask(apps.anybody, "/api/SuperSearchFields/").json()

    assert set(catalog()) <= set(fields)
    assert fields["url"]["permissions_needed"] == [VIEW_PII]


NAMES = st.one_of(
    st.sampled_from([*catalog(), "q", "_columns", "_facets", "_facets_size", "_sort", "_next",
                     "_results_number", "_results_offset", "_aggs.product", "_aggs.", "_aggs",
                     "_histogram.date", "_histogram_interval.date", "_histogram.uptime", "format",
                     "_return_query", "date", "uuid", "version"]),
    st.text(max_size=20),
)  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"[!]?(=|~|\^|\$|@|>|>=|<|<=)?[a-z0-9 .|*+()\[\]\\-]{0,20}", fullmatch=True),
    st.sampled_from([
        "", "!", "__null__", "!__null__", "__true__", "@(a+)+$", "@[", "@(?=a)", "@" + "(" * 50,
        ">=2026-11-26", "<2026-11-26T00:00:00+00:00", ">=0000-00-00", ">=9999-12-31", "-1", "1e999",
        "nan", "inf", str(2**63), str(2**64), "-" + "9" * 400, "\0", "\ud800", "' OR 1=1 --",
        "../../../etc/passwd", "product:=Firefox", "NOT " * 60, "(" * 200, '"',
        "_cardinality.uptime", "product", "_histogram.date", "AAAA", "1h", "0d", "1000000w",
        "eyJhIjoxfQ",
    ]),
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=6))
def test_no_parameters_are_a_failure(apps: Apps, pairs: list[tuple[str, str]]) -> None:
    text = "&".join(
        f"{quote(name, errors='surrogatepass')}={quote(value, errors='surrogatepass')}"
        for name, value in pairs
    )

    for app in (apps.anybody, apps.insider):
        answer = ask(app, f"/api/SuperSearch/?{text}")
        assert answer.status in (200, 400, 403), answer.text
        if answer.status != 200:
            assert answer.json()["error"]


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_no_bytes_are_a_failure(apps: Apps, content: bytes) -> None:
    query = content.decode("latin-1")

    for app in (apps.anybody, apps.insider):
        by_query = ask(app, f"/api/SuperSearch/?{query}")
        by_form = ask(app, "/api/SuperSearch/", "POST", content, CONTENT_TYPE=FORM)
        assert {by_query.status, by_form.status} <= {200, 400, 403}
