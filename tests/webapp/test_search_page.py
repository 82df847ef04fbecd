"""The search page: its sentence, its numbers, which REST, files and the command have, too."""

import csv
import html
import io
import json
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.commands import search_query
from cli.commands.search import search as command
from socorro.search.interface import Permitted, SearchField
from socorro.search.segments.engine import SegmentsEngine
from socorro.search.web_query import Pairs
from socorro.serving.health import WsgiApp
from tests.search.reference import Reference
from tests.search.segments.built import build
from tests.webapp.conftest import KEY
from tests.webapp.searched import (
    NO_STORE,
    NOW,
    NOWHERE,
    ROWS,
    Counting,
    by_time,
    counts,
    engine_of_commands,
    get,
    link,
    links,
    rest,
)
from tests.webapp.test_report import words
from tests.wsgi import ask
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context
from webapp.search import facets, hits, search
from webapp.search.days import starts_of

TWO_DAYS = f">={NOW - timedelta(days=2):%Y-%m-%d}"


@pytest.fixture(scope="module")
def engine() -> Counting:
    return Counting(Reference(ROWS))


@pytest.fixture(scope="module")
def pages(engine: Counting) -> WsgiApp:
    """The pages over plain Python: a visitor without a session needs no database."""
    config = WebappConfig(secret_key_file=Path("/nonexistent"))
    return application(Context(NOWHERE, NO_STORE, config, search=engine), KEY)


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SegmentsEngine]:
    engine = SegmentsEngine(build(tmp_path_factory.mktemp("segments"), ROWS[:4]))
    yield engine
    engine.close()


def test_the_sentence_has_reports_the_estimate_and_the_largest_share(pages: WsgiApp) -> None:
    page = get(pages, ("product", "Firefox"))

    # 19 of 38 reports stand for ten crashes each; 10 of 38 are on Linux, 9 name no system.
    assert "38 reports match, for an estimated 209 crashes; 50 % on Windows NT." in words(page.text)
    assert "<title>38 crashes · Search" in page.text


def test_without_sampling_the_sentence_has_one_number(pages: WsgiApp) -> None:
    some = words(get(pages, ("product", "Fenix"), ("_facets", "")).text)
    one = words(get(pages, ("uptime", "1000"), ("_facets", "")).text)

    assert "18 crashes match. " in some
    assert "1 crash matches. " in one
    assert "estimated" not in some.lower()


def test_estimates_of_counts_lead_to_what_they_are(pages: WsgiApp) -> None:
    heading = '<a href="/documentation/about/#estimates">Estimated</a></th>'

    assert heading in get(pages, ("product", "Firefox")).text
    assert heading not in get(pages, ("product", "Fenix")).text


def test_no_match_says_what_to_do(pages: WsgiApp) -> None:
    page = get(pages, ("signature", "=nobody"))

    assert "No crash matches." in words(page.text)
    assert f"{NOW - timedelta(days=28):%Y-%m-%d}" in link(page, "the last 28 days")


def test_rows_lead_to_their_crashes_when_the_crash_id_is_no_chosen_column(pages: WsgiApp) -> None:
    usual = get(pages, ("_columns", "uuid"), ("_columns", "version"))

    page = get(pages, ("_columns", "version"))

    reports = re.compile(r'href="(/report/index/[-0-9a-f]{36})"')
    assert reports.findall(page.text) == reports.findall(usual.text) != []


@pytest.mark.parametrize(
    ("count", "share"), [(0, "0.0 %"), (1, "<0.1 %"), (5, "0.1 %"), (10_000, "100.0 %")]
)
def test_a_small_share_is_not_called_none(count: int, share: str) -> None:
    assert facets._share(count, 10_000) == share


@pytest.mark.parametrize(("value", "text"), [(5.0, "5"), (0.5, "0.5"), (True, "true")])
def test_the_start_of_an_interval_has_no_needless_decimals(value: object, text: str) -> None:
    assert facets.written(value) == text


def test_the_name_of_a_system_stays_on_one_line(pages: WsgiApp) -> None:
    page = get(pages, ("product", "Firefox"))

    assert '<td class="fold short">Windows NT</td>' in page.text


def test_a_number_that_is_folded_has_the_name_of_its_field(pages: WsgiApp) -> None:
    page = get(pages, *(("_columns", name) for name in ("uuid", "signature", "uptime", "version")))

    assert re.search(r'<span class="under">uptime [0-9,]+\N{NO-BREAK SPACE}· [0-9]', page.text)


SEARCHES: list[Pairs] = [
    (),
    (("product", "Firefox"), ("signature", "~OOM"), ("_columns", "uuid"), ("_columns", "uptime")),
    (
        ("q", 'product:=Fenix OR signature:~"<script>"'),
        ("_facets", "addons"),
        ("_facets", "uptime"),
    ),
    (("_sort", "-uptime"), ("_results_number", "7"), ("_results_offset", "3"), ("_facets", "")),
    (("date", TWO_DAYS), ("_facets_size", "1")),
    (("_histogram.date", "product"), ("_histogram_interval.date", "12h"), ("_facets", "version")),
    (("_aggs.product.version", "os_name"), ("_facets", "_cardinality.signature")),
]


@pytest.mark.parametrize("pairs", SEARCHES)
def test_page_and_rest_have_equal_numbers(pages: WsgiApp, pairs: Pairs) -> None:
    page = get(pages, *pairs)

    document = rest(link(page, "JSON"))
    crashes = re.findall(r'mono"><a href="/report/index/([-0-9a-f]{36})"', page.text)
    facets = {
        name.removeprefix("histogram_"): [term["count"] for term in facet]
        for name, facet in document["facets"].items()
        if isinstance(facet, list) and name != "histogram_date"
    }
    assert page.status == 200
    assert f"{document['total']:,}" in words(page.text)
    assert crashes == [hit["uuid"] for hit in document["hits"]]
    assert counts(page) == facets
    days = [term["count"] for term in document["facets"]["histogram_date"]]
    if not any(name == "_histogram.date" for name, _ in pairs):
        assert [number for number in by_time(page) if number] == days


@pytest.mark.parametrize("pairs", SEARCHES)
def test_the_command_prints_what_rest_answers(
    pages: WsgiApp, monkeypatch: pytest.MonkeyPatch, pairs: Pairs
) -> None:
    monkeypatch.setattr(search_query, "_engine", engine_of_commands)
    page = get(pages, *pairs)
    [text] = re.findall(r"<pre[^>]*>(socorro search .*?)</pre>", page.text, re.DOTALL)

    typed = shlex.split(html.unescape(text))[2:]
    output = CliRunner().invoke(command, [*typed, "--json"], catch_exceptions=False).output

    printed, answered = json.loads(output), rest(link(page, "JSON"))
    for document in (printed, answered):
        document.pop("_next", None)  # has the second of the search
    assert printed == answered


def test_files_have_every_hit_and_the_counts(pages: WsgiApp) -> None:
    page = get(pages, ("product", "Firefox"), ("_results_number", "5"), ("_facets", "os_name"))
    addresses = [address for address in dict.fromkeys(links(page)) if "format=csv" in address]

    by_day, hits, systems = (
        [*csv.reader(io.StringIO(ask(pages, address).text))] for address in addresses
    )

    assert hits[0] == ["uuid", "date", "signature", "product", "version", "os_name"]
    assert len(hits[1:]) == 38
    assert systems[0] == ["os_name", "count", "estimated"]
    assert [int(row[1]) for row in systems[1:]] == counts(page)["os_name"]
    assert [int(row[1]) for row in by_day[1:]] == [number for number in by_time(page) if number]


def test_pages_of_hits_follow_one_another(pages: WsgiApp) -> None:
    page = get(pages, ("_results_number", "20"), ("_facets", ""))
    crashes: list[str] = []
    for number in (20, 20, 16):
        crashes += re.findall(r'mono"><a href="/report/index/([-0-9a-f]{36})"', page.text)
        assert len(crashes) % 20 in (0, number)
        if number == 20:
            page = ask(pages, link(page, "Next rows"))

    assert crashes == [row["crash_id"] for row in ROWS[:56]]
    assert "Crashes 41 to 56 of 56" in words(page.text)
    assert "Next rows" not in page.text
    assert "First rows" in page.text


def test_real_segments_answer_the_page_in_one_search(segments: SegmentsEngine) -> None:
    engine = Counting(segments)
    config = WebappConfig(secret_key_file=Path("/nonexistent"))
    pages = application(Context(NOWHERE, NO_STORE, config, search=engine), KEY)

    page = get(pages, ("product", "Firefox"))

    assert "3 reports match, for an estimated 21 crashes" in words(page.text)
    assert sum(by_time(page)) == 3
    [query] = engine.queries  # hits, facets and days together
    assert {item.name for item in query.aggregations} == {*search.FACETS, search.HISTOGRAM}


@pytest.mark.parametrize(
    ("start", "end", "interval", "first", "count"),
    [
        ((2026, 11, 23, 13), (2026, 11, 30, 13), "1d", (2026, 11, 23), 8),
        ((2026, 11, 23), (2026, 11, 30), "1d", (2026, 11, 23), 7),
        ((2026, 11, 23, 13, 30), (2026, 11, 23, 15), "1h", (2026, 11, 23, 13), 2),
        ((2026, 11, 25), (2026, 12, 1), "1w", (2026, 11, 23), 2),
        ((2026, 11, 23), (2026, 11, 23, 0, 25), "10m", (2026, 11, 23), 3),
    ],
)
def test_bars_cover_the_whole_search(
    start: tuple[int, int, int],
    end: tuple[int, int, int],
    interval: str,
    first: tuple[int, int, int],
    count: int,
) -> None:
    starts = starts_of(datetime(*start, tzinfo=UTC), datetime(*end, tzinfo=UTC), interval)

    assert (starts[0], len(starts)) == (datetime(*first, tzinfo=UTC), count)


@pytest.mark.parametrize(
    ("days", "interval"), [(3, "1h"), (3.01, "1d"), (100, "1d"), (100.1, "1w"), (365, "1w")]
)
def test_a_long_search_has_longer_bars(days: float, interval: str) -> None:
    assert search.interval_of(timedelta(days=days)) == interval


def test_days_without_crashes_are_zero_and_partial_ones_are_named(pages: WsgiApp) -> None:
    page = get(pages, ("date", f">={NOW - timedelta(days=10):%Y-%m-%d}"), ("uptime", "<2000"))

    numbers = by_time(page)
    assert len(numbers) == 11
    assert (sum(numbers), numbers[0]) == (2, 0)
    assert "Partial bars: the last ends at" in words(page.text)


@pytest.mark.parametrize(("number", "shown"), [("55", 55), ("200", 56), ("201", 56), ("1000", 56)])
def test_a_page_shows_two_hundred_hits_at_most(
    pages: WsgiApp, engine: Counting, number: str, shown: int
) -> None:
    page = get(pages, ("_results_number", number), ("_facets", ""))

    assert engine.queries[-1].number == min(int(number), 200)
    assert page.text.count('mono"><a href="/report/index/') == shown


def test_a_search_sees_what_the_visitor_may_see() -> None:
    parsed = search.parse((("_columns", "email"),), NOW, Permitted(protected=True))

    assert parsed.request.query.protected


@pytest.mark.parametrize(("length", "is_cut"), [(120, False), (121, True)])
def test_a_long_text_of_a_hit_is_cut(length: int, is_cut: bool) -> None:
    text = str(hits._text("x " * (length // 2) + "x" * (length % 2)))

    assert ("…" in text) is is_cut


@pytest.mark.parametrize(
    ("text", "is_broken"),
    [("x" * 20, False), ("x" * 21, True), ("EXCEPTION_ACCESS_VIOLATION", False)],
)
def test_only_a_word_that_no_column_bears_is_broken(text: str, is_broken: bool) -> None:
    assert ('class="breaks"' in hits._text(text)) is is_broken


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1_763_000_000, '<span title="2025-11-13 02:13:20 UTC">1763000000</span>'),
        (hits.LAST_SECOND + 1, "253402300800"),
        (-1, "-1"),
    ],
)
def test_seconds_since_1970_are_digits_with_their_time(value: int, shown: str) -> None:
    install_time = SearchField("install_time", "integer", public=True)

    assert str(hits._written(install_time, value)) == shown


def test_bars_are_split_by_one_field_and_so_is_their_file(pages: WsgiApp) -> None:
    page = get(pages, ("_histogram.date", "product"), ("_facets", ""))
    [address] = {one for one in links(page) if "_results_number=0" in one}

    header, *rows = csv.reader(io.StringIO(ask(pages, address).text))

    split: dict[str, int] = {}
    for _, product, number, _ in rows:
        split[product] = split.get(product, 0) + int(number)
    assert header == ["histogram_date", "product", "count", "estimated"]
    assert split == {"Firefox": 38, "Fenix": 18}
    assert sum(by_time(page)) == 2 * 56  # products and their total
    assert counts(page) == {}
