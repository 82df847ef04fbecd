"""Builds, Compare, Hangs and lists of modules: sentences, links from row to row, hostile names."""

import html
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Database, execute
from socorro.serving.health import WsgiApp
from tests.builds_counted import nightly_builds, release_day
from tests.conftest import copy_of
from tests.counted import version
from tests.wsgi import ask
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context
from webapp.crashstats import builds as builds_page
from webapp.crashstats import compare
from webapp.frame.state import Links

LAST = date(2028, 2, 28)
HOSTILE = "<script>x</script>\u202e | " + "a" * 9000
HANG = """
    INSERT INTO hang_pairs
    SELECT '2028-02-28', 'h1', '00000000-0000-4000-8000-000000280228',
           '00000000-0000-4000-8000-000001280228', '2028-02-28', '2028-02-28',
           product_version_id, signature_id, signature_id, NULL, '{}'
    FROM product_versions, signatures WHERE version = '141.0' AND starts_with(signature, '<script');
    INSERT INTO build_counts
    SELECT '2028-02-28', product_version_id, to_char(build_date, 'YYYYMMDD') || '031153', 5, 5
    FROM product_versions;
    INSERT INTO product_version_builds
    SELECT product_version_id, to_char(build_date, 'YYYYMMDD') || '031153', 'win64'
    FROM product_versions ON CONFLICT DO NOTHING;
    UPDATE signatures SET first_build = '20280208031153' WHERE starts_with(signature, '<script')
    """


@pytest.fixture(scope="module")
def pages(postgres_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WsgiApp]:
    """Two releases, the second one twice as bad; two nightlies; a hang of hostile signatures."""
    folder: Path = tmp_path_factory.mktemp("builds")
    with copy_of(postgres_dsn, "template", "build_pages") as dsn:
        database = Database(dsn, size=2, name="tests")
        with database.transaction() as db:
            old = version(db, "140.0", built=LAST - timedelta(days=27))
            new = version(db, "141.0", built=LAST - timedelta(days=20))
            nightly = version(db, "142.0a1", "nightly", has_builds=True, built=LAST)
            for back in range(14):
                release_day(db, old, LAST - timedelta(days=back), 30, 30_000)
                release_day(db, new, LAST - timedelta(days=back), 20, 10_000)
            for back in (1, 0):
                nightly_builds(db, nightly, LAST - timedelta(days=back), 3)
            execute(db, "UPDATE signatures SET signature = %(s)s WHERE signature = 'malloc | main'",
                    s=HOSTILE)  # fmt: skip
            execute(db, HANG)
        config = WebappConfig(secret_key_file=folder / "key", middleware_url="http://127.0.0.1:9/")
        store = FilesystemStore.created(folder / "crashstore")
        yield application(Context(database, store, config), "a key of the tests that signs nothing")
        database.close()


def text(pages: WsgiApp, address: str, status: int = 200) -> str:
    answer = ask(pages, f"{address}{'&' if '?' in address else '?'}product=Firefox&to=2028-02-29")
    assert answer.status == status
    assert "<script>x" not in answer.text
    assert "\u202e" not in answer.text
    return answer.text


def test_the_bad_build_is_named_and_one_click_from_its_comparison(pages: WsgiApp) -> None:
    page = text(pages, "/builds/")

    assert "141.0 crashes 1.90 times as often per ADI as the build before, 140.0" in page
    [address] = re.findall('<a href="(/compare/[^"]*)"[^>]*title="Compare with 140.0"', page)
    assert "b=20280208031153" in address
    compared = ask(pages, html.unescape(address)).text
    assert "141.0 crashes 9" in re.search('<p class="lead">(.*?)</p>', compared)[1]  # type: ignore[index]
    assert "&lt;script&gt;" in compared


def test_the_feed_of_builds_says_how_each_crashes_and_which_is_worse(pages: WsgiApp) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.fromstring(
        ask(pages, "/feeds/builds.atom?product=Firefox&to=2028-02-29&days=28").body
    )

    entries = {entry.findtext(f"{atom}title"): entry for entry in feed.iter(f"{atom}entry")}
    [worse] = [entry for title, entry in entries.items() if "worse than the one" in str(title)]
    words = worse.findtext(f"{atom}summary") or ""
    assert "141.0" in (worse.findtext(f"{atom}title") or "")
    assert "per 100 ADI; worse: " in words
    assert "95 % interval from " in words
    assert len({entry.findtext(f"{atom}id") for entry in entries.values()}) == len(entries) > 2
    assert ask(pages, "/feeds/builds.atom?product=Firefux").status == 400


def test_a_version_leads_to_its_top_crashers(pages: WsgiApp) -> None:
    page = html.unescape(text(pages, "/builds/"))

    assert '"/topcrashers/?product=Firefox&to=2028-02-29&version=141.0" title=' in page
    assert "version=142.0a1&by=build" in page


def test_two_chosen_builds_are_compared(pages: WsgiApp) -> None:
    page = text(pages, "/builds/")

    assert re.findall('form="two" name="([ab])" value="20280208031153"', page) == ["a", "b"]
    assert "with 140.0</h1>" in text(pages, "/compare/?a=20280201031153&b=20280208031153")


def test_builds_by_age_are_a_line_each(pages: WsgiApp) -> None:
    page = text(pages, "/builds/")

    assert "2028-02-28 142.0a1" in page
    assert "crashes per 100 ADI" in page
    assert "Crashes by age are counted for builds of a day" in text(pages, "/builds/?version=141.0")


def test_a_build_without_adi_so_far_says_so_and_has_no_name_without_a_line() -> None:
    ages = [
        {"build_date": LAST, "version": version, "days_out": age, "rate": rate}
        for version, age, rate in (("1", 0, None), ("2", 0, 1.5), ("3", 0, 2.0), ("3", 1, None))
    ]

    chart: Any = builds_page.chart(SimpleNamespace(rows=ages))  # type: ignore[arg-type]
    adi: Any = next(look.cell for look in builds_page.BUILDS_PAGE.looks if look.name == "adi")

    assert "no ADI" in adi({"adi": None}, None)
    assert [entry.name for entry in chart.legend] == [f"{LAST} 3", f"{LAST} 2"]
    assert [label.text for label in chart.labels] == ["0"]


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/builds/?version=9", "no version"),
        ("/compare/?a=9&b=141.0", "no version"),
        ("/compare/?of=telepathy", "is not one of"),
        ("/compare/?a=20280227&b=20280228&of=flash", "counted by version, not by build"),
        ("/hangs/?days=0", "is not between"),
        ("/modules/frankeninstalls/?day=yesterday", "is not a date"),
    ],
)
def test_a_wrong_value_shows_the_page_with_the_reason(
    pages: WsgiApp, address: str, says: str
) -> None:
    page = text(pages, address, 400)

    assert says in page
    assert "<h1>" in page


def test_a_comparison_is_of_what_the_address_says(pages: WsgiApp) -> None:
    null = text(pages, "/compare/?a=140.0&b=141.0&of=null")

    assert '<strong aria-current="true">Null signatures</strong>' in null
    assert "No crashes without a useful signature on days with ADI" in null
    assert 'name="a" value="release"' in text(pages, "/compare/?a=release&b=nightly")


@pytest.mark.parametrize(
    ("low", "high", "colour"),
    [(1.01, 1.5, "worse"), (1.01, None, "worse"), (0.5, 0.99, "better"), (0.9, 1.1, ""),
     (None, None, "")],
)  # fmt: skip
def test_a_difference_has_a_colour_only_when_chance_does_not_explain_it(
    low: float | None, high: float | None, colour: str
) -> None:
    [look] = [one for one in compare.PAGE.looks if one.name == "difference"]
    row = {"difference": -0.5 if colour == "better" else 0.5, "low": low, "high": high}

    assert look.cell is not None
    assert f'<span class="{colour}">' in str(look.cell(row, Links("/compare/", {})))
    content = SimpleNamespace(rows=[row | {"name": "a"}], links=Links("/compare/", {"of": "os"}))
    drawn = compare.chart(content)  # type: ignore[arg-type]
    sides = {"worse": "up", "better": "down", "": "other"}
    assert drawn is not None
    assert [bar.side for bar in drawn.rows] == [sides[colour]]
    assert ("grey" in drawn.name) == (colour == "")


def test_a_hang_leads_to_both_reports(pages: WsgiApp) -> None:
    page = text(pages, "/hangs/")

    assert "1 hang in 1 pair of signatures" in page
    for number in (0, 1):
        assert f"/report/index/00000000-0000-4000-8000-00000{number}280228" in page


@pytest.mark.parametrize("address", ["/modules/suspicious/", "/modules/frankeninstalls/"])
def test_a_scan_that_never_ran_says_which_job_does_it(pages: WsgiApp, address: str) -> None:
    assert "the scheduled job" in text(pages, address)
