"""Signing in with a real browser, by keyboard; each page behind it is accessible."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from tests.accounts import PASSWORD, token, user
from tests.builders import make_crash
from tests.processed import MAC, processed

pytestmark = pytest.mark.browser

COMMENT = "I pressed Reload <b>twice</b>\nand it was gone"


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(color_scheme=request.param)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def report(store: CrashStore, database: Database) -> str:
    """The address of a report with something protected."""
    raw = make_crash(
        datetime.now(UTC),
        URL="https://ann.example/diary?day=1",
        Email="ann@example.com",
        Comments=COMMENT,
    )
    return f"/report/index/{processed(store, database, MAC, raw).crash_id}"


def hold_to_the_rules(page: Page) -> None:
    """No fault for axe, nothing scrolls sideways on a telephone."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    report = Axe().run(page)
    assert report.violations_count == 0, report.generate_report()
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.set_viewport_size({"width": 1280, "height": 800})


def test_a_user_signs_in_sees_what_is_protected_makes_a_token_and_leaves(
    page: Page, site: str, report: str, database: Database
) -> None:
    user(database, "ann@example.com", "Hackers Plus")
    token(database, "ann@example.com", ["view_pii"], note="triage script")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    page.goto(site + report)
    expect(page.get_by_role("heading", name="Protected")).to_have_count(0)
    page.get_by_role("link", name="Sign in").click()
    hold_to_the_rules(page)
    page.get_by_label("Name or e-mail").fill("Ann@Example.com")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    page.wait_for_url(f"**{report}")
    section = page.get_by_role("region", name="Protected")
    expect(section.locator(".comments")).to_have_text(COMMENT)
    expect(section.get_by_text("https://ann.example/diary?day=1")).to_be_visible()
    hold_to_the_rules(page)
    with page.expect_download() as started:
        page.get_by_role("link", name="upload_file_minidump.dmp").click()
    assert started.value.suggested_filename.endswith(".upload_file_minidump.dmp")

    page.get_by_role("link", name="ann@example.com", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ann@example.com")
    hold_to_the_rules(page)
    page.get_by_role("link", name="1 token for scripts").click()
    page.get_by_label("Note: what the token is for").fill("nightly figures")
    page.get_by_label("Run long queries").check()
    page.get_by_role("button", name="Create token").click()
    expect(page.locator("#new-token")).to_have_text(page.locator("#new-token").inner_text().strip())
    hold_to_the_rules(page)
    page.get_by_role("button", name="Revoke nightly figures").click()
    expect(page.get_by_role("button", name="Revoke nightly figures")).to_have_count(0)

    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    page.goto(site + report)
    expect(page.get_by_role("heading", name="Protected")).to_have_count(0)
    assert said == []


def test_a_long_comment_unfolds_and_stays_within_the_page(
    page: Page, site: str, store: CrashStore, database: Database
) -> None:
    user(database, "ann", "Hackers")
    words = "first line\nsecond " + "x" * 400
    crash = processed(store, database, MAC, make_crash(datetime.now(UTC), Comments=words))
    page.goto(f"{site}/login/?next=/report/index/{crash.crash_id}")
    page.get_by_label("Name or e-mail").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/{crash.crash_id}")
    comments = page.locator(".comments")

    comments.locator("summary").click()

    expect(comments.locator(".whole")).to_have_text(words)
    assert comments.evaluate("one => getComputedStyle(one).whiteSpace") == "pre-wrap"
    hold_to_the_rules(page)


def test_a_wrong_password_says_so_and_keeps_the_name(page: Page, site: str) -> None:
    page.goto(site + "/login/")
    page.get_by_label("Name or e-mail").fill("ann")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_contain_text("The name or the password is wrong")
    expect(page.get_by_label("Name or e-mail")).to_have_value("ann")
    hold_to_the_rules(page)
