"""Overview: rates against the day before, what to look at first, and where rows lead."""

import html
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from socorro.crashstore.interface import CrashStore
from socorro.postgres import Connection, Database, execute
from socorro.queries import crash_rate, versions
from socorro.questions import overview
from socorro.questions.selection import Selection
from socorro.serving.health import WsgiApp
from tests.builders import make_crash
from tests.counted import crashes, installs, signature, version
from tests.processed import processed
from tests.webapp.test_top_crashers import EVIL
from tests.wsgi import ask
from webapp.crashstats import overview as page_of_overview

TODAY = datetime.now(UTC).date()
ONE_DAY = timedelta(days=1)
YESTERDAY = TODAY - ONE_DAY


def count_days(db: Connection, with_adi: bool = True) -> int:
    """Thirty days of one release that crash alike, but for the last one: three times as often."""
    release = version(db, built=TODAY - 20 * ONE_DAY)
    for back in range(1, 31):
        day = TODAY - back * ONE_DAY
        crashes(db, release, "usual", 300 if back == 1 else 100, day)
        if with_adi:
            installs(db, release, 10_000, day)
    moment = datetime.now(UTC) - 40 * ONE_DAY
    execute(
        db,
        """
        INSERT INTO signature_products SELECT signature_id, %(v)s, %(first)s FROM signatures
        """,
        v=release,
        first=moment,
    )
    return release


@pytest.fixture
def counted(database: Database) -> None:
    """A release and a beta; an explosion, something new, a startup crash with a bug."""
    with database.transaction() as db:
        release = count_days(db)
        beta = version(db, "141.0b1", "beta", built=TODAY - 3 * ONE_DAY)
        installs(db, beta, 500, YESTERDAY)
        crashes(db, beta, EVIL, 2, YESTERDAY)
        crashes(db, release, "boom", 40, YESTERDAY)
        crashes(db, release, "early", 9, YESTERDAY, startup=9)
        crashes(db, release, "of today", 7, TODAY)
        execute(
            db,
            """
            INSERT INTO bugs (bug_id) VALUES (7);
            INSERT INTO bug_signatures (bug_id, signature) VALUES (7, 'early');
            INSERT INTO explosion_days
            VALUES (%(day)s, 'Firefox', 'release', 5, 5, 'installs', 'adi');
            INSERT INTO explosions
            SELECT %(day)s, 'Firefox', 'release', %(boom)s, %(day)s, 3, 40, 2.5, 16, 5.5, 40.5, 1.5,
                   0.000001, 5, 42, ARRAY[1, 40], ARRAY[1.5, 1.0]
            """,
            day=YESTERDAY,
            boom=signature(db, "boom"),
        )


def cells(text: str, name: str) -> list[str]:
    """The cells of a row of the table, as text."""
    rows = re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)
    row = next(row for row in rows if f">{name}</a>" in row)
    contents = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
    return [
        html.unescape(re.sub("<title>.*?</title>|<[^>]+>", "", part)).strip() for part in contents
    ]


@pytest.mark.parametrize("address", ["/home/product/Firefox", "/?product=Firefox"])
def test_the_first_sentence_says_whether_it_crashes_more_and_what_is_new(
    app: WsgiApp, counted: None, address: str
) -> None:
    text = html.unescape(ask(app, address).text)

    rate = f"{100 * (300 + 40 + 9 + 2) / 10_500:.3f}"
    start = f"Firefox on <time>{YESTERDAY}</time>: {rate} crashes per 100 ADI, up from 1.000 (ratio"
    assert f"{start} 3.343, 95\N{NO-BREAK SPACE}%" in text
    assert "1 signature exploded, 3 are new, 3 of the top 4 have no bug." in text
    assert "of today" not in text.partition("Last 24 hours")[0]


def test_rows_are_the_product_its_channels_and_their_versions(app: WsgiApp, counted: None) -> None:
    text = ask(app, "/home/product/Firefox").text

    whole, release, of_version, beta = (
        cells(text, name) for name in ("All of Firefox", "release", "140.0", "beta")
    )
    assert whole[1:4] == ["351", "10,500", "3.343"]
    assert release[1:4] == of_version[1:4] == ["349", "10,000", "3.490"]
    assert "▲ up 3.49 (" in release[4]
    assert of_version[7] == str(TODAY - 20 * ONE_DAY)
    assert beta[1:4] == ["2", "500", "0.400"]
    assert 'id="rates"' in text
    assert "140.0" in text.partition('id="rates"')[2].partition("</figure>")[0]


def test_sums_of_versions_are_the_rates_of_the_product(counted: None, database: Database) -> None:
    with database.transaction() as db:
        of_name = versions.find(db, "Firefox")
        start, end = TODAY - 9 * ONE_DAY, TODAY + ONE_DAY
        split = crash_rate.crash_rate(db, of_name, start, end, split="version and channel")
        whole = crash_rate.crash_rate(db, of_name, start, end)

    assert len(split) > len(whole) > 5
    for rate in whole:
        summed = overview.add_up(rate.day, [one for one in split if one.day == rate.day])
        assert summed == rate._replace(installs=None, without_time=0)


def test_rows_lead_to_top_crashers_and_to_the_comparison_of_a_version(
    app: WsgiApp, counted: None
) -> None:
    text = html.unescape(ask(app, "/home/product/Firefox").text)

    assert '"/topcrashers/?product=Firefox&version=140.0&channel=release"' in text
    assert '"/topcrashers/?product=Firefox&channel=beta"' in text
    assert '"/compare/?product=Firefox&b=140.0"' in text
    assert f'"/changes/?product=Firefox&from={YESTERDAY}&to={TODAY}"' in text


def test_what_to_look_at_first_has_its_reasons(app: WsgiApp, counted: None) -> None:
    text = ask(app, "/home/product/Firefox").text
    items = re.findall(r"<li><a href=\"([^\"]*)\">.*?</a> <span[^>]*>(.*?)</span>", text)
    reasons = [(html.unescape(address).rpartition("=")[2], reason) for address, reason in items]

    assert reasons[0] == (
        "boom",
        "exploded 16\N{MULTIPLICATION SIGN} on 140.0, new, #2, no\N{NO-BREAK SPACE}bug",
    )
    assert ("early", "new, startup, 100 %, #3") in reasons
    assert ("usual", "#1, no\N{NO-BREAK SPACE}bug") in reasons
    assert "<img" not in text


def test_all_products_have_a_line_each(app: WsgiApp, counted: None, database: Database) -> None:
    with database.transaction() as db:
        crashes(db, version(db, "5.0", product="Fenix"), "x", 4, YESTERDAY - 9 * ONE_DAY)

    text = ask(app, "/").text

    assert cells(text, "Firefox")[1:4] == ["351", "10,500", "3.343"]
    fenix = cells(text, "Fenix")
    assert (fenix[1:3], fenix[-1]) == (["4", "no ADI"], str(YESTERDAY - 9 * ONE_DAY))
    assert '<a href="/home/product/Fenix">' in text


def test_the_first_page_says_at_once_how_the_first_product_does_and_what_to_look_at(
    app: WsgiApp, counted: None
) -> None:
    first, product = ask(app, "/").text, ask(app, "/home/product/Firefox").text
    lead = re.compile('<p class="lead">(.*?)</p>', re.DOTALL)
    listed = re.compile('<ol class="first">.*?</ol>', re.DOTALL)

    assert lead.search(first)[1] == lead.search(product)[1]
    assert "boom" in listed.search(first)[0]
    assert listed.search(first)[0] == listed.search(product)[0]


def test_no_more_products_are_read_than_are_shown(
    counted: None, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    total = overview._total

    def noted(db: Connection, selection: Selection) -> list[overview.Line]:
        read.append(selection.product)
        return total(db, selection)

    monkeypatch.setattr(overview, "_total", noted)
    with database.transaction() as db:
        crashes(db, version(db, "5.0", product="Fenix"), "x", 4, YESTERDAY)
        values = {"product": None, "version": [], "channel": None, "day": None, "limit": 1}
        answer = overview.answer(db, values)

    assert (read, len(answer.rows)) == (["Firefox"], 1)


def test_without_adi_crashes_are_compared_and_it_says_how_to_give_it(
    app: WsgiApp, database: Database
) -> None:
    with database.transaction() as db:
        count_days(db, with_adi=False)

    text = html.unescape(ask(app, "/home/product/Firefox").text)

    start = f"Firefox on <time>{YESTERDAY}</time>: 300 crashes, up from 100 (ratio 3.000, 95"
    assert f"{start}\N{NO-BREAK SPACE}%" in text
    assert "the scheduled job <code>adi</code> reads installs" in text
    assert "Crashes by channel" in text


def test_a_first_crash_of_today_is_compared_as_soon_as_it_is_counted(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database, raw=make_crash(datetime.now(UTC), ProductName="My Game"))
    waiting = ask(app, "/?product=My+Game").text
    with database.transaction() as db:
        execute(db, "SELECT count_hour(%(now)s)", now=datetime.now(UTC))
    counted = ask(app, "/home/product/My Game").text

    assert crash.crash_id in waiting
    assert "no product" not in waiting
    assert f"My Game on <time>{TODAY}</time>: 1 crash." in counted
    assert f"<time>{TODAY}</time> is not over yet" in counted
    assert crash.crash_id in counted


def test_an_unknown_product_names_those_there_are(app: WsgiApp, counted: None) -> None:
    page = ask(app, "/home/product/Firefux")

    assert page.status == 400
    assert "products: Firefox" in page.text


def test_the_other_latest_crashes_are_folded(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    for minute in range(12):
        processed(store, database, raw=make_crash(datetime.now(UTC) - timedelta(minutes=minute)))

    shown, _, folded = ask(app, "/").text.partition("<summary>2 more</summary>")

    assert shown.count('href="/report/index/') == 10
    assert folded.count('href="/report/index/') == 2


def test_a_day_below_usual_is_not_called_down_beside_a_larger_number() -> None:
    row = {
        "day": date(2026, 11, 30),
        "compared": "crashes",
        "estimated_count": 67_984.0,
        "before_estimated": 63_919.0,
        "verdict": "below usual",
        "usual": 1.205,
        "ratio": 1.064,
        "low": 0.997,
        "high": 1.135,
    }

    assert page_of_overview._sentence(row, "Firefox").startswith(
        "Firefox on 2026-11-30: 67,984 crashes after 63,919, below usual (ratio 1.064, 95 % "
        "interval 0.997 to 1.135; usual from Sunday to Monday: 1.205)."
    )
    assert '<span class="better">▼ below usual</span> 1.06' in page_of_overview._against(row, None)


def test_a_rise_that_every_monday_has_is_called_usual_not_no_change() -> None:
    row = {
        "day": date(2026, 11, 30),
        "compared": "crashes",
        "estimated_count": 2_914.0,
        "before_estimated": 2_292.0,
        "verdict": "no measurable change",
        "usual": 1.234,
        "ratio": 1.271,
        "low": 1.168,
        "high": 1.384,
    }

    assert page_of_overview._sentence(row, "Fenix").startswith(
        "Fenix on 2026-11-30: 2,914 crashes after 2,292, as usual (ratio 1.271, 95 % interval "
        "1.168 to 1.384; usual from Sunday to Monday: 1.234)."
    )
    assert page_of_overview._against(row, None) == (
        '<span class="quiet">as usual</span> 1.27 (1.17 to 1.38) of crashes'
    )
    row |= {"low": 0.9}
    assert "no measurable change from 2,292" in page_of_overview._sentence(row, "Fenix")
    assert "no change" in page_of_overview._against(row, None)


def test_a_missing_rate_is_named_where_the_column_of_adi_folds() -> None:
    assert "no ADI" in page_of_overview._rate({"rate": None, "adi": None}, None)
    assert page_of_overview._rate({"rate": 0.5, "adi": 200}, None) == "0.500"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("channel=relase", "no channel 'relase' (channels: "),
        ("product=Firefox&channel=relase", "no channel 'relase' (channels: "),
        ("format=json", "'json' is not csv; JSON is at /api/Overview/"),
    ],
)
def test_a_wrong_value_is_named_instead_of_leaving_the_rates_out(
    app: WsgiApp, store: CrashStore, database: Database, counted: None, query: str, says: str
) -> None:
    processed(store, database, raw=make_crash(datetime.now(UTC)))  # is listed below

    answer = ask(app, f"/?{query}")

    assert answer.status == 400
    assert says in html.unescape(answer.text).replace("<wbr>", "")
