"""The home page: latest crashes, crashes by hour, the queue, and how to post a crash."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from socorro import jobs
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database, execute
from socorro.serving.health import WsgiApp
from tests.builders import make_crash
from tests.processed import MAC, processed
from tests.wsgi import ask


def now() -> datetime:
    return datetime.now(UTC)


def test_an_empty_site_says_how_to_post_a_crash(app: WsgiApp) -> None:
    page = ask(app, "/")

    assert page.status == 200
    assert "No crash has been processed yet." in page.text
    assert "-F upload_file_minidump=@crash.dmp https://crash-reports.example/submit" in page.text


def test_the_latest_crashes_link_to_their_reports(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database, MAC, make_crash(now(), ReleaseChannel="beta"))

    text = ask(app, "/").text

    link = f'<a href="/report/index/{crash.crash_id}">sadness_generator::<wbr>raise_segfault</a>'
    assert link in text
    assert "EXC_BAD_ACCESS / KERN_INVALID_ADDRESS" in text.replace("<wbr>", "")
    assert "<strong>1</strong> processed in the last 24 hours (<strong>1</strong> since " in text


def test_a_filter_is_in_the_address_and_narrows_everything(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    processed(store, database, raw=make_crash(now(), ProductName="Firefox", Version="140.0"))
    processed(store, database, raw=make_crash(now(), ProductName="Fenix", Version="141.0"))

    text = ask(app, "/?product=Fenix&version=141.0").text
    both = ask(app, "/").text

    assert "UTC: 2 (Fenix 1, Firefox 1)</title>" in both
    assert "(no product)" not in both
    assert "UTC: 0</title>" in both
    assert "<h1>Fenix 141.0 crashes</h1>" in text
    assert "<option selected>Fenix</option>" in text
    assert "<strong>1</strong> processed in the last 24 hours" in text
    assert "Firefox <span" not in text


def test_crashes_that_are_in_no_count_are_named_with_their_reasons(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    moment = now()
    for product, version in (("Firefox", "<1>"), ("Firefox", ""), ("Fenix", ""), ("Fenix", "141")):
        processed(store, database, raw=make_crash(moment, ProductName=product, Version=version))
    with database.transaction() as db:
        execute(db, "SELECT count_hour(%(moment)s)", moment=moment)

    both, fenix = ask(app, "/").text, ask(app, "/?product=Fenix").text
    fine = ask(app, "/?product=Fenix&version=141").text

    in_no = "in no top crasher or crash rate"
    assert f"3 of them are {in_no}: no version (2), implausible version (1)." in both
    assert f"1 of them is {in_no}: no version (1)." in fenix
    assert in_no not in fine


def test_crashes_without_a_product_are_a_choice_of_their_own(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    named = processed(store, database, MAC, make_crash(now(), ProductName="Zoo", Version="7.0"))
    nameless = processed(store, database, MAC, make_crash(now(), ProductName="", Version="1.0"))

    both = ask(app, "/").text
    text = ask(app, "/?product=%28no+product%29").text
    narrow = ask(app, "/?product=%28no+product%29&version=1.0").text

    assert "<option>Zoo</option><option>(no product)</option>" in both
    assert "<h1>Crashes without a product</h1>" in text
    assert "<h1>Crashes without a product, version 1.0</h1>" in narrow
    assert "<option selected>(no product)</option>" in text
    assert "<option>7.0</option>" not in text
    for page in (text, narrow):
        assert "<strong>1</strong> processed in the last 24 hours" in page
        assert nameless.crash_id in page
        assert named.crash_id not in page
    assert '(no product)&nbsp;<span class="version">1.0</span>' in text


def test_versions_to_choose_from_are_sorted_as_versions(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    versions = ("9.0", "10.0", "10.0 beta 2", "1.2.3 (456)", "1.2.3 (99)")
    for version in versions:
        processed(
            store, database, raw=make_crash(now(), ProductName="AT&T Player", Version=version)
        )

    text = ask(app, "/?product=AT%26T+Player&version=77").text

    assert re.findall("<option( selected)?>([^<]*)</option>", text) == [
        (" selected", "AT&amp;T Player"),
        *(("", version) for version in ("10.0", "10.0 beta 2", "9.0", "1.2.3 (456)", "1.2.3 (99)")),
        (" selected", "77"),
    ]


def test_a_filter_that_matches_nothing_says_so(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    processed(store, database, raw=make_crash(now()))

    text = ask(app, "/?product=Nothing").text

    assert "No crash matches." in text


def test_the_queue_is_shown_with_the_crashes_that_visitors_opened(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    processed(store, database, raw=make_crash(now()))
    plain, viewed, failed = (make_crash(now()).crash_id for _ in range(3))
    with database.transaction() as db:
        jobs.offer(db, [failed])
        [job] = jobs.claim(db, "tests", 1, 60)
        jobs.fail(db, job, "WalkerCrashed", most=1)
        jobs.offer(db, [plain])
        jobs.offer(db, [viewed], priority=jobs.VIEWED)

    text = ask(app, "/").text

    assert "2 waiting" in text
    assert "1 failed" in text
    assert f'href="/report/index/{viewed}"' in text
    assert f'href="/report/index/{plain}"' not in text


def test_an_empty_queue_is_one_sentence(app: WsgiApp) -> None:
    assert (
        '<p class="queue">Nothing is waiting.&nbsp;· <a href="/status/">Status</a></p>'
        in ask(app, "/").text
    )


def test_an_hour_without_crashes_is_named(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    this_hour = now().replace(minute=0, second=0, microsecond=0)
    processed(store, database, raw=make_crash(this_hour - timedelta(hours=2, minutes=1)))

    text = ask(app, "/").text

    quiet_since = f"{this_hour - timedelta(hours=2):%H:%M}"
    assert f"processed in the last 24 hours (none since {quiet_since} UTC)" in text


def test_a_day_without_crashes_is_named(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    processed(store, database, raw=make_crash(now() - timedelta(days=2)))

    assert "None processed in the last 24 hours." in ask(app, "/").text


def test_older_crashes_are_on_the_next_page(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crashes = [
        processed(store, database, raw=make_crash(now() - timedelta(minutes=minute))).crash_id
        for minute in range(52)
    ]

    first = ask(app, "/").text
    [older] = re.findall(r'<a href="(\?before=[^"]+)" rel="next">Older</a>', first)
    second = ask(app, f"/{older}").text

    assert [crash for crash in crashes if f"/index/{crash}" in first] == crashes[:50]
    assert [crash for crash in crashes if f"/index/{crash}" in second] == crashes[50:]


@pytest.mark.parametrize(
    "query",
    [
        "before=nonsense",
        "before=2026-11-23T14:05:11.000123Z_nonsense",
        "before=_",
        "before=9999999-11-23",
    ],
)
def test_a_broken_place_in_the_list_is_a_bad_request(app: WsgiApp, query: str) -> None:
    assert ask(app, f"/?{query}").status == 400


def test_too_many_parameters_are_named(app: WsgiApp) -> None:
    page = ask(app, "/topcrashers/?" + "&".join(["version=1"] * 101))

    assert page.status == 400
    assert "more than 100 parameters" in page.text


@pytest.mark.parametrize(
    "query",
    ["product=%00", "product=" + "x" * 5000, "version=%ff%fe", "product='%20OR%20true", "%=%"],
)
def test_a_strange_filter_is_a_page(app: WsgiApp, query: str) -> None:
    assert ask(app, f"/?{query}").status == 200


def test_robots_are_kept_out(app: WsgiApp) -> None:
    assert ask(app, "/robots.txt").text == "User-agent: *\nDisallow: /\n"


def test_static_files_are_kept_for_ever_and_change_their_address(app: WsgiApp) -> None:
    page = ask(app, "/").text
    addresses = re.findall(r'(?:href|src)="(/static/[0-9a-f]{12}/[^"]+)"', page)

    answers = [ask(app, address) for address in addresses]

    assert len(addresses) == 4
    assert {answer.status for answer in answers} == {200}
    assert all("immutable" in answer.headers["Cache-Control"] for answer in answers)
    assert ask(app, "/favicon.ico").headers["Location"] == addresses[0]


def test_every_page_has_its_headers_and_nothing_inline(app: WsgiApp) -> None:
    for address in ("/", "/nothing", "/signature/?signature=x"):
        answer = ask(app, address)

        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script")
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Request-Id"]
        assert " style=" not in answer.text
        assert " on" not in re.sub(r">[^<]*<", "><", answer.text)
        assert re.findall(r"<script(?! src=)|<style", answer.text) == []


def test_the_style_sheet_stays_small(app: WsgiApp) -> None:
    [address] = re.findall(r'href="(/static/[^"]+\.css)"', ask(app, "/").text)

    assert len(ask(app, address).body) < 20_000


def test_another_host_name_is_refused(app: WsgiApp) -> None:
    assert ask(app, "/", HOST="evil.example").status == 400
