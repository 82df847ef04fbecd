"""The status page, as the role of the webapp."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache

from socorro.crashstore.interface import CrashStore
from socorro.health.collect import check
from socorro.health.config import PORTS, HealthConfig
from socorro.health.facts import Facts
from socorro.health.judge import Health, judge
from socorro.postgres import Database, execute
from socorro.queries import health as queries
from socorro.queries.cron import CronJob
from socorro.queries.server_status import ServerStatus
from socorro.serving.health import WsgiApp, not_found, with_health
from tests.accounts import user
from tests.builders import make_crash
from tests.health.facts import DAY, LIMITS, SPOOL, facts, instance, job
from tests.processed import MAC, processed
from tests.serving.running import running
from tests.webapp.visitor import Visitor
from tests.wsgi import ask
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context
from webapp.crashstats import status
from webapp.crashstats.status_charts import charts

KEY = "the key of the tests, which signs nothing of worth"
SECRET = "10.9.8.7 refused"
NONE = HealthConfig(**{service: [] for service in PORTS})

MakeApp = Callable[[Callable[[], Health]], WsgiApp]


@pytest.fixture
def make_app(
    as_role: Callable[[str], Database], store: CrashStore, config: WebappConfig
) -> Iterator[MakeApp]:
    def make(health: Callable[[], Health]) -> WsgiApp:
        return application(Context(as_role("webapp"), store, config, health=health), KEY)

    yield make
    cache.clear()


def test_the_page_says_what_the_database_and_the_health_ports_know(
    make_app: MakeApp, as_role: Callable[[str], Database], store: CrashStore, database: Database
) -> None:
    processed(store, database, MAC, make_crash(datetime.now(UTC)))
    yesterday = (datetime.now(UTC) - timedelta(days=2)).date()
    with database.transaction() as db:
        queries.keep_ledger(db, DAY._replace(day=yesterday, accepted=1234))
        execute(db, "INSERT INTO cron_jobs (job, place, does, period, needs, off, limit_seconds)"
                " VALUES ('bugs', 1, 'Reads bugs.', 'hourly', '{}', 'set X', 60)")  # fmt: skip
    spool = {**SPOOL, "waiting": 0, "oldest_seconds": None}
    mover = with_health(not_found, {}, {"spool": lambda: spool, "last_hour": None})
    with running(mover) as server:
        limits = HealthConfig(**{
            **{service: [] for service in PORTS},
            "crashmover": [f"http://127.0.0.1:{server.address[1]}"], "answer_seconds": 30,
        })  # fmt: skip
        app = make_app(lambda: check(as_role("webapp"), limits, "segments"))
        page = ask(app, "/status/")

    assert page.status == 200
    [lead] = re.findall('<p class="lead">(.*)</p>', page.text)
    assert "Healthy:</strong> 1 crash in the last hour, processed after " in lead
    assert lead.endswith("nothing waiting, nothing missing. One job is off: bugs.")
    assert f"<time>{yesterday}</time>" in page.text
    assert '<td class="number fold">1,234</td>' in page.text
    assert '<th scope="row">crashmover</th><td>yes</td>' in page.text
    assert "80 % free (80 GB)" in page.text
    assert '<a href="#clock">scheduled jobs</a>, <a href="/symbols/missing/">' in page.text
    assert "Nothing is recorded yet: the job <code>status</code>" in page.text


def test_without_postgres_the_page_shows_the_services_and_says_what_is_missing(
    store: CrashStore, config: WebappConfig
) -> None:
    away = Database("host=127.0.0.1 port=1 dbname=nothing")
    judged = replace(facts(), records=None, database_error=SECRET)
    app = application(Context(away, store, config, health=lambda: judge(judged, LIMITS)), KEY)

    visitors = [ask(app, "/status/"), ask(app, "/status/", HTTP_COOKIE="session=abcdefgh")]

    for page in visitors:
        assert page.status == 200
        assert "Critical:</strong> Postgres does not answer." in page.text
        assert "scheduled jobs, search and bad reports cannot be shown until it does" in page.text
        assert '<th scope="row">crashmover</th><td>yes</td>' in page.text
        assert SECRET not in page.text


def failing() -> Facts:
    return facts(
        instance("crashmover", answers=False, facts={}, error=SECRET),
        jobs=[job("adi", errors=1, last_error_type="Timeout", last_error="<b>of a host</b>")],
    )


def test_hosts_and_errors_are_for_those_with_the_permission(
    make_app: MakeApp, database: Database
) -> None:
    app = make_app(lambda: judge(failing(), LIMITS))
    user(database, "ann", "Hackers Plus")
    user(database, "bob")

    pages = {}
    for name in ("ann", "bob"):
        visitor = Visitor(app)
        visitor.sign_in(name)
        pages[name] = visitor.get("/status/").text
    everybody = ask(app, "/status/").text

    assert "crashmover at http://10.0.0.1:8885: 10.9.8.7 refused" in pages["ann"]
    assert "(Timeout: &lt;b&gt;of a host&lt;/b&gt;)" in pages["ann"]
    for text in (everybody, pages["bob"]):
        assert "crashmover does not answer" in text
        assert "fails: failed once" in text
        assert "10." not in text.partition("<main")[2]
        assert "of a host" not in text


def test_home_never_says_that_nothing_waits_while_the_crashmover_is_stopped(
    make_app: MakeApp,
) -> None:
    broken = ask(make_app(lambda: judge(failing(), LIMITS)), "/").text
    healthy = ask(make_app(lambda: judge(facts(), LIMITS)), "/").text

    assert "✕ Critical: crashmover does not answer" in broken
    assert "Nothing is waiting" not in broken
    assert "Nothing is waiting" in healthy


def test_a_line_that_never_did_anything_has_a_page(
    make_app: MakeApp, as_role: Callable[[str], Database]
) -> None:
    page = ask(make_app(lambda: check(as_role("webapp"), NONE, "segments")), "/status/")

    assert page.status == 200
    assert "no crash in the last hour, nothing waiting in the queue, no day compared" in page.text
    assert "No job has run: start cron" in page.text


def test_the_day_is_three_charts_by_hour_and_an_hour_without_a_row_is_a_gap() -> None:
    now = datetime(2026, 11, 28, 12, 20, tzinfo=UTC)

    def row(minutes: int, completed: int, wait: float | None, waiting: int) -> ServerStatus:
        moment = now.replace(minute=0) + timedelta(minutes=minutes)
        return ServerStatus(moment, None, None, completed, 0.1, wait, waiting, 1, 0, 1)

    history = [row(15, 30, 2.0, 4), row(10, 10, 6.0, 9), row(0, 5, 1.0, 0), row(-120, 0, None, 0)]

    last = {
        chart.key: {place[-5:]: cells[0] for place, cells in chart.table.rows}
        for chart in charts(history, now)
    }

    assert last["queue"]["12:00"] == "10"
    assert last["wait"]["12:00"] == "3"
    assert last["rate"]["12:00"] == "40"
    assert last["rate"]["11:00"] == "5"
    assert last["rate"]["10:00"] == last["queue"]["08:00"] == last["wait"]["09:00"]
    assert last["rate"]["09:00"] == "0"


@pytest.mark.parametrize("period", ["every 5 min", "hourly at :05"])
def test_the_period_of_a_job_keeps_its_number_beside_its_word(period: str) -> None:
    noon = datetime(2026, 11, 29, 12, tzinfo=UTC)
    row = CronJob("bugs", limit_seconds=60, first_run=noon, next_run=noon, period=period)

    start, _, end = period.rpartition(" ")

    assert status._row(row, noon, details=False).period == f"{start}\N{NO-BREAK SPACE}{end}"
