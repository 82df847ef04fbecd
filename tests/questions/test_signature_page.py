"""The page of a signature: its sections have the numbers of REST, and stand without each other."""

import html
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.core.cache import cache

from middleware.app import application as rest_application
from middleware.callers import Caller
from middleware.context import Context as RestContext
from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Database, execute
from socorro.queries import reports as report_queries
from socorro.queries.bounded import Overdue, bounded
from socorro.search.interface import Engine, Permitted, Query, Result, SearchUnavailable
from socorro.serving.health import WsgiApp
from socorro.serving.rate_limit import RateLimit
from tests.middleware.test_search import Failing
from tests.search.reference import Reference
from tests.search.rows import make_row
from tests.sql.rows import DAY, NOON
from tests.wsgi import Answer, ask
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context

SIGNATURE = "malloc | main"
HOSTILE = "<script>alert(1)</script>\x1b[2J\u202e\" ' javascript:alert(1)"
PERIOD = {"from": "2026-11-17", "to": "2026-11-24"}
ROWS = [
    make_row(
        number,
        NOON - timedelta(hours=number),
        signature=SIGNATURE,
        product="Firefox",
        version=("140.0", "141.0b1")[number % 2],
        release_channel=("release", "beta")[number % 2],
        os_pretty_version=("Windows 11", "Windows 10", None)[number % 3],
        os_name="Windows NT",
        cpu_arch="amd64",
        process_type=HOSTILE if number == 2 else "parent",
        reason=("SIGSEGV", "SIGBUS")[number % 4 == 0],
        address=f"0x{number % 5}",
        uptime=number * 50,
        proto_signature=("malloc | main | start", "malloc | main | end")[number % 2],
        install_time=number,
        user_comments=HOSTILE if number == 1 else "It broke" if number == 3 else None,
        throttle_rate=0.1 if number % 2 else 1.0,
    )
    for number in range(30)
]


class Slow:
    """An engine that answers when it is let."""

    def __init__(self) -> None:
        self.may, self._engine = Event(), Reference(ROWS)

    def search(self, query: Query, permitted: Permitted) -> Result:
        assert self.may.wait(60)
        return self._engine.search(query, permitted)

    def check(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def app_with(
    sample_dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Engine | None], WsgiApp]]:
    folder = tmp_path_factory.mktemp("pages")
    config = WebappConfig(secret_key_file=folder / "key", middleware_url="http://127.0.0.1:9/")
    database = Database(sample_dsn, size=4, name="tests")
    store = FilesystemStore.created(folder / "crashstore")
    yield lambda engine: application(
        Context(database, store, config, search=engine), "a key of the tests that signs nothing"
    )
    database.close()


@pytest.fixture
def get(app_with: Callable[[Engine | None], WsgiApp]) -> Iterator[Callable[..., Answer]]:
    """Ask for the page of the signature; *search* is its engine."""

    def ask_for(*, search: Engine | None = None, **parameters: str) -> Answer:
        named = {"signature": SIGNATURE, **PERIOD, **parameters}
        sent = {name.rstrip("_"): value for name, value in named.items() if value}
        return ask(app_with(search or Reference(ROWS)), f"/signature/?{urlencode(sent)}")

    yield ask_for
    cache.clear()


@pytest.fixture
def api(sample_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WsgiApp]:
    database = Database(sample_dsn, name="middleware")
    store = FilesystemStore.created(tmp_path_factory.mktemp("rest") / "crashstore")
    context = RestContext(database, store, search=Reference(ROWS))
    caller = Caller(frozenset({"view_pii"}))
    yield rest_application(context, RateLimit(1000), identify=lambda _environ: caller)
    database.close()


def section(answer: Answer, key: str) -> str:
    text = re.search(f'<section id="{key}".*?</section>', answer.text, re.DOTALL)
    assert text, key
    return text[0]


def words(text: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]*>", "", text.replace("<wbr>", ""))).split())


def cells(text: str) -> list[list[str]]:
    rows = re.findall("<tr>(.*?)</tr>", text.partition("<tbody>")[2], re.DOTALL)
    return [[words(cell) for cell in re.split("</t[hd]>", row)[:-1]] for row in rows]


def test_the_sentence_says_how_much_of_which_version_and_whether_it_is_known(
    get: Callable[..., Answer],
) -> None:
    text = words(get().text)

    assert "Firefox 140.0: 70 crashes (estimated) on 7 installs in 7 days to 23 Nov" in text
    assert "; 90 in all versions; none in the 7 days before; exploding since 23 Nov" in text
    assert (
        "(16 times its usual rate); first seen 2026-11-19 in build 20261118031153; no bug." in text
    )


@pytest.mark.parametrize(
    ("key", "kind"),
    [("reasons", "reason"), ("reasons", "address"), ("uptime", "uptime"),
     ("uptime", "process_type"), ("systems", "os_pretty_version"), ("systems", "cpu_arch"),
     ("stacks", "proto_signature")],
)  # fmt: skip
def test_shares_are_those_of_rest(
    get: Callable[..., Answer], api: WsgiApp, key: str, kind: str
) -> None:
    answer = get(version="140.0")
    link = re.search('href="(/api/SignatureSummary/[^"]*)"', answer.text)
    assert link
    summary = ask(api, html.unescape(link[1])).json()
    shown = cells(section(answer, key))

    expected = [
        [share["value"].replace("\x1b", "␛").replace("\u202e", "⟨U+202E⟩"),
         f"{round(share['estimated_count']):,}", f"{share['percent']:.1f}"]
        for share in summary[kind]
    ]  # fmt: skip
    assert expected
    assert all(row in shown for row in expected)


def test_values_lead_to_the_search_for_their_crashes(get: Callable[..., Answer]) -> None:
    links = re.findall('href="([^"]*)"', section(get(version="140.0"), "reasons"))

    assert html.unescape(links[0]) == (
        "/search/?signature=%3Dmalloc+%7C+main&version=%3D140.0&date=%3E%3D2026-11-17"
        "&date=%3C2026-11-24&reason=%3DSIGBUS"
    )


@pytest.mark.parametrize("order", ["-uptime", "uptime", "reason", "-version"])
def test_reports_in_another_order_are_those_of_rest(
    get: Callable[..., Answer], api: WsgiApp, order: str
) -> None:
    for offset in ("", "20"):
        text = section(get(**{"order-reports": order, "offset": offset}), "reports")
        link = re.search('href="(/api/SuperSearch/[^"]*)">JSON', text)
        assert link
        hits = ask(api, html.unescape(link[1])).json()["hits"]

        assert re.findall("/report/index/([0-9a-f-]{36})", text) == [hit["uuid"] for hit in hits]
        assert len(hits) == (10 if offset else 20)


def test_newest_reports_come_page_by_page(
    get: Callable[..., Answer], sample_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.signature.reports.NUMBER", 7)
    database = Database(sample_dsn, size=1, name="tests")
    with database.transaction() as db:
        listed = report_queries.latest(db, signature=SIGNATURE, most=1000)
    database.close()

    answer, ids = get(), []
    while True:
        text = section(answer, "reports")
        ids += re.findall("/report/index/([0-9a-f-]{36})", text)
        older = re.search('[?&;]before=([^&"#]*)[^"]*" rel="next"', text)
        if older is None:
            break
        answer = get(before=html.unescape(older[1]).replace("%3A", ":"))

    assert ids == [report.crash_id for report in listed]


def test_comments_are_for_those_who_may_see_them(
    get: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = get()
    monkeypatch.setattr("webapp.signature.page.has_permission", lambda _request, _name: True)
    shown = get()

    assert "It broke" not in hidden.text
    assert "they need the permission view_pii" in section(hidden, "comments")
    assert "It broke" in section(shown, "comments")
    assert "The newest 2 of 2 comments" in words(section(shown, "comments"))


def test_nothing_from_a_crash_is_markup(
    get: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.signature.page.has_permission", lambda _request, _name: True)
    for answer in (get(), get(signature=HOSTILE), get(signature="x<b>" * 2500, days="&<b>")):
        assert "<script>alert" not in answer.text
        assert "<b>" not in answer.text
        assert "\x1b" not in answer.text
        assert "\u202e" not in answer.text
        assert 'href="javascript' not in answer.text


def test_without_search_the_sections_of_search_say_so_and_the_others_stand(
    get: Callable[..., Answer],
) -> None:
    answer = get(search=Failing(SearchUnavailable("gone")), **{"order-reports": "-uptime"})

    assert answer.status == 200
    for key in ("reasons", "uptime", "systems", "stacks"):
        assert "Search is unavailable" in section(answer, key)
    assert "The newest reports are shown instead" in section(answer, "reports")
    assert section(answer, "reports").count("/report/index/") >= 7
    assert "Firefox 140.0" in section(answer, "versions")
    assert "by-day" in section(answer, "graph")


def test_a_slow_search_is_waited_for_a_while_and_then_kept(
    get: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.signature.searches.SECONDS", 0.0)
    engine, nobody = Slow(), Failing(SearchUnavailable("gone"))
    first = get(search=engine)
    engine.may.set()

    assert "Search takes longer than usual" in section(first, "reasons")
    until = time.monotonic() + 60
    while "SIGSEGV" not in section(get(search=nobody), "reasons"):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_statement_that_takes_too_long_ends_and_the_transaction_goes_on(
    database: Database,
) -> None:
    with database.transaction() as db:
        with pytest.raises(Overdue), bounded(db, 0.05):
            execute(db, "SELECT pg_sleep(5)")
        with bounded(db, 5):
            execute(db, "SELECT pg_sleep(0.06)")


def test_a_section_that_is_overdue_says_so(
    get: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def overdue(*_arguments: object) -> None:
        raise Overdue

    monkeypatch.setattr("webapp.signature.sections.ask_in", overdue)
    answer = get()

    assert "takes longer than usual" in section(answer, "builds")
    assert "SIGSEGV" in section(answer, "reasons")


def test_an_unknown_signature_lists_the_nearest(get: Callable[..., Answer]) -> None:
    answer = get(signature="OOM | smal")

    assert answer.status == 200
    assert "No report has exactly this signature." in answer.text
    assert '<a href="/signature/?signature=OOM+%7C+small">' in answer.text


def test_a_long_signature_is_cut_with_a_word_about_it(get: Callable[..., Answer]) -> None:
    answer = get(signature="x" * 10_000)

    assert answer.status == 200
    assert "255 characters at most" in answer.text


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"days": "lots", "from": "", "to": ""}, "&#x27;lots&#x27; is not a whole number"),
        ({"from": "2026-11-25"}, "2026-11-24 is not after 2026-11-25"),
        ({"product": "\x07"}, "has control characters"),
    ],
)
def test_a_bad_parameter_is_named_on_the_page(
    get: Callable[..., Answer], parameters: dict[str, str], problem: str
) -> None:
    answer = get(**parameters)

    assert answer.status == 400
    assert problem in answer.text
    assert "This signature without them" in answer.text


@pytest.mark.parametrize("parameters", [
    {"product": "Netscape"}, {"version": "1.0"}, {"channel": "sideways"},
    {"order-versions": "-rank", "order-days": "x", "order-reports": "-nonsense", "offset": "9999"},
    {"days": "1", "from": "", "to": ""}, {"days": "28", "from": ""}, {"format": "csv"},
])  # fmt: skip
def test_strange_parameters_are_answered(
    get: Callable[..., Answer], parameters: dict[str, str]
) -> None:
    assert get(**parameters).status == 200


def test_a_product_stands_beside_the_sum_of_the_others(get: Callable[..., Answer]) -> None:
    answer = get(product="Firefox")

    assert "MyGame" not in section(answer, "versions")
    assert "Other products: 1 crash (estimated)." in words(section(answer, "versions"))


def test_tables_are_files_too(get: Callable[..., Answer], rest: WsgiApp) -> None:
    answer = get(format="csv", table="days", product="Firefox")
    sent = {"signature": SIGNATURE, "product": "Firefox", "days": 28, "to": "2026-11-24"}
    same = ask(rest, f"/api/SignatureDays/?{urlencode({**sent, 'format': 'csv'})}")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="SignatureDays.csv"'
    assert answer.body == same.body


def test_similar_signatures_and_correlations_come_from_their_jobs(
    get: Callable[..., Answer],
) -> None:
    boom = get(signature="boom")

    assert "OOM | small" in words(section(boom, "similar"))
    assert "hook1.dll" in section(get(), "correlations")
    assert str(DAY) in section(get(), "correlations")


def test_the_version_one_comes_from_is_in_the_sentence_wherever_it_ranks(
    get: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.signature import tables  # Django must be set up first

    monkeypatch.setitem(tables.VERSIONS.defaults, "limit", "1")  # type: ignore[attr-defined]

    assert "Firefox 141.0b2: 6 crashes (estimated)" in words(get(version="141.0b2").text)


def test_newest_reports_are_searched_for_from_the_oldest_shown_on(
    get: Callable[..., Answer],
) -> None:
    text = html.unescape(section(get(), "reports"))

    assert "signature=%3Dmalloc+%7C+main&date=%3E%3D2026-11-20&_columns=uuid" in text
    assert "socorro search 'signature==malloc | main' 'date=>=2026-11-20' --columns" in text


def test_a_bug_is_filed_from_the_newest_report(get: Callable[..., Answer]) -> None:
    link = re.search('href="([^"]*)"[^>]*>File a bug', get().text)

    assert link
    assert "cf_crash_signature=%5B%40%20malloc%20%7C%20main%20%5D" in link[1]
    assert "report%2Findex%2F" in link[1]


def test_a_signature_leads_to_its_installs_that_mix_modules(get: Callable[..., Answer]) -> None:
    [link] = re.findall(r'href="(/modules/frankeninstalls/[^"]*)"', get(product="Firefox").text)

    sent = parse_qs(urlsplit(html.unescape(link)).query)
    assert sent == {"product": ["Firefox"], "signature": [SIGNATURE]}
