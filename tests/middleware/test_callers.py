"""Callers: identified by Auth-Token, with its current permissions, limited in requests."""

import pytest

from middleware.app import application
from middleware.callers import TokenLookup
from middleware.context import Context
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from socorro.serving.rate_limit import RateLimit
from tests.accounts import change, token, user
from tests.accounts.test_tokens import ODD
from tests.builders import make_crash
from tests.processed import stored
from tests.wsgi import ask

NO_TOKEN = {"error": "The Auth-Token is unknown or has expired", "errors": {}}


@pytest.fixture
def app(rest_database: Database, store: CrashStore) -> WsgiApp:
    tokens = TokenLookup(rest_database)
    return application(Context(rest_database, store), RateLimit(3), tokens, user_limit=RateLimit(5))


def test_a_token_shows_what_its_owner_may_see_until_it_is_revoked(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = stored(store, make_crash(Email="ann@example.com"))
    user(database, "ann", "Hackers")
    text = token(database, "ann", ["view_pii"])
    address = f"/api/RawCrash/?crash_id={crash.crash_id}"

    answers = [ask(app, address, AUTH_TOKEN=text), ask(app, address)]
    change(database, "DELETE FROM auth.tokens")
    revoked = ask(app, address, AUTH_TOKEN=text)

    assert [answer.json().get("Email") for answer in answers] == ["ann@example.com", None]
    assert [answer.headers["Cache-Control"] for answer in answers] == [
        "private, no-store", "private, max-age=0",
    ]  # fmt: skip
    assert (revoked.status, revoked.json()) == (403, NO_TOKEN)


def test_an_odd_token_is_refused(app: WsgiApp) -> None:
    for text in ODD[1:]:
        answer = ask(app, "/api/RawCrash/", AUTH_TOKEN=text)

        assert (answer.status, answer.json()) == (403, NO_TOKEN)


def test_a_user_may_send_more_requests_than_an_address(app: WsgiApp, database: Database) -> None:
    user(database)
    texts = [token(database, "ann"), token(database, "ann")]

    def statuses(count: int, **headers: str) -> list[int]:
        return [ask(app, "/api/", REMOTE_ADDR="192.0.2.1", **headers).status for _ in range(count)]

    by_token = statuses(3, AUTH_TOKEN=texts[0]) + statuses(3, AUTH_TOKEN=texts[1])
    guessed = statuses(2, AUTH_TOKEN="f" * 32)
    alone = statuses(2)
    too_many = statuses(1, AUTH_TOKEN="f" * 32)

    assert by_token == [200, 200, 200, 200, 200, 429]
    assert guessed == [403, 403]
    assert alone == [200, 429]
    assert too_many == [429]


def test_a_token_while_the_database_is_unavailable_is_503(store: CrashStore) -> None:
    nowhere = Database("host=127.0.0.1 port=1 dbname=socorro")
    app = application(Context(nowhere, store), RateLimit(3), TokenLookup(nowhere))

    assert ask(app, "/api/", AUTH_TOKEN="0" * 32).status == 503
    assert ask(app, "/api/").status == 200
