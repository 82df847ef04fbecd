"""The form and the links of the search page, searches that are refused, and hostile input."""

import gzip
import html
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Database
from socorro.search.catalog import catalog
from socorro.search.interface import SearchUnavailable, TooManySearches, TooSlow
from socorro.serving.health import WsgiApp
from tests.accounts import user
from tests.search.reference import Reference
from tests.webapp.conftest import KEY
from tests.webapp.searched import HOSTILE, NO_STORE, NOW, NOWHERE, ROWS, Counting, counts, get, link
from tests.webapp.test_report import words
from tests.webapp.visitor import Visitor
from tests.wsgi import Answer, ask
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context
from webapp.search import address, filters

TODAY = date(2026, 11, 30)


def pages_over(engine: Any) -> WsgiApp:
    config = WebappConfig(secret_key_file=Path("/nonexistent"))
    return application(Context(NOWHERE, NO_STORE, config, search=engine), KEY)


@pytest.fixture(scope="module")
def pages() -> WsgiApp:
    return pages_over(Reference(ROWS))


def rows(page: Answer) -> list[tuple[str, str, str]]:
    """The filters that the form shows."""
    return [
        (html.unescape(name), html.unescape(operator), html.unescape(value))
        for name, operator, value in re.findall(
            r'name="_field" list="search-fields" value="([^"]*)".*?'
            r'<option value="([^"]*)" selected>.*?name="_value" value="([^"]*)"',
            page.text,
        )
    ]


# Addresses


@pytest.mark.parametrize(
    ("written", "classic"),
    [
        ("_field=signature&_operator=~&_value=OOM&_field=&_operator=&_value=", "signature=~OOM"),
        ("_field=uptime&_operator=__null__&_value=", "uptime=__null__"),
        ("_field=uptime&_operator=!__null__&_value=9", "uptime=!__null__"),
        ("_field=product&_operator=&_value=", "product="),
        ("_field=&_operator=&_value=x", "=x"),
        ("_field=a&_field=b&_value=1", "a=1&b="),
        ("product=Firefox&_add=1", "product=Firefox&_rows=2"),
        ("_rows=2&_add=1", "_rows=3"),
        ("_rows=20&_add=1", "_rows=20"),
        ("_columns=uuid,+date,&_facets=", "_columns=uuid&_columns=date&_facets="),
        ("_columns=uuid,date&q=+", "_columns=uuid&_columns=date"),
        (
            "channel=beta&os=Linux&process=gpu",
            "release_channel=beta&os_name=Linux&process_type=gpu",
        ),
        ("days=7", "date=>=2026-11-23&date=<2026-11-30"),
        ("days=0", ""),
        ("days=9999999999", ""),
        ("from=2026-11-01&to=2026-11-03", "date=>=2026-11-01&date=<2026-11-03"),
        ("page=1", ""),
        ("page=3&_results_number=100", "_results_number=100&_results_offset=200"),
        ("page=2&_results_number=many", "_results_number=many&_results_offset=50"),
        ("page=-1", ""),
        ("_operator=javascript:&_field=a&_value=b", "a=b"),
    ],
)
def test_what_forms_and_other_pages_send_becomes_classic_parameters(
    written: str, classic: str
) -> None:
    pairs = tuple(parse_qsl(written, keep_blank_values=True))

    result = address.canonical(pairs, TODAY)

    assert result == tuple(parse_qsl(classic, keep_blank_values=True))
    assert not address.is_canonical(pairs)
    assert address.is_canonical(result)


def test_the_form_leads_on_to_the_search(pages: WsgiApp) -> None:
    answer = get(pages, ("_field", "product"), ("_operator", "="), ("_value", "Firefox"))

    page = ask(pages, answer.headers["Location"])

    assert (answer.status, answer.headers["Location"]) == (302, "/search/?product=%3DFirefox")
    assert rows(page) == [("product", "=", "Firefox")]


@pytest.mark.parametrize(("parameters", "count"), [("", 1), ("_rows=3", 3), ("_rows=x", 1)])
def test_the_form_has_empty_rows(pages: WsgiApp, parameters: str, count: int) -> None:
    page = ask(pages, f"/search/?{parameters}")

    assert page.text.count('aria-label="Field, new') == count


@pytest.mark.parametrize(
    "value", ["a", "=a", "!~a", "!", "__null__", "!__null__", ">=1", "@^x$", ""]
)
def test_a_filter_goes_through_the_form_unchanged(value: str) -> None:
    [row] = filters.rows((("reason", value),))
    sent = (("_field", row.field), ("_operator", row.operator), ("_value", row.value))

    assert address.canonical(sent, TODAY) == (("reason", value),)


def test_what_the_form_does_not_show_goes_along(pages: WsgiApp) -> None:
    page = get(
        pages,
        ("_sort", "uptime"),
        ("_aggs.product", "version"),
        ("_results_offset", "5"),
        ("q", "product:Firefox"),
    )

    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)
    assert hidden == [("_sort", "uptime"), ("_aggs.product", "version")]
    assert 'name="q" value="product:Firefox"' in page.text


def test_old_addresses_lead_on(pages: WsgiApp) -> None:
    custom = ask(pages, "/search/custom/")
    results = ask(pages, "/search/results/?product=Firefox&page=2")

    assert custom.headers["Location"] == "/search/?_old=custom"
    assert "Queries in the language of Elasticsearch" in ask(pages, "/search/?_old=custom").text
    assert results.headers["Location"] == "/search/?product=Firefox&page=2"
    assert ask(pages, "/search/fields/").headers["Location"] == "/api/SuperSearchFields/"
    assert ask(pages, "/search").headers["Location"] == "/search/"


# Links


@pytest.mark.parametrize(
    ("query", "facet", "value"),
    [
        ("", "product", "Firefox"),
        ("product=Firefox&product=Fenix", "product", "Firefox"),
        ("product=~F&uptime=>3000", "product", "Fenix"),
        ("", "version", "159.0b1"),
        ("", "signature", "OOM | small"),
        ("", "signature", HOSTILE),
        ("", "uptime", "6,000"),
        ("addons=a@x", "addons", "b@x"),
        ("q=product:Firefox+OR+product:Fenix&addons=a@x", "addons", "b@x"),
    ],
)
def test_a_value_narrows_the_search_to_its_count_and_minus_leaves_it_out(
    pages: WsgiApp, query: str, facet: str, value: str
) -> None:
    plain = [(name, text) for name, text in parse_qsl(query)]
    page = get(pages, *plain, ("_facets", facet), ("_facets_size", "100"))
    section = page.text[page.text.index('id="facet-0"') :]
    label = html.escape(f"Exclude {value.replace(',', '')}")[:40]
    [row] = [row for row in re.findall("<tr>.*?</tr>", section, re.S) if _shows(row, value)]
    include, exclude = (html.unescape(one) for one in re.findall('href="([^"]*)"', row))
    [count] = re.findall(r'</th><td class="number">(\d+)</td>', row)
    total = int(re.search(r"<title>(\d+) crash", page.text)[1])

    assert _total(ask(pages, include)) == int(count)
    assert _total(ask(pages, exclude)) == total - int(count)
    assert label


def _shows(row: str, value: str) -> bool:
    heading = re.search('<th scope="row">(.*?)</th>', row, re.S)
    return bool(heading) and words(heading[1])[:20] in (
        value[:20],
        value.replace(",", "")[:20],
    )


def _total(page: Answer) -> int:
    match = re.search(r"<title>(\d+) crash", page.text)
    return int(match[1]) if match else 0


def test_a_filter_is_removed_by_its_link(pages: WsgiApp) -> None:
    page = get(pages, ("product", "Firefox"), ("uptime", ">9"), ("_results_offset", "9"))

    assert link(page, "Remove the filter product Firefox") == "/search/?uptime=%3E9"


@pytest.mark.parametrize(("length", "is_linked"), [(1000, True), (1001, False)])
def test_a_very_long_value_is_no_link(length: int, is_linked: bool) -> None:
    field = catalog()["moz_crash_reason"]

    assert (filters.narrowed((), "moz_crash_reason", field, "x" * length) is None) is not is_linked


def test_a_long_search_has_no_links_that_repeat_it(pages: WsgiApp) -> None:
    long = get(pages, ("signature", "~OOM"), ("reason", "!~" + "x" * 2500), ("_facets", "product"))

    assert counts(long)["product"]
    assert "Exclude Firefox" not in long.text
    assert len(gzip.compress(long.body)) < 40_000


# Refusals


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        (
            "produkt=Firefox",
            400,
            "produkt : There is no field &#x27;produkt&#x27;. Nearest: product",
        ),
        ("uptime=many", 400, "is not a whole number"),
        ("date=%3E=2026-11-29&date=%3C2026-11-02", 400, "before they begin"),
        ("q=(product:Firefox", 400, "this ( is not closed"),
        ("_facets=nonsense", 400, "There is no field"),
        ("_sort=addons", 400, "cannot be sorted by"),
        ("=x", 400, "Filter without a field"),
        ("product=", 400, "product has no value"),
        ("email=~x", 403, "email is a protected field"),
        ("_columns=url", 403, "Sign in with a user"),
        ("_results_number=-1", 400, "is not a whole number from 0"),
        ("&".join(f"a={number}" for number in range(501)), 400, "more than 500 parameters"),
        ("product=%00", 400, "NUL"),
    ],
)
def test_a_wrong_search_shows_the_page_with_the_reason(
    pages: WsgiApp, query: str, status: int, text: str
) -> None:
    page = ask(pages, f"/search/?{query}")

    assert page.status == status
    assert html.unescape(text) in words(page.text)
    assert page.text.count('<form class="searching"') == 1


@pytest.mark.parametrize(
    ("error", "status", "text", "retry"),
    [
        (TooSlow("The search took too long. Narrow the dates."), 400, "one day", None),
        (TooManySearches(""), 503, "Too many searches are running", "2"),
        (SearchUnavailable("The folder cannot be read"), 503, "Search is unavailable", "10"),
    ],
)
def test_an_engine_that_gives_up_is_said_above_the_form(
    error: Exception, status: int, text: str, retry: str | None
) -> None:
    pages = pages_over(Counting(error))

    page = get(pages, ("product", "Firefox"))
    file = get(pages, ("product", "Firefox"), ("format", "csv"))
    feed = get(pages, ("product", "Firefox"), path="/search/feed.atom")

    assert (page.status, file.status, feed.status) == (status, status, status)
    assert text in words(page.text)
    assert rows(page) == [("product", "", "Firefox")]
    assert page.headers.get("Retry-After") == retry


def test_without_an_engine_the_page_says_so() -> None:
    page = ask(pages_over(None), "/search/")

    assert (page.status, "this server has no search engine" in page.text) == (503, True)


def test_without_postgres_the_page_says_so() -> None:
    import psycopg2

    page = ask(pages_over(Counting(psycopg2.OperationalError())), "/search/")

    assert (page.status, "the database does not respond" in page.text) == (503, True)
    assert "do not need it" not in page.text  # top crashers need the database, too


def test_protected_fields_are_for_those_who_may_see_them(
    as_role: Callable[[str], Database],
    store: FilesystemStore,
    config: WebappConfig,
    database: Database,
) -> None:
    app = application(Context(as_role("webapp"), store, config, search=Reference(ROWS)), KEY)
    user(database, "ann", "Hackers Plus")
    user(database, "bob")
    ann, bob = Visitor(app), Visitor(app)
    ann.sign_in("ann")
    bob.sign_in("bob")
    search = "/search/?_columns=uuid&_columns=email&email=!__null__"

    assert "marker@example.com" in words(ann.get(search).text)
    assert ann.get(search).headers["Cache-Control"] == "private, no-store"
    assert "marker@example.com" in ann.get(f"{search}&format=csv").text
    assert (bob.get(search).status, ask(app, search).status) == (403, 403)
    assert '<option value="email">' in ann.get("/search/").text
    assert '<option value="email">' not in bob.get("/search/").text


# Hostile input


@pytest.mark.parametrize(
    "name", ["product", "signature", "q", "_columns", "_facets", "_sort", "_rows", "_old", HOSTILE]
)
def test_hostile_text_is_shown_and_never_run(pages: WsgiApp, name: str) -> None:
    page = get(pages, (name, f"~{HOSTILE}" if name in ("product", "signature") else HOSTILE))
    if page.status == 302:
        page = ask(pages, page.headers["Location"])

    assert page.status in (200, 400)
    assert "<script>alert" not in page.text
    assert not re.search('href="javascript:', page.text)
    assert "\x1b" not in page.text
    assert "\u202e" not in page.text


TEXTS = st.text(max_size=30) | st.sampled_from([HOSTILE, "=", "!~x", "__null__", ">=2026-11-29"])
SOME = (
    *("product", "signature", "date", "addons", "uptime", "q", "_facets", "_columns", "_sort"),
    *("_results_number", "_results_offset", "_next", "_facets_size", "_field", "_operator"),
    *("_value", "_add", "_rows", "page", "days", "from", "channel", "_aggs.product", "format"),
    *("_histogram.date", "_histogram_interval.date", "_return_query", "_old"),
)
NAMES = st.sampled_from(SOME) | TEXTS


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(NAMES, TEXTS), max_size=5))
def test_no_address_is_an_error_of_ours(pages: WsgiApp, pairs: list[tuple[str, str]]) -> None:
    query = urlencode(
        [(name.encode("utf-8", "replace"), value) for name, value in pairs], errors="replace"
    )

    for path in ("/search/", "/search/feed.atom"):
        page = ask(pages, f"{path}?{query}")
        for _ in range(3):
            if page.status == 302 and page.headers["Location"].startswith("/search/"):
                page = ask(pages, page.headers["Location"])
        assert page.status in (200, 302, 400, 403)
        if not page.headers["Content-Type"].startswith("text/plain"):
            assert "<script>alert" not in page.text


@pytest.mark.parametrize("query", ["%ff=%fe", "product=%ED%A0%80", "&&&", "=", "a=b;c=d", "%00"])
def test_bytes_that_are_no_text_are_answered(pages: WsgiApp, query: str) -> None:
    assert ask(pages, f"/search/?{query}").status in (200, 400)


def test_only_reading_is_allowed(pages: WsgiApp) -> None:
    assert ask(pages, "/search/feed.atom", "POST", b"").status in (403, 405)


def test_a_feed_has_the_newest_crashes_first(pages: WsgiApp) -> None:
    answer = get(pages, ("product", "Fenix"), ("_sort", "uptime"), path="/search/feed.atom")

    ids = re.findall("<id>urn:uuid:([^<]*)</id>", answer.text)
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert ids == [row["crash_id"] for row in ROWS[:56] if row["product"] == "Fenix"]
    assert f"{quote(HOSTILE)}" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "http://127.0.0.1/report/index/" in answer.text


def test_a_feed_of_protected_fields_is_refused(pages: WsgiApp) -> None:
    answer = get(pages, ("email", "~x"), path="/search/feed.atom")

    assert (answer.status, answer.headers["Content-Type"]) == (403, "text/plain; charset=utf-8")


PROTECTED = sorted(name for name, field in catalog().items() if not field.public)


@pytest.mark.parametrize("name", PROTECTED)
@pytest.mark.parametrize(
    "query", ["{}=~x", "q=NOT+{}:x", "_columns={}", "_facets={}", "_sort={}", "_aggs.product={}"]
)
def test_no_protected_field_is_searched_without_permission(
    pages: WsgiApp, name: str, query: str
) -> None:
    for address_of in ("/search/?{}", "/search/?{}&format=csv", "/search/feed.atom?{}"):
        is_filter = "~" in query or "q=" in query
        if "feed" in address_of and not is_filter:
            continue  # a feed has columns of its own
        answer = ask(pages, address_of.format(query.format(name)))

        assert (answer.status, name in answer.text) == (403, True)


@pytest.mark.parametrize(
    ("query", "end"),
    [
        ("product=Firefox", "date=%3C20"),
        ("date=%3E={start}", "date=%3C20"),
        ("q=date:%3E={start}", "date=%3C20"),
        ("date=%3E={start}&date=%3C{end}", "date=%3C{end}"),
    ],
)
def test_pages_of_a_search_up_to_now_end_with_the_first_one(
    pages: WsgiApp, query: str, end: str
) -> None:
    dates = {"start": NOW.date() - timedelta(days=3), "end": NOW.date()}
    page = ask(pages, f"/search/?{query.format(**dates)}&_results_number=5")

    following = link(page, "Next rows")

    assert end.format(**dates) in following
    assert following.count("date=%3C") == 1
    assert ask(pages, following).status == 200


def test_the_navigation_takes_names_along_and_no_operators(pages: WsgiApp) -> None:
    page = get(pages, ("product", "=Firefox"), ("version", "!159.0"), ("version", "158.0"))

    assert link(page, "Changes") == "/changes/?product=Firefox&version=158.0"
