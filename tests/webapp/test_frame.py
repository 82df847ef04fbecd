"""The frame of pages: parameters carried along, problems shown, tables that order by link."""

import csv
import io
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import resolve

from socorro.postgres import Connection, Database
from socorro.questions import columns, parameters
from socorro.questions.interface import Answer, Note, Question, Unknown
from socorro.serving.health import WsgiApp
from webapp.context import KEY, Context
from webapp.crashstats import about
from webapp.crashstats.rows import breakable
from webapp.crashstats.templatetags.crash import together
from webapp.frame.asked import Content, ask
from webapp.frame.declared import Look, Page
from webapp.frame.filters import filters
from webapp.frame.navigation import navigation
from webapp.frame.state import Links
from webapp.frame.table_of_pages import PAGES
from webapp.frame.tables import headings

LOOKS = [
    pytest.param(page, look, id=f"{page.route}-{page.key}-{look.name}")
    for page in PAGES
    for look in page.looks
]
# What says that a column has numbers which are more than a count.
IS_ESTIMATE = re.compile(
    r"estimate(?!d crashes, percent)|expected|sampling|\bper 1|interval|verdict|\b[Rr]at(e|io)\b"
)
SCRIPT = "<script>alert(1)</script>"
ROWS = [
    ["b|c", 7, 0.5, date(2026, 11, 29)],
    [SCRIPT, 1234567, None, None],
    ["a\u202eb", 20, 2.5, None],
]


def answered(_db: Connection, values: dict[str, Any]) -> Answer:
    if values["product"] == "Firefux":
        raise Unknown("product", "no product 'Firefux' (products: Firefox)")
    about = {"product": values["product"] or "Firefox"}
    return Answer("Answers", ROWS[: values["limit"]], about, [Note("total", "2 & 3")], total=9)


PAGE = Page(
    route="home",
    question=Question(
        "Answers",
        "answers",
        "Answers",
        "Answers.",
        (*parameters.period(), parameters.limit(3), parameters.OFFSET),
        (
            columns.text("name", "Name"),
            columns.count("crash_count", "Crashes"),
            columns.number("ratio", "Ratio", nullable=True),
            columns.day("day", "Day", nullable=True),
        ),
        answered,
    ),
    looks=(
        Look("name", "Name"),
        Look("crash_count", "Crashes"),
        Look("ratio", "Ratio", folds=True),
    ),
    defaults={"days": "3"},
)


@pytest.fixture
def get(app: WsgiApp, database: Database) -> Any:
    def answer(query: str = "") -> Content | HttpResponse:
        request = RequestFactory().get(f"/?{query}")
        request.environ[KEY] = Context(database, None, None)
        return ask(request, PAGE)

    return answer


def test_the_page_shows_the_rows_of_its_question_escaped(get: Any) -> None:
    content = get()
    text = render_to_string("frame/table.html", {"table": content.table})

    assert content.values["days"] == 3
    assert SCRIPT not in text
    assert "&lt;script&gt;" in text
    assert "a⟨U+202E⟩b" in text
    assert '<td class="number">1,234,567</td>' in text
    assert '<td class="number fold">0.500</td>' in text
    assert content.table.command == "socorro answers --days 3"
    assert content.table.api == "/api/Answers/?days=3"


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("", ["b|c", SCRIPT, "a\u202eb"]),
        ("-crash_count", [SCRIPT, "a\u202eb", "b|c"]),
        ("crash_count", ["b|c", "a\u202eb", SCRIPT]),
        ("ratio", ["b|c", "a\u202eb", SCRIPT]),  # without a value: last
        ("-ratio", ["a\u202eb", "b|c", SCRIPT]),
        ("-name", ["b|c", "a\u202eb", SCRIPT]),
        ("day", ["b|c", SCRIPT, "a\u202eb"]),  # no column of the page
    ],
)
def test_rows_are_ordered_by_link_on_the_page_and_in_its_csv(
    get: Any, order: str, names: list[str]
) -> None:
    content = get(f"order={order}")
    sheet = get(f"order={order}&format=csv").content.decode()
    counts = [int(row["crash_count"]) for row in csv.DictReader(io.StringIO(sheet))]

    assert [row["name"] for row in content.rows] == names
    assert counts == [row["crash_count"] for row in content.rows]


def test_a_heading_turns_the_order_around(get: Any) -> None:
    first = get().table.headings[1]
    second = get("order=-crash_count").table.headings[1]

    assert ("order=-crash_count" in first.order_address, first.order) == (True, "")
    assert ("order=crash_count" in second.order_address, second.order) == (True, "descending")


@pytest.mark.parametrize(
    ("query", "name", "says"),
    [
        ("product=Firefux", "product", "products: Firefox"),
        ("days=x", "days", "not a whole number"),
        ("days=1&days=2", "days", "more than once"),
        ("version=1" + "&version=1" * 20, "version", "more than 20 times"),
        ("days=-1", "days", "-1 is not between"),
        ("format=json&days=7", "format", "'json' is not csv; JSON is at /api/Answers/?days=7"),
        ("from=2026-13-01", "from", "is not a date"),
        ("product=a%00b%07", "product", "control characters"),
    ],
)
def test_a_wrong_value_shows_the_page_with_the_reason(
    get: Any, query: str, name: str, says: str
) -> None:
    content = get(query)

    assert says in content.problems[name]
    assert content.rows == []
    assert get(f"{query}&format=csv").problems == content.problems


def test_a_form_without_an_answer_keeps_the_usual_days(database: Database) -> None:
    only_days = replace(PAGE.question, parameters=(parameters.days(),))
    with database.transaction() as db:
        (days,) = filters(db, only_days, {}, {})

    assert [choice.value for choice in days.choices if choice.is_chosen] == ["7"]


def test_a_product_that_was_not_chosen_is_not_shown_as_chosen(database: Database) -> None:
    only_product = replace(PAGE.question, parameters=(parameters.PRODUCT,))
    with database.transaction() as db:
        (everything,) = filters(db, only_product, {}, {"product": None})
        (one,) = filters(db, only_product, {}, {"product": "Firefox"})

    assert (everything.any, [one.value for one in everything.choices if one.is_chosen]) == (
        "All",
        [],
    )
    assert (one.any, [one.value for one in one.choices if one.is_chosen]) == ("", ["Firefox"])


def test_a_method_of_java_wraps_after_dots_and_a_file_does_not() -> None:
    assert (
        breakable("at an.app.Main.run(Main.java)") == "at an.<wbr>app.<wbr>Main.<wbr>run(Main.java)"
    )
    assert breakable("b.dll@0x1 | c.so") == "b.dll@0x1 |<wbr> c.so"


def test_next_rows_are_a_link_until_the_last(get: Any) -> None:
    content = get("offset=3")
    end = get("offset=6")

    assert "offset=6" in content.table.older
    assert "offset" not in content.table.first
    assert end.table.older == ""


def test_links_carry_the_parameters_of_all_pages_and_no_others() -> None:
    links = Links("/here/", {"product": ["Fire fox"], "version": ["1", "2"], "order": ["name"]})

    assert links.to("home", days="7") == "/?product=Fire+fox&version=1&version=2&days=7"
    assert (
        links.to("home", version=None, from_="2026-11-01") == "/?product=Fire+fox&from=2026-11-01"
    )
    assert links.here(product=None) == "/here/?version=1&version=2&order=name"


def test_a_filter_offers_what_is_chosen_even_if_it_is_no_choice(get: Any) -> None:
    days = next(one for one in get("days=9").filters if one.name == "days")

    assert [choice.value for choice in days.choices if choice.is_chosen] == ["9"]
    assert [choice.value for choice in days.choices] == ["1", "3", "7", "9", "14", "28"]


def test_days_that_are_named_are_kept_by_the_form(get: Any) -> None:
    content = get("from=2026-11-01&to=2026-11-08")

    assert "days" not in [one.name for one in content.filters]
    assert ("from", "2026-11-01") in content.hidden_fields


@pytest.mark.parametrize(("page", "look"), LOOKS)
def test_each_heading_of_an_estimate_leads_to_what_it_means(page: Page, look: Look) -> None:
    described = {column.name: column.description for column in page.question.columns}
    texts = (look.name, look.heading, look.title, described.get(look.name, ""))
    heading = headings(page, Links("/", {}))[page.looks.index(look)]

    assert bool(heading.section) == bool(IS_ESTIMATE.search(" ".join(texts)))
    assert heading.section in ("", *dict(about.SECTIONS))


def test_a_heading_has_its_order_first_and_then_what_it_means(get: Any) -> None:
    text = render_to_string("frame/table.html", {"table": get().table})

    column = re.search('<th[^>]*abbr="Ratio"[^>]*>(.*?)</th>', text)[1]
    assert [
        (link[1], link[2]) for link in re.finditer('<a href="([^"]*)"[^>]*>([^<]*)', column)
    ] == [
        ("/?order=-ratio", "Ratio"),
        ("/documentation/about/#intervals", "?"),
    ]
    assert text.count("/documentation/about/") == 1


def test_dates_and_percents_are_not_parted_at_the_end_of_a_line() -> None:
    text = together("<b> 2026-11-23 23:46 to 2026-11-30 UTC, 0.5 % of 7")

    dates = "<time>2026-11-23 23:46</time> to <time>2026-11-30 UTC</time>"
    assert text == f"&lt;b&gt; {dates}, 0.5\N{NO-BREAK SPACE}% of 7"


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("/status/failed/", "Status"),
        ("/modules/suspicious/", "Modules"),
        ("/modules/frankeninstalls/", "Modules"),
    ],
)
def test_a_page_below_another_marks_its_link(path: str, link: str) -> None:
    request = RequestFactory().get(path)
    request.resolver_match = resolve(path)

    right = navigation(request)["navigation_right"]

    assert [item.text for item in right if item.is_current] == [link]
