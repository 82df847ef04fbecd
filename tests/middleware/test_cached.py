"""Answers from the cache: the same as without it, until the counts change."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from middleware.app import application
from middleware.callers import Caller
from middleware.context import Context, Values
from middleware.parameters import Parameter
from middleware.reply import PROTECTED_DATA, Refused, Reply, bad_request, json_reply
from middleware.route import Route
from middleware.routes import ROUTES
from socorro import metrics
from socorro.cache import Cache, CacheConfig
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database, execute
from socorro.serving.health import WsgiApp
from socorro.serving.rate_limit import RateLimit
from tests import memcached
from tests.builders import NOON
from tests.counted import crashes, signature, version
from tests.wsgi import Answer, ask

FIRST = "/api/SignatureFirstDate/?signatures=a%20%7C%20b"


@pytest.fixture
def server() -> Iterator[memcached.Server]:
    with memcached.running() as server:
        yield server


@pytest.fixture
def cache(server: memcached.Server) -> Iterator[Cache]:
    with closing(Cache(CacheConfig(server=server.address))) as opened:
        yield opened


def app(database: Database, store: CrashStore, cache: Cache | None, *routes: Route) -> WsgiApp:
    context = Context(database, store, cache=cache)
    return application(context, RateLimit(1000), routes=routes or ROUTES)


def hits() -> float:
    return float(metrics.cache_gets.labels("hit")._value.get())


def count_again(database: Database, minutes: int) -> None:
    """The clock's job ran."""
    with database.transaction() as db:
        execute(
            db,
            "INSERT INTO cron_log (job, slot, started_at, ended_at, outcome)"
            " VALUES ('counts', %(at)s, %(at)s, %(at)s, 'done')",
            at=NOON + timedelta(minutes=minutes),
        )


def shown(answer: Answer) -> tuple[int, str, object]:
    headers = {name: text for name, text in answer.headers.items() if name != "X-Request-Id"}
    return answer.status, answer.text, headers


def test_an_answer_comes_from_the_cache_until_something_is_counted(
    rest_database: Database, database: Database, store: CrashStore, cache: Cache
) -> None:
    cached, plain = app(rest_database, store, cache), app(rest_database, store, None)
    with database.transaction() as db:
        signature(db, "a | b", NOON)
    before = hits()
    first, second = ask(cached, FIRST), ask(cached, FIRST)
    with database.transaction() as db:
        signature(db, "a | b", NOON - timedelta(days=1))
    stale = ask(cached, FIRST)
    count_again(database, 5)

    fresh = ask(cached, FIRST)

    assert shown(first) == shown(second) == shown(stale)
    assert hits() - before == 2
    assert fresh.json()["hits"][0]["first_date"] == "2026-11-22T12:00:00+00:00"
    assert shown(fresh) == shown(ask(plain, FIRST))


def test_questions_are_the_same_from_the_cache(
    rest_database: Database, database: Database, store: CrashStore, cache: Cache
) -> None:
    cached, plain = app(rest_database, store, cache), app(rest_database, store, None)
    with database.transaction() as db:
        crashes(db, version(db, "140.0"), "a | b", 3, NOON.date())
    period = "product=Firefox&from=2026-11-23&to=2026-11-24"
    addresses = [
        f"/api/{name}/?{period}{form}"
        for name in ("TopCrashers", "CrashRates")
        for form in ("", "&format=csv")
    ]
    before = hits()

    for address in addresses:
        first, second = ask(cached, address), ask(cached, address)

        assert first.status == 200, first.text
        assert shown(first) == shown(second) == shown(ask(plain, address))
    assert hits() - before == len(addresses)


def test_everything_answers_without_memcached(
    rest_database: Database, database: Database, store: CrashStore, cache: Cache,
    server: memcached.Server,
) -> None:  # fmt: skip
    cached = app(rest_database, store, cache)
    with database.transaction() as db:
        signature(db, "a | b", NOON)
    before = ask(cached, FIRST)

    server.kill()
    answers = [ask(cached, FIRST) for _ in range(3)]

    assert [shown(answer) for answer in answers] == [shown(before)] * 3
    assert before.json()["total"] == 1


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({"cached": True}, True),
        ({}, False),
        ({"cached": True, "permissions": ("view_pii",)}, False),
        ({"cached": True, "needs": "view_pii"}, False),
    ],
)
def test_only_public_answers_of_routes_that_say_so_are_kept(
    database: Database, store: CrashStore, cache: Cache, settings: dict[str, object], kept: bool
) -> None:
    calls = []

    def counted(_context: Context, _caller: Caller, values: Values) -> Reply:
        calls.append(values)
        return json_reply(len(calls))

    parameter = Parameter("name", "Name")
    route = Route("Count", "Count", "", (parameter,), counted, ("application/json",), **settings)  # type: ignore[arg-type]
    caller = Caller(frozenset({"view_pii"}))
    context = Context(database, store, cache=cache)
    rest = application(context, RateLimit(100), lambda _: caller, routes=(route,))

    for _ in range(2):
        ask(rest, "/api/Count/?name=a")
    ask(rest, "/api/Count/?name=b")

    assert len(calls) == (2 if kept else 3)


def test_errors_and_protected_answers_are_not_kept(
    database: Database, store: CrashStore, cache: Cache
) -> None:
    replies = [bad_request({"a": "b"}), json_reply(1, PROTECTED_DATA), json_reply(2)]

    def next_one(_context: Context, _caller: Caller, _values: Values) -> Reply:
        reply = replies.pop(0)
        if isinstance(reply, Refused):
            raise reply
        return reply

    route = Route("Next", "Next", "", (), next_one, ("application/json",), cached=True)
    rest = app(database, store, cache, route)

    answers = [ask(rest, "/api/Next/").text for _ in range(4)]

    assert answers[1:] == ["1", "2", "2"]
    assert '"error"' in answers[0]
