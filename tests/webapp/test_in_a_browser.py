"""The pages in a real browser: accessible, usable by keyboard, complete without scripts."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.builders import make_crash
from tests.processed import MAC, processed, stored
from tests.webapp.examples import EXAMPLES, address, prepare

pytestmark = pytest.mark.browser

SCRIPT = "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">"

Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Open]:
    """Open an address of the site in a window of its own, as the user of a session."""
    contexts = []

    def open_one(path: str, session: str = "", **options: object) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        if session:
            context.add_cookies([{"name": "session", "value": session, "url": site}])
        page = context.new_page()
        page.goto(site + path)
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def addresses(
    app: WsgiApp,
    store: CrashStore,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, str]:
    """The address of every example, and of a page that does not exist."""
    monkeypatch.setenv("SOCORRO_EXTRACTS_FOLDER", str(tmp_path))
    values = prepare(store, database, tmp_path)
    paths = {name: address(*example, values) for name, example in EXAMPLES.items()}
    return {**paths, "404": "/nothing"}


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


@pytest.mark.parametrize("path", ["/search/?product=Firefox", "/api/"])
def test_each_command_has_a_button_that_copies_it(open_page: Open, path: str) -> None:
    page = open_page(path)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("document.querySelectorAll('.same').forEach((one) => { one.open = true; })")
    commands = page.locator("pre.code")
    buttons = page.locator("pre.code + button")

    assert commands.count() == buttons.count() > 0
    for place in range(buttons.count()):
        buttons.nth(place).click()
        expect(buttons.nth(place)).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == commands.nth(place).inner_text()


def test_enter_orders_a_table_and_space_opens_its_command(
    open_page: Open, addresses: dict[str, str]
) -> None:
    page = open_page(addresses["signature"])
    page.get_by_role("columnheader", name="Installs").first.get_by_role("link").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**&order-versions=-*")
    assert page.locator('[aria-sort="descending"]').first.inner_text().startswith("Installs")
    summary = page.get_by_text("Command", exact=True).first
    popup = page.locator(".popup").first

    summary.focus()
    page.keyboard.press("Space")
    expect(popup).to_be_visible()
    page.keyboard.press("Tab")
    expect(popup.get_by_role("button", name="Copy")).to_be_focused()
    page.keyboard.press("Enter")
    expect(popup.get_by_role("button")).to_have_text(re.compile("Copied|Selected"))

    page.keyboard.press("Escape")
    expect(popup).to_be_hidden()
    expect(summary).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    expect(popup).to_be_hidden()  # it lies over what has the focus now


def test_the_theme_is_switched_and_remembered(open_page: Open) -> None:
    page = open_page("/", color_scheme="light")
    back = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(back)

    page.get_by_role("button", name="Dark").click()
    switched = page.evaluate(back)
    page.reload()

    assert switched != before
    assert page.evaluate(back) == switched
    expect(page.get_by_role("button", name="Light")).to_be_visible()


def test_the_report_is_complete_without_scripts(open_page: Open, addresses: dict[str, str]) -> None:
    page = open_page(addresses["report"], java_script_enabled=False)

    page.get_by_text("Copy as text").click()

    pasted = page.get_by_label("The report as text").input_value()
    assert "Signature: sadness_generator::raise_segfault" in pasted
    expect(page.locator("#stack tbody tr").first).to_be_visible()
    expect(page.get_by_role("button", name="Dark")).to_be_hidden()


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

    page.get_by_role("combobox", name="Product").select_option("Firefox")
    page.get_by_role("button", name="Show").click()

    page.wait_for_url("**/?product=Firefox&version=")
    expect(page.locator("h1")).to_have_text("Firefox crashes")
