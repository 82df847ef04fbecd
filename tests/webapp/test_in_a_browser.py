"""The pages in a real browser: accessible, usable by keyboard, complete without scripts."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from socorro.crashstore.interface import CrashStore
from socorro.extracts import folder
from socorro.postgres import Database
from tests.builders import make_crash
from tests.processed import LINUX, MAC, processed, stored

pytestmark = pytest.mark.browser

SCRIPT = "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">"

NAMES = (
    "home", "report", "pending", "signature", "dictionary", "field", "missing", "extracts",
)  # fmt: skip

Open = Callable[[str], Page]


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Open an address of the site in a window of its own."""
    contexts = []

    def open_one(address: str, **options: object) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.goto(site + address)
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def addresses(
    store: CrashStore, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """An address of every kind of page."""
    crash = processed(
        store, database, MAC, make_crash(datetime.now(UTC), GraphicsCriticalError="a b " * 200)
    )
    processed(store, database, LINUX, make_crash(datetime.now(UTC)))
    monkeypatch.setenv("SOCORRO_EXTRACTS_FOLDER", str(tmp_path))
    extract = folder.path(tmp_path, date(2026, 11, 23), "Thunderbird", "public")
    extract.parent.mkdir()
    for path in (extract, folder.checksum(extract), folder.described(extract)):
        path.write_text("an extract")
    waiting = stored(store, make_crash())
    return {
        "home": "/",
        "report": f"/report/index/{crash.crash_id}",
        "pending": f"/report/index/{waiting.crash_id}",
        "signature": "/signature/?signature=sadness_generator::raise_segfault",
        "dictionary": "/documentation/datadictionary/",
        "field": "/documentation/datadictionary/processed_crash/json_dump",
        "missing": "/symbols/missing/",
        "extracts": "/extracts/",
        "404": "/nothing",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [*NAMES, "404"])
def test_axe_finds_no_fault(
    open_page: Callable[..., Page], addresses: dict[str, str], name: str, scheme: str
) -> None:
    page = open_page(addresses[name], color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    found = Axe().run(page)

    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [360, 760, 1440])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_scrolls_sideways(
    open_page: Callable[..., Page], addresses: dict[str, str], name: str, width: int
) -> None:
    page = open_page(addresses[name], viewport={"width": width, "height": 800})

    wide = page.evaluate("document.documentElement.scrollWidth")

    assert wide <= width


def test_the_keyboard_leads_to_search_and_content(
    open_page: Open, addresses: dict[str, str]
) -> None:
    page = open_page(addresses["home"])

    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type(addresses["report"].rpartition("/")[2])
    page.keyboard.press("Enter")
    page.wait_for_url("**/report/index/*")

    expect(page.locator("h1")).to_contain_text("raise_segfault")


def test_the_theme_is_switched_and_remembered(open_page: Callable[..., Page]) -> None:
    page = open_page("/", color_scheme="light")
    back = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(back)

    page.get_by_role("button", name="Dark").click()
    switched = page.evaluate(back)
    page.reload()

    assert switched != before
    assert page.evaluate(back) == switched
    expect(page.get_by_role("button", name="Light")).to_be_visible()


def test_the_report_is_complete_without_scripts(
    open_page: Callable[..., Page], addresses: dict[str, str]
) -> None:
    page = open_page(addresses["report"], java_script_enabled=False)

    page.get_by_text("Copy as text").click()

    told = page.get_by_label("The report as text").input_value()
    assert "Signature: sadness_generator::raise_segfault" in told
    expect(page.locator("#stack tbody tr").first).to_be_visible()
    expect(page.get_by_role("button", name="Dark")).to_be_hidden()


def test_no_page_says_anything_to_the_console(
    browser: Browser, site: str, addresses: dict[str, str]
) -> None:
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    for name in ("home", "report", "pending", "signature"):
        page.goto(site + addresses[name], wait_until="networkidle")
    page.close()

    assert said == []


def test_a_pending_page_turns_into_the_report_by_itself(
    open_page: Open, store: CrashStore, database: Database
) -> None:
    crash = stored(store, make_crash())
    page = open_page(f"/report/index/{crash.crash_id}")
    expect(page.locator("h1")).to_have_text("This crash is not processed yet")

    processed(store, database, raw=crash)

    expect(page.locator("h1")).to_contain_text("CrashFunction", timeout=30_000)


def test_scripts_in_values_do_not_run(
    open_page: Open, store: CrashStore, database: Database
) -> None:
    crash = processed(
        store,
        database,
        MAC,
        make_crash(datetime.now(UTC), ReleaseChannel=SCRIPT, GraphicsCriticalError=SCRIPT * 9),
        {"signature": SCRIPT, "reason": SCRIPT},
        ProductName=SCRIPT,
    )

    titles = [open_page(address).title() for address in (f"/report/index/{crash.crash_id}", "/")]

    assert "pwned'" in titles[0]
    assert titles[1] == "Crashes · Socorro"


def test_the_filter_is_a_form_whose_state_is_in_the_address(
    open_page: Open, addresses: dict[str, str]
) -> None:
    page = open_page(addresses["home"])

    page.get_by_label("Product").select_option("Firefox")
    page.get_by_role("button", name="Show").click()

    page.wait_for_url("**/?product=Firefox&version=")
    expect(page.locator("h1")).to_have_text("Crashes of Firefox")
