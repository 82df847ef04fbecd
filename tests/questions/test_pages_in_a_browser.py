"""Declared pages with counts, in a real browser: accessible, no wider than the window, complete."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from socorro.serving.health import WsgiApp
from tests.browser import browser_type_launch_args  # noqa: F401
from tests.questions.test_equal_answers import SAMPLES, common
from tests.questions.test_equal_pages import pages  # noqa: F401
from tests.serving.running import running
from tests.webapp.test_every_page_in_a_browser import OF_COLOURS
from webapp.frame.declared import Page as Declared
from webapp.frame.table_of_pages import PAGES

pytestmark = pytest.mark.browser

WIDTHS = (390, 1024, 1440)
BY_ROUTE = {page.route: page for page in reversed(PAGES) if not page.question.permission}


@pytest.fixture(scope="module")
def site(pages: WsgiApp) -> Iterator[str]:  # noqa: F811
    with running(pages) as server:
        yield f"http://127.0.0.1:{server.address[1]}"


def path_of(page: Declared) -> str:
    from django.urls import reverse  # Django must be set up first

    sample = next(iter(SAMPLES.get(page.question.name, [{}])))
    values = {**common(page.question), **sample}
    return f"{reverse(page.route)}?{urlencode(values, doseq=True)}"


@pytest.mark.parametrize("route", BY_ROUTE)
def test_a_page_with_counts_is_accessible_and_fits(route: str, site: str, browser: Browser) -> None:
    page: Page = browser.new_page()
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))

    page.goto(site + path_of(BY_ROUTE[route]))
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    widths = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        widths.append(page.evaluate("document.documentElement.scrollWidth"))
    reports = [Axe().run(page)]
    page.emulate_media(color_scheme="dark")
    reports.append(Axe().run(page, options=OF_COLOURS))
    page.close()

    assert [report.generate_report() for report in reports if report.violations_count] == []
    assert messages == []
    assert all(width <= limit for width, limit in zip(widths, WIDTHS, strict=True)), widths


def test_tables_are_complete_without_script(site: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    rows = {}
    for route, declared in BY_ROUTE.items():
        page.goto(site + path_of(declared))
        rows[route] = page.locator("table.data tbody tr").count()
    context.close()

    assert all(rows.values()), rows
