"""A search without a match says which filter keeps the crashes out, and what is near its value."""

from pathlib import Path

import pytest

from socorro.search.interface import TooManySearches
from socorro.serving.health import WsgiApp
from tests.search.reference import Reference
from tests.webapp.conftest import KEY
from tests.webapp.searched import HOSTILE, NO_STORE, NOWHERE, ROWS, Counting, get, link
from tests.webapp.test_report import words
from tests.wsgi import ask
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context
from webapp.search.blamed import MOST


def pages_of(engine: Counting) -> WsgiApp:
    """The pages over an engine."""
    config = WebappConfig(secret_key_file=Path("/nonexistent"))
    return application(Context(NOWHERE, NO_STORE, config, search=engine), KEY)


@pytest.fixture
def engine() -> Counting:
    return Counting(Reference(ROWS))


@pytest.fixture
def pages(engine: Counting) -> WsgiApp:
    return pages_of(engine)


def test_a_wrong_product_is_named_with_the_nearest(pages: WsgiApp) -> None:
    page = get(pages, ("product", "Firefux"), ("process_type", "parent"))

    text = words(page.text)
    assert "Without product: Firefux , 56 reports match. Nearest to it: Firefox ." in text
    assert "Without process_type" not in text  # nothing matches without it either
    nearest = link(page, "Firefox")
    assert "38 reports match" in words(ask(pages, nearest).text)
    assert "product=Firefox" in nearest
    assert "process_type=parent" in nearest
    assert "Firefux" not in nearest


def test_the_link_without_a_filter_keeps_the_others(pages: WsgiApp) -> None:
    page = get(pages, ("signature", "=nobody"), ("product", "Fenix"))

    text = words(page.text)
    assert "Without signature: =nobody , 18 reports match." in text
    assert "Nearest" not in text  # signatures are too many to be compared


def test_values_that_take_long_to_compare_are_not_compared(engine: Counting) -> None:
    long = "Firefux" * 16
    rows = [row | {"product": f"{long}{number}"} for number, row in enumerate(ROWS)]

    text = words(get(pages_of(Counting(Reference(rows))), ("product", long)).text)

    assert "56 reports match" in text
    assert "Nearest" not in text


def test_a_few_filters_are_tried(pages: WsgiApp, engine: Counting) -> None:
    get(pages, *(("version", f"!=159.0b{number}") for number in range(9)))

    assert len(engine.queries) == 1 + MOST


def test_what_matches_asks_nothing_more(pages: WsgiApp, engine: Counting) -> None:
    get(pages, ("product", "Firefox"))

    assert len(engine.queries) == 1


def test_a_hostile_value_is_text(pages: WsgiApp) -> None:
    page = get(pages, ("signature", f"={HOSTILE}x"), ("product", "Firefox"))

    assert "Without" in words(page.text)
    assert "<script>alert" not in page.text
    assert "\u202e" not in page.text.partition("<ul")[2].partition("</ul>")[0]


def test_an_engine_that_refuses_more_leaves_the_page(engine: Counting) -> None:
    class Once(Counting):
        """Answers one search."""

        def search(self, query, permitted):  # type: ignore[no-untyped-def]
            if self.queries:
                raise TooManySearches
            return super().search(query, permitted)

    page = get(pages_of(Once(Reference(ROWS))), ("product", "Firefux"))

    assert page.status == 200
    assert "No crash matches." in words(page.text)
