"""The questions of the product, answered by clicking from the first page; no address is typed."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.stories.conftest import Sample

pytestmark = [pytest.mark.stories, pytest.mark.timeout(0)]


class Walk:
    """Somebody at the first page who counts clicks."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def click(self, name: str | re.Pattern[str], within: str = "body") -> None:
        """Follow the first link of that name."""
        place: Locator = self.page.locator(within).get_by_role("link", name=name, exact=True)
        place.first.click()
        self.page.wait_for_load_state("load")
        self.clicks += 1

    def text(self, within: str = "main") -> str:
        return self.page.locator(within).first.inner_text()


@pytest.fixture
def walk(sample: Sample, browser: Browser) -> Iterator[Walk]:
    page = browser.new_page()
    page.goto(f"{sample.url}/")
    yield Walk(page)
    page.close()


def test_whether_it_crashes_more_than_yesterday_is_said_at_once(walk: Walk) -> None:
    assert re.search(r"[\d.]+ crashes per 100 ADI", walk.text())
    assert re.search(r"no measurable change|\b(up|down|above usual|below usual)\b", walk.text())


def test_what_to_fix_first_is_listed_at_once(walk: Walk, sample: Sample) -> None:
    first = walk.text("#first")

    fast = [plant["signature"] for plant in sample.truth["explosive"] if plant["name"] == "fast-1"]
    assert fast[0] in first
    assert "exploded" in first


def test_the_build_that_brought_a_crash_is_two_clicks_away(walk: Walk, sample: Sample) -> None:
    [story, *_] = sample.truth["regressions"]

    walk.click("Changes")
    walk.click(story["signature"])

    assert walk.clicks == 2
    assert story["first_bad_build"] in walk.text("#builds")
    assert story["first_good_build"] in walk.text("#builds")


def test_whether_a_crash_is_known_is_one_click_away(walk: Walk) -> None:
    walk.page.locator("#first a[href^='/signature/']").first.click()

    expect(walk.page.locator("#bugs")).to_be_visible()


def test_the_counts_of_a_page_as_csv_are_one_click_away(walk: Walk) -> None:
    with walk.page.expect_download() as download:
        walk.page.get_by_role("link", name="CSV").first.click()

    assert download.value.suggested_filename.endswith(".csv")


def test_whether_the_line_is_healthy_is_one_click_away(walk: Walk) -> None:
    walk.click("Status")

    assert walk.text(".lead").startswith(("Healthy", "Warning", "Critical"))


@pytest.mark.parametrize("name", ["fast-1", "fast-2", "slow-1", "slow-2", "low-1", "low-2"])
def test_an_explosion_is_under_changes(walk: Walk, sample: Sample, name: str) -> None:
    [story] = [plant for plant in sample.truth["explosive"] if plant["name"] == name]

    walk.click("Changes")
    assert story["signature"] in walk.text("#exploded")
    walk.click(story["signature"], "#exploded")

    assert story["signature"] in walk.text("h1").replace("\u200b", "")


def test_mixed_builds_are_under_modules(walk: Walk, sample: Sample) -> None:
    [story, *_] = sample.truth["frankeninstalls"]

    walk.click("Modules")
    walk.click("Mixed builds")

    row = walk.page.locator("tr", has_text=story["signature"]).first.inner_text()
    assert story["module"] in row
    assert story["module_of_build"] in row


def test_malware_is_under_modules(walk: Walk, sample: Sample) -> None:
    [story, *_] = sample.truth["malware"]

    walk.click("Modules")
    walk.click("Suspicious modules")

    assert any(module in walk.text() for module in story["modules"])


def test_what_a_signature_goes_with_is_on_its_page(walk: Walk, sample: Sample) -> None:
    [story, *_] = sample.truth["correlations"]

    walk.page.get_by_role("searchbox").fill(story["signature"])
    walk.page.keyboard.press("Enter")
    walk.page.wait_for_url("**/signature/**")

    assert story["module"] in walk.text("#correlations")


def test_a_shift_of_null_signatures_is_a_comparison_that_is_offered(
    walk: Walk, sample: Sample
) -> None:
    [story] = sample.truth["null_signature_shifts"]

    walk.click("Builds")
    row = f"tr:has-text('{story['version_after']}')"
    walk.click(re.compile("not enough data yet|worse"), row)
    walk.click("Null signatures")  # of these two; a later beta may be out already

    assert story["version_before"] in walk.text("h1")
    assert story["version_after"] in walk.text("h1")
    assert "crashes without a useful signature: up" in walk.text(".lead")
