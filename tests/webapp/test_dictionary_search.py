"""The data dictionary by topic and by word, the values of a field, and the page about numbers."""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from socorro.fields import fields
from socorro.search.catalog import catalog
from socorro.search.interface import (
    Engine,
    Result,
    SearchUnavailable,
    TooManySearches,
    TooSlow,
)
from socorro.serving.health import WsgiApp
from tests.search.reference import Reference
from tests.search.rows import make_row
from tests.webapp.test_dictionary import words
from tests.wsgi import ask
from webapp.crashstats import about, topics
from webapp.crashstats.top_values import is_counted, top_values

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
HOME = "/documentation/datadictionary/"


def names(page: str) -> list[str]:
    return re.findall(rf'<a href="{HOME}\w+/(\w+)">', page)


def test_every_field_is_in_one_group() -> None:
    processed, raw = topics.grouped_processed(), topics.grouped_raw()

    for kind, groups in (("processed_crash", processed), ("raw_crash", raw)):
        members = [field.name for group in groups.values() for field in group]
        assert sorted(members) == sorted(fields(kind))  # type: ignore[arg-type]
    assert list(processed) == list(topics.GROUPS.values())
    assert "URL" in [field.name for field in raw["From the user and the application"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oom_allocation_size", ["oom_allocation_size"]),
        ("OOMAllocationSize", ["oom_allocation_size", "OOMAllocationSize"]),
        ("microcode  CPU", ["cpu_microcode_version", "CPUMicrocodeVersion"]),
    ],
)
def test_a_search_finds_all_words_in_name_or_meaning(
    app: WsgiApp, text: str, expected: list[str]
) -> None:
    page = ask(app, f"{HOME}?search={text.replace(' ', '+')}")

    assert names(page.text.split("<form class")[2]) == expected
    assert f'value="{text}"' in page.text


def test_a_search_without_a_match_names_the_nearest(app: WsgiApp) -> None:
    page = ask(app, f"{HOME}?search=releas_chanel").text

    assert "No field matches “releas_chanel”. Nearest names: release_channel" in words(page)
    assert "<table" not in page


def test_a_search_is_text_and_has_a_longest_length(app: WsgiApp) -> None:
    nasty = ask(app, f"{HOME}?search=%3Cscript%3E%E2%80%AE").text
    long = ask(app, f"{HOME}?search={'x' * 101}").text

    assert "<script>" not in nasty.split("<main")[1]
    assert f'value="{"x" * 100}"' in long


def test_values_are_counted_on_the_last_whole_day_most_crashes_first() -> None:
    rows = [
        make_row(number, NOW - timedelta(days=day), product=product, throttle_rate=rate)
        for number, (day, product, rate) in enumerate(
            [(1, "Fenix", 0.1), (1, "Firefox", 1.0), (1, "Firefox", 1.0), (0, "Today", 1.0),
             (2, "Before", 1.0)]
        )
    ]  # fmt: skip

    top = top_values(Reference(rows), "product", NOW)

    assert (str(top.day), top.estimated, top.problem) == ("2026-11-22", 12, "")
    assert [(one.text, one.estimated, one.reports) for one in top.values] == [
        ("Fenix", 10, 1),
        ("Firefox", 2, 2),
    ]


def test_values_are_of_public_fields_with_few_values_only() -> None:
    assert is_counted("product")
    assert is_counted("startup_crash")
    for name in ("url", "user_comments", "email", "install_time", "date_processed", "nothing"):
        assert not is_counted(name)
    assert all(catalog()[name].public for name in catalog() if is_counted(name))


class Away(Reference):
    """An engine that is away, in one of the ways of engines."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def search(self, *_: object) -> Result:
        raise self.error


def test_what_is_missing_is_said() -> None:
    unique = [make_row(number, NOW - timedelta(days=1)) for number in range(12)]
    reasons: Mapping[str, tuple[Engine | None, str]] = {
        "Search is not available.": (None, "product"),
        "No crash on 2026-11-22.": (Reference([]), "product"),
        "No value occurred twice on 2026-11-22.": (Reference(unique), "crash_id"),
    }

    for problem, (engine, name) in reasons.items():
        top = top_values(engine, name, NOW)
        assert (top.values, top.problem) == ((), problem)
    for error in (SearchUnavailable(), TooManySearches(), TooSlow()):
        top = top_values(Away(error), "product", NOW)
        assert top.problem == "Search does not answer now. Reload this page later."


def test_a_protected_field_has_no_values_on_its_page(app: WsgiApp) -> None:
    assert "Most frequent values" in ask(app, f"{HOME}processed_crash/product").text
    assert "Most frequent values" not in ask(app, f"{HOME}processed_crash/url").text
    assert "Most frequent values" not in ask(app, f"{HOME}raw_crash/ProductName").text


def test_values_lead_to_their_crashes(app: WsgiApp) -> None:
    page = ask(app, f"{HOME}processed_crash/product").text

    links = re.findall(r'href="(/search/[?]product=%3D[^"]*)"', page)
    assert links
    for link in links:
        assert ask(app, html.unescape(link)).status == 200


def test_the_page_about_numbers_has_an_anchor_for_each_section(app: WsgiApp) -> None:
    page = ask(app, "/documentation/about/")

    assert page.status == 200
    assert re.findall(r'<h2 id="([^"]*)">([^<]*)</h2>', page.text) == [
        (anchor, html.escape(title)) for anchor, title in about.SECTIONS
    ]
    assert 'href="/documentation/about/"' in ask(app, "/").text
