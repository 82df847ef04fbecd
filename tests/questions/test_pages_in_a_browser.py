"""Declared pages with counts, in a real browser: accessible, no wider than the window, complete."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from socorro.serving.health import WsgiApp
from tests.browser import browser_type_launch_args  # noqa: F401
from tests.questions.test_equal_answers import SAMPLES
from tests.questions.test_equal_pages import address_of, pages  # noqa: F401
from tests.serving.running import running
from tests.webapp.test_every_page_in_a_browser import OF_COLOURS
from webapp.frame.declared import Page as Declared
from webapp.frame.table_of_pages import PAGES

pytestmark = pytest.mark.browser

WIDTHS = (390, 1024, 1440)
PAPER = 680  # CSS px between the margins of A4
BY_ROUTE = {page.route: page for page in reversed(PAGES) if not page.question.permission}


@pytest.fixture(scope="module")
def site(pages: WsgiApp) -> Iterator[str]:  # noqa: F811
    with running(pages) as server:
        yield f"http://127.0.0.1:{server.address[1]}"


def path_of(page: Declared) -> str:
    return address_of(page, next(iter(SAMPLES.get(page.question.name, [{}]))))


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
    page.emulate_media(media="print", color_scheme="light")
    page.set_viewport_size({"width": PAPER, "height": 960})
    printed = page.evaluate("document.documentElement.scrollWidth")
    page.close()

    assert [report.generate_report() for report in reports if report.violations_count] == []
    assert messages == []
    assert all(width <= limit for width, limit in zip(widths, WIDTHS, strict=True)), widths
    assert printed <= PAPER


def test_tables_are_complete_without_script(site: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    rows = {}
    for route, declared in BY_ROUTE.items():
        page.goto(site + path_of(declared))
        rows[route] = page.locator("table.data tbody tr").count()
    context.close()

    assert all(rows.values()), rows


def test_a_chart_is_read_by_keyboard_and_by_pointer(site: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    page.goto(site + path_of(BY_ROUTE["builds"]))
    chart = page.locator(".chart").first
    slider, reading = chart.get_by_role("slider"), chart.locator("output")
    places = chart.locator(".area g > title").all_text_contents()
    whole = chart.locator(".area g").first.bounding_box()

    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(reading).to_have_text(places[-2])
    expect(slider).to_have_attribute("aria-valuetext", places[-2])
    page.keyboard.press("+")
    enlarged = chart.locator(".area g").first.bounding_box()
    page.keyboard.press("Escape")
    again = chart.locator(".area g").first.bounding_box()
    box = chart.locator(".area").bounding_box()
    assert whole
    assert enlarged
    assert again
    assert box
    page.mouse.move(box["x"] + 2, box["y"] + 40)

    expect(reading).to_have_text(places[0])
    assert enlarged["width"] == pytest.approx(2 * whole["width"], rel=0.01)
    assert again == pytest.approx(whole)
    page.close()
