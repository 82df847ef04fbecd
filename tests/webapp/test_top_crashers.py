"""Top crashers: the ranking, its sentence, what stands beside each signature, and its links."""

import csv
import html
import io
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from socorro.postgres import Database, execute
from socorro.serving.health import WsgiApp
from tests.counted import crashed, crashes, version
from tests.wsgi import ask

TODAY = datetime.now(UTC).date()
ONE_DAY = timedelta(days=1)
YESTERDAY = TODAY - ONE_DAY
EVIL = "<img src=x onerror=alert(1)>::\u202e" + "x" * 300
PAGE = "/topcrashers/?product=Firefox"


@pytest.fixture
def counted(database: Database) -> None:
    """Two weeks: `a` climbs, `OOM | small` is sampled and has bugs, one is evil, one of today."""
    with database.transaction() as db:
        firefox = version(db, built=TODAY - 60 * ONE_DAY)
        beta = version(db, "141.0b1", "beta", built=TODAY - 60 * ONE_DAY)
        for number, text in enumerate("bcdefgh"):
            crashes(db, firefox, text, 20 - number, YESTERDAY)
            crashes(db, firefox, text, 20 - number, YESTERDAY - 7 * ONE_DAY)
        crashes(db, firefox, "a", 30, YESTERDAY, system="mac", startup=29)
        crashes(db, firefox, "a", 1, YESTERDAY - 8 * ONE_DAY)
        crashes(db, firefox, "a", 5, TODAY)
        crashes(db, firefox, "OOM | small", 9, YESTERDAY, throttle=0.1, process="content")
        crashed(db, firefox, "OOM | small", 8, YESTERDAY)
        crashes(db, beta, EVIL, 1, YESTERDAY)
        execute(
            db,
            """
            UPDATE top_crashers SET squares = 900 WHERE installs = 8;
            UPDATE signatures SET first_build = '20281101030405' WHERE signature = 'a';
            INSERT INTO bugs (bug_id, resolution) VALUES (7, 'FIXED'), (8, ''), (9, '');
            INSERT INTO bug_signatures (bug_id, signature, until)
            VALUES (7, 'OOM | small', NULL), (8, 'OOM | small', NULL), (9, 'a', now());
            """,
        )


def rows(text: str) -> dict[str, str]:
    """The rows of the table by signature, as HTML."""
    body = text.partition("<tbody>")[2].partition("</tbody>")[0]
    by_name = {}
    for row in body.split("<tr>")[1:]:
        address = html.unescape(re.findall('href="(/signature/[^"]*)"', row)[0])
        by_name[dict(parse_qsl(urlsplit(address).query))["signature"]] = row
    return by_name


def test_a_sentence_answers_and_rows_have_marks_trend_bugs_and_build(
    app: WsgiApp, counted: None
) -> None:
    page = ask(app, PAGE)
    by_name = rows(page.text)

    assert "10 signatures make 100 % of 240 Firefox crashes (" in page.text
    assert '(<a href="/documentation/about/#estimates">estimated</a> from 159 processed), ' in (
        page.text
    )
    assert f"<time>{TODAY - 7 * ONE_DAY}</time> to <time>{YESTERDAY}</time>;" in page.text
    assert "; 1 rose by more than 5 ranks, 2 are new." in page.text
    assert list(by_name)[:3] == ["OOM | small", "a", "b"]
    oom, climber = by_name["OOM | small"], by_name["a"]
    assert 'title="memory ran out">OOM<' in oom
    assert ">content<" in oom
    assert "95 % interval" in oom
    assert '/show_bug.cgi?id=8" rel="noreferrer">8</a>, <a' in oom
    assert '/show_bug.cgi?id=7" rel="noreferrer"><s title="closed">7</s></a>' in oom
    assert ">startup<" in climber
    assert "<code>20281101030405</code>" in climber
    assert '<span class="quiet">(8)</span>' in climber
    assert f"28 days to {YESTERDAY}: from 1 to 30 crashes" in climber
    assert "no data on 25 days" in climber
    assert '<td class="number fold">5</td>' in climber  # so far today
    assert '<td class="number roomy fold">100</td>' in climber  # percent on macOS


def test_links_lead_to_the_signature_and_to_a_search_with_the_same_filters(
    app: WsgiApp, counted: None
) -> None:
    text = ask(app, f"{PAGE}&version=140.0&os=mac&days=3").text
    signature, search = (
        html.unescape(re.findall(f'href="(/{path}/[?][^"]*)"', rows(text)["a"])[0])
        for path in ("signature", "search")
    )

    assert signature == "/signature/?product=Firefox&version=140.0&os=mac&days=3&signature=a"
    assert parse_qsl(urlsplit(search).query) == [
        ("signature", "=a"),
        ("product", "=Firefox"),
        ("version", "=140.0"),
        ("os_name", "=Mac OS X"),
        ("date", f">={TODAY - 3 * ONE_DAY}"),
        ("date", f"<{TODAY}"),
    ]


def test_counts_by_build_are_not_searched_for(app: WsgiApp, database: Database) -> None:
    with database.transaction() as db:
        nightly = version(db, "142.0a1", "nightly", has_builds=True)
        execute(
            db,
            """
            INSERT INTO signatures (signature, first_report) VALUES ('a', now());
            INSERT INTO top_crashers_build (product_version_id, build_day, day, signature_id,
                reports, estimated, win, mac, lin, android, browser, plugin, content, hang, startup)
            SELECT %(v)s, %(day)s, %(day)s, signature_id, 3, 3, 3, 0, 0, 0, 3, 0, 0, 0, 0
            FROM signatures;
            INSERT INTO crash_counts_build VALUES (%(v)s, %(day)s, %(day)s, 1, 1, 3, 3)
            """,
            v=nightly,
            day=YESTERDAY,
        )

    text = ask(app, f"{PAGE}&by=build").text

    assert "1 signature makes 100 % of 3 Firefox crashes" in text
    assert "/search/?signature" not in text
    assert "So far" not in text


def test_what_users_sent_is_shown_as_text(app: WsgiApp, counted: None) -> None:
    text = ask(app, PAGE).text

    assert "<img" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
    assert "\u202e" not in text


def test_the_old_ranking_and_the_top_changers_are_filters(app: WsgiApp, counted: None) -> None:
    processed = ask(app, f"{PAGE}&count=processed").text
    changers = ask(app, f"{PAGE}&sort=change").text
    sheet = ask(app, f"{PAGE}&count=processed&format=csv").text

    assert list(rows(processed))[:2] == ["a", "b"]
    assert "100 % of 159 processed Firefox crashes" in processed
    assert next(iter(rows(changers))) == "a"
    signatures = [row["signature"] for row in csv.DictReader(io.StringIO(sheet))]
    assert signatures[:2] == ["a", "b"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("product=Firefux", "Firefox"),
        ("product=Firefox&version=999", "versions"),
        ("product=Firefox&from=2026-11-09&to=2026-11-02", "is not after"),
        ("product=Firefox&type=hang&count=installs", "leave out one of them"),
    ],
)
def test_a_wrong_filter_is_named_on_the_page(
    app: WsgiApp, counted: None, query: str, says: str
) -> None:
    page = ask(app, f"/topcrashers/?{query}")

    assert page.status == 400
    assert says in page.text
    assert "<tbody>" not in page.text


def test_without_any_crash_the_page_says_what_to_do(app: WsgiApp) -> None:
    page = ask(app, "/topcrashers/")

    assert page.status == 200
    assert "No crashes yet: post one to the collector" in page.text
