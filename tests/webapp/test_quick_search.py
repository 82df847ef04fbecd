"""Quick search: what people paste leads to one page, anything else to signatures with the words."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import psycopg2
import pytest

from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.queries import signatures
from socorro.search.interface import SearchUnavailable
from socorro.serving.health import WsgiApp
from tests.builders import make_crash
from tests.processed import MAC, processed
from tests.search.reference import Reference
from tests.search.rows import make_row
from tests.webapp.conftest import KEY
from tests.webapp.searched import HOSTILE, Counting, links
from tests.webapp.test_report import words
from tests.wsgi import Answer, ask
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context
from webapp.search.quick import crash_id_in

ID = "0bba929f-8721-460c-8e70-a43c00261123"
SIGNATURE = "sadness_generator::raise_segfault"
NOW = datetime.now(UTC)
ROWS = [
    make_row(number, NOW - timedelta(days=number), signature=signature, throttle_rate=rate)
    for number, (signature, rate) in enumerate(
        [
            ("nimbus::CookieQueue::FlushAll", 1.0),
            ("nimbus::CookieQueue::FlushAll", 1.0),
            ("harbor::CookieQueue::Seek", 0.1),
            (f"CookieQueue {HOSTILE}", 1.0),
            ("harbor::Other", 1.0),
        ]
    )
] + [make_row(9, NOW - timedelta(days=40), signature="old::CookieQueue")]


@pytest.fixture
def open_pages(
    as_role: Callable[[str], Database], store: CrashStore, config: WebappConfig
) -> Callable[[object], WsgiApp]:
    def open_pages(engine: object) -> WsgiApp:
        return application(Context(as_role("webapp"), store, config, search=engine), KEY)

    return open_pages


@pytest.fixture
def pages(open_pages: Callable[[object], WsgiApp]) -> WsgiApp:
    return open_pages(Reference(ROWS))


def search(app: WsgiApp, query: str) -> Answer:
    return ask(app, f"/search/quick/?query={quote(query)}")


@pytest.mark.parametrize(
    "text",
    [
        ID,
        f"bp-{ID}",
        f"  {ID.upper()} ",
        f"https://crash-stats.mozilla.org/report/index/bp-{ID}#tab-details",
        f"http://socorro.example/report/index/{ID}?q=1",
        f"\u2068bp-{ID}\u2069",
        f"bp-\u200b{ID[:20]}\u200b{ID[20:]}\ufeff",
        f"\u202abp-{ID}\u202c",
        f"Crash ID: bp-{ID}",
    ],
)
def test_a_crash_id_is_known_however_it_was_copied(text: str) -> None:
    from webapp.search.quick import _INVISIBLE

    assert crash_id_in(_INVISIBLE.sub("", text)) == ID


@pytest.mark.parametrize("text", [ID[:-1], f"{ID}0", f"a{ID}", ID[:-6] + "261399", "", "bp-"])
def test_what_is_no_crash_id_is_none(text: str) -> None:
    assert crash_id_in(text) is None


def test_marks_around_a_copied_id_do_not_hide_it(pages: WsgiApp) -> None:
    answer = search(pages, f"\u2068bp-{ID}\u2069")

    assert (answer.status, answer.headers["Location"]) == (302, f"/report/index/{ID}")


def test_nothing_leads_home(pages: WsgiApp) -> None:
    assert [search(pages, text).headers["Location"] for text in ("", " \u2069 ", "\0")] == ["/"] * 3


def test_the_first_digits_of_recent_crashes_are_enough(
    pages: WsgiApp, store: CrashStore, database: Database
) -> None:
    one = processed(store, database, MAC, make_crash(NOW)).crash_id
    old = processed(store, database, MAC, make_crash(NOW - timedelta(days=70))).crash_id

    short = search(pages, f"bp-{one[:8]}")
    long = search(pages, one[:20].upper())
    beyond = search(pages, old[:8])

    assert (short.status, short.headers["Location"]) == (302, f"/report/index/{one}")
    assert long.headers["Location"] == f"/report/index/{one}"
    assert beyond.status == 200


def test_several_crashes_that_begin_so_are_listed(
    pages: WsgiApp, store: CrashStore, database: Database
) -> None:
    crashes = [processed(store, database, MAC, make_crash(NOW, Notes=f"{n}")) for n in range(2)]
    db = psycopg2.connect(database.dsn)
    with db, db.cursor() as cursor:  # as if two began alike
        for number, crash in enumerate(crashes):
            like = f"0bba929{number}-{crash.crash_id[9:]}".replace("0bba9291", "0bba9290")
            cursor.execute(
                "UPDATE reports SET crash_id = %s WHERE crash_id = %s", (like, crash.crash_id)
            )
    db.close()

    page = search(pages, "0bba9290")

    assert "Crashes that begin with 0bba9290" in words(page.text)
    assert len([link for link in links(page) if "/report/index/0bba9290-" in link]) == 2


def add_bug(database: Database, bug: int, *signatures: str) -> None:
    db = psycopg2.connect(database.dsn)
    with db, db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bugs (bug_id, status, resolution, summary) VALUES (%s, 'NEW', '', '')",
            (bug,),
        )
        for signature in signatures:
            cursor.execute(
                "INSERT INTO bug_signatures (bug_id, signature, since) VALUES (%s, %s, now())",
                (bug, signature),
            )
    db.close()


@pytest.mark.parametrize(
    "text",
    [
        "1234",
        "bug 1234",
        "Bug1234",
        "#1234",
        "https://bugzilla.mozilla.org/show_bug.cgi?id=1234#c9",
    ],
)
def test_a_bug_leads_to_its_signature(pages: WsgiApp, database: Database, text: str) -> None:
    add_bug(database, 1234, "OOM | small")

    assert search(pages, text).headers["Location"] == "/signature/?signature=OOM+%7C+small"


def test_a_bug_with_several_signatures_lists_them(pages: WsgiApp, database: Database) -> None:
    add_bug(database, 1234, "a::b", HOSTILE)

    page = search(pages, "bug 1234")
    none = search(pages, "bug 99")

    assert "Signatures of bug 1234" in words(page.text)
    assert [link for link in links(page) if link.startswith("/signature/")][1] == (
        "/signature/?signature=a%3A%3Ab"
    )
    assert "No signature has bug 99." in words(none.text)


def test_a_product_and_a_version_lead_to_the_product(pages: WsgiApp) -> None:
    assert re.search("product[=/]Firefox$", search(pages, "firefox").headers["Location"])
    version = search(pages, "FIREFOX 158.0.1").headers["Location"]
    assert re.search("product[=/]Firefox[&?]version=158.0.1$", version)
    assert search(pages, "Firefox crashes").status == 200


def test_a_signature_leads_to_its_page(
    pages: WsgiApp, store: CrashStore, database: Database
) -> None:
    processed(store, database, MAC, make_crash(NOW))
    raw = make_crash(NOW, Notes="2")
    processed(store, database, MAC, raw, {"signature": r"\u64ad\u653e\u5668::\u64ad\u653e"})

    assert search(pages, SIGNATURE).headers["Location"] == (
        "/signature/?signature=sadness_generator%3A%3Araise_segfault"
    )
    assert search(pages, "播放器::播放").status == 302


def test_words_find_signatures_most_crashes_first(pages: WsgiApp) -> None:
    page = search(pages, "cookiequeue")
    both = search(pages, "QUEUE nimbus")

    assert [(name[:25], numbers) for name, numbers in shown(page)] == [
        ("harbor::CookieQueue::Seek", "10 1"),
        ("nimbus::CookieQueue::Flus", "2 2"),
        ("CookieQueue <script>alert", "1 1"),
    ]
    assert "<script>alert" not in page.text
    assert "1 signature, most crashes" in words(both.text)
    assert "old::CookieQueue" not in page.text


def count(database: Database, day: date, signature: str, reports: int, estimated: int) -> None:
    """As the job that counts days does."""
    db = psycopg2.connect(database.dsn)
    with db, db.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO product_versions (product, version, release_version,
                                          release_channel, version_sort,
                                          build_date, sunset_date, beta_number, is_rapid_beta,
                                          has_builds, source)
            SELECT 'Firefox', version, '9.0', 'beta', version, '2026-01-01', '2027-01-01', 1,
                   version = '9.0b', true, 'people'
            FROM unnest(ARRAY['9.0b', '9.0b1']) AS version ON CONFLICT DO NOTHING;
            WITH named AS (
                INSERT INTO signatures (signature, first_report) VALUES (%s, now())
                ON CONFLICT (signature) DO UPDATE SET signature = excluded.signature
                RETURNING signature_id)
            INSERT INTO top_crashers
            SELECT product_version_id, %s, signature_id, %s, %s, 0, 0, 0, 0, 0, 0, 0, 0, 0
            FROM named, product_versions WHERE version LIKE '9.0b%%'
            """,
            (signature, day, reports, estimated),
        )
    db.close()


def test_daily_counts_answer_before_search_does(
    open_pages: Callable[[object], WsgiApp], database: Database
) -> None:
    count(database, NOW.date(), "harbor::Queue_1%", 3, 30)
    count(database, NOW.date() - timedelta(days=1), "harbor::Queue_1%", 1, 10)
    count(database, NOW.date(), "nimbus::queue", 9, 9)
    count(database, NOW.date() - timedelta(days=8), "old::QUEUE", 99, 99)
    engine = Counting(Reference(ROWS))
    pages = open_pages(engine)

    rows = shown(search(pages, "queue"))
    escaped = shown(search(pages, "E_1%"))

    # The version that stands for all betas is not counted again.
    assert rows == [
        ("harbor::Queue_1%", "40 4"),
        ("nimbus::queue", "9 9"),
        ("old::QUEUE", "0 0"),
    ]
    assert [name for name, _ in escaped] == ["harbor::Queue_1%"]
    assert engine.queries == []


def test_a_slow_count_is_stopped(pages: WsgiApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(signatures.SQL, "with_words", "SELECT pg_sleep(9)")  # type: ignore[index]

    page = search(pages, "x y")

    assert (page.status, "Too many signatures contain this." in words(page.text)) == (400, True)


def shown(page: Answer) -> list[tuple[str, str]]:
    """Signatures and their numbers."""
    rows = re.findall(r'<th scope="row" class="signature">(.*?)</th>(.*?)</tr>', page.text)
    return [(words(name), words(numbers)) for name, numbers in rows]


def test_no_match_offers_searches(pages: WsgiApp) -> None:
    page = search(pages, 'no "such" thing\\')

    text = words(page.text)
    [address] = [link for link in links(page) if link.startswith("/search/?q=")]
    assert page.status == 200
    assert "No signature contains all of these words" in text
    assert ask(pages, address).status == 200


def test_without_search_the_page_says_so_and_knows_ids(
    open_pages: Callable[[object], WsgiApp],
) -> None:
    pages = open_pages(Counting(SearchUnavailable("The folder cannot be read")))

    page = search(pages, "cookiequeue")

    assert (page.status, page.headers["Retry-After"]) == (503, "10")
    assert "Search is unavailable: The folder cannot be read." in words(page.text)
    assert "/signature/?signature=cookiequeue" in links(page)
    assert search(pages, f"bp-{ID}").status == 302


@pytest.mark.parametrize(
    "query", ["//evil.example", "javascript:alert(1)", HOSTILE, "x" * 9000, "%ff", "\\"]
)
def test_strange_texts_are_searched(pages: WsgiApp, query: str) -> None:
    answer = search(pages, query)

    assert answer.status == 200
    assert "<script>alert" not in answer.text
    assert not re.search('href="(javascript:|//)', answer.text)
