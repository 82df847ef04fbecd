"""Signing in and out: by password only, back to our own pages only, not too often."""

import html
import re
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections

from socorro import metrics
from socorro.accounts import sessions, users
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from socorro.serving.proxies import Proxies
from tests.accounts import PASSWORD, change, user
from tests.builders import make_crash
from tests.moved import moves
from tests.processed import stored
from tests.webapp.test_report import words
from tests.webapp.visitor import Visitor
from tests.wsgi import ask
from webapp.accounts.database import database as djangos
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context
from webapp.settings import django_settings

CRASH = "0bba929f-8721-460c-8e70-a43c00261123"


def name_of(visitor: Visitor) -> str:
    """The user that the top bar shows."""
    bar = words(visitor.get("/").text.split("</header>")[0])
    return bar.split("Dark ")[1].removesuffix(" Sign out")


def test_a_user_signs_in_and_out(app: WsgiApp, database: Database) -> None:
    user(database)
    visitor = Visitor(app)

    before = name_of(visitor)
    came = visitor.sign_in(" Ann ", next="/profile/")
    inside = name_of(visitor)
    left = visitor.post("/logout/", page="/")

    assert (before, inside, name_of(visitor)) == ("Sign in", "ann", "Sign in")
    assert (came.status, came.headers["Location"]) == (302, "/profile/")
    assert (left.status, left.headers["Location"]) == (302, "/")
    assert "session" not in visitor.cookies


def test_signing_out_ends_the_session_in_the_database_too(app: WsgiApp, database: Database) -> None:
    user(database)
    visitor = Visitor(app)
    visitor.sign_in()
    kept = dict(visitor.cookies)

    visitor.post("/logout/", page="/")
    visitor.cookies = kept

    assert name_of(visitor) == "Sign in"
    assert change(database, "DELETE FROM auth.django_session") == 0


WRONG = [
    ("ann", "wrong horse battery"),
    ("ann", ""),
    ("", PASSWORD),
    ("bob", PASSWORD),
    ("carl", PASSWORD),  # inactive
    ("ann\0", PASSWORD),
    ("ann", PASSWORD + "\0"),
    ("ann' OR '1'='1", PASSWORD),
    ("x" * 5000, PASSWORD),
    ("ann", "x" * 20_000),
    ("\N{GRINNING FACE}", PASSWORD),
]


def test_the_page_does_not_say_which_input_was_wrong(app: WsgiApp, database: Database) -> None:
    user(database)
    user(database, "carl")
    change(database, "UPDATE auth.auth_user SET is_active = false WHERE username = 'carl'")
    visitor = Visitor(app)

    answers = [visitor.sign_in(name, password) for name, password in WRONG]

    for answer in answers:
        assert answer.status == 403
        assert "The name or the password is wrong, or the user is inactive." in answer.text
        assert PASSWORD not in answer.text
    assert "session" not in visitor.cookies


@pytest.mark.parametrize(
    ("password", "outcome"), [(PASSWORD, "ok"), ("wrong", "refused"), (PASSWORD, "limited")]
)
def test_every_attempt_is_counted_by_outcome(
    app: WsgiApp,
    database: Database,
    store: CrashStore,
    config: WebappConfig,
    password: str,
    outcome: str,
) -> None:
    user(database)
    if outcome == "limited":
        app = limited(config, Context(database, store, config), 100, 1, 100)
        attempts(Visitor(app, REMOTE_ADDR="192.0.2.1"), "ann", 1)
    visitor = Visitor(app, REMOTE_ADDR="192.0.2.1")

    with moves(metrics.sign_ins, outcome=outcome), moves(metrics.sign_ins):
        visitor.sign_in(password=password)


def test_a_form_that_is_too_large_is_not_read(app: WsgiApp) -> None:
    visitor = Visitor(app)

    answers = [visitor.sign_in(password="p" * size) for size in (100_000, 1_000_000)]

    for answer in answers:
        assert answer.status in (400, 413)
        assert "<h1>" in answer.text


NEXT = [
    ("/profile/", "/profile/"),
    (f"/report/index/{CRASH}?a=b#modules", f"/report/index/{CRASH}?a=b#modules"),
    ("", "/"),
    ("//evil.example", "/"),
    ("///evil.example", "/"),
    ("/\\evil.example", "/"),
    ("\\\\evil.example", "/"),
    ("https://evil.example/", "/"),
    ("http:evil.example", "/"),
    ("javascript:alert(1)", "/"),
    ("/\t/evil.example", "/"),
    ("/\n/evil.example", "/"),
    ("/a\r\nSet-Cookie: a=b", "/"),
    ("/\0", "/"),
    ("profile/", "/"),
    ("/" + "x" * 3000, "/"),
]


def test_signing_in_redirects_to_our_own_pages_only(app: WsgiApp, database: Database) -> None:
    user(database)
    visitor = Visitor(app)

    pages = [visitor.get(f"/login/?next={quote(path)}").text for path, _ in NEXT]
    came = visitor.sign_in(next="//evil.example")
    again = [visitor.get(f"/login/?next={quote(path)}").headers["Location"] for path, _ in NEXT]

    targets = [html.unescape(re.findall(r'name="next" value="([^"]*)"', page)[0]) for page in pages]
    assert targets == again == [target for _, target in NEXT]
    assert came.headers["Location"] == "/"


def test_a_session_that_somebody_else_chose_is_not_used(app: WsgiApp, database: Database) -> None:
    user(database)
    victim = Visitor(app)
    victim.cookies["session"] = "a" * 32

    victim.sign_in()
    first = victim.cookies["session"]
    other = Visitor(app)
    other.cookies["session"] = "a" * 32

    assert first != "a" * 32
    assert name_of(victim) == "ann"
    assert name_of(other) == "Sign in"


def test_an_invalid_session_is_nobodys(app: WsgiApp) -> None:
    visitor = Visitor(app)

    for session in ("x", "'; DROP TABLE", "\u00e9" * 8, "a" * 5000, "0" * 32):
        visitor.cookies["session"] = session
        assert name_of(visitor) == "Sign in"


def test_sessions_of_a_closed_account_do_not_revive_when_it_is_opened_again(
    app: WsgiApp, database: Database
) -> None:
    visitors = {name: Visitor(app) for name in ("ann", "bob", "carl", "dora")}
    for name, visitor in visitors.items():
        user(database, name)
        visitor.sign_in(name)

    with database.transaction() as db:
        users.change(db, "ann", active=False)
    # Signed in while the account was being closed: its session was written afterwards.
    change(database, "UPDATE auth.auth_user SET is_active = false WHERE username = 'bob'")
    with database.transaction() as db:
        for name in ("ann", "bob", "carl"):  # carl was never closed
            users.change(db, name, active=True)

    names = {name: name_of(visitor) for name, visitor in visitors.items()}
    assert names == {"ann": "Sign in", "bob": "Sign in", "carl": "carl", "dora": "dora"}


@pytest.mark.parametrize(
    ("content", "user_id"),
    [
        ({"_auth_user_id": "7"}, "7"),
        ({"_auth_user_id": "7", "oidc_states": {str(n): "x" * 40 for n in range(20)}}, "7"),
        ({}, None),
    ],
)
def test_the_user_of_a_stored_session_is_read_without_the_secret(
    app: WsgiApp,
    content: dict[str, object],
    user_id: str | None,
) -> None:
    encoded = SessionStore().encode(content)

    assert encoded.startswith(".") is (len(content) > 1)  # compressed
    assert sessions.user_of(encoded) == user_id
    assert [sessions.user_of(odd) for odd in ("", "x", ".x:y:z", "W10:y:z")] == [None] * 4


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE auth.auth_user SET is_active = false",
        "UPDATE auth.auth_user SET password = 'scrypt$16384$x$8$5$x'",
        "DELETE FROM auth.auth_user",
        "UPDATE auth.django_session SET expire_date = now() - interval '1 second'",
    ],
)
def test_a_session_ends_at_once_when_it_has_to(
    app: WsgiApp, database: Database, statement: str
) -> None:
    user(database)
    visitor = Visitor(app)
    visitor.sign_in()

    change(database, statement)

    assert name_of(visitor) == "Sign in"
    assert visitor.get("/profile/").headers["Location"] == "/login/?next=/profile/"


def test_the_next_sign_in_clears_sessions_that_have_ended(app: WsgiApp, database: Database) -> None:
    user(database)
    Visitor(app).sign_in()
    change(database, "UPDATE auth.django_session SET expire_date = now() - interval '1 day'")

    Visitor(app).sign_in()

    assert change(database, "DELETE FROM auth.django_session") == 1


def test_a_form_without_its_secret_is_refused(app: WsgiApp, database: Database) -> None:
    user(database)
    visitor = Visitor(app)
    body = urlencode({"name": "ann", "password": PASSWORD}).encode()

    answers = [visitor.send(address, body) for address in ("/login/", "/logout/", "/api/tokens/")]

    assert [answer.status for answer in answers] == [403, 403, 403]
    assert "This form has expired" in answers[0].text
    assert "session" not in visitor.cookies


def test_signing_out_by_a_link_does_nothing(app: WsgiApp, database: Database) -> None:
    user(database)
    visitor = Visitor(app)
    visitor.sign_in()

    assert visitor.get("/logout/").status == 405
    assert name_of(visitor) == "ann"


def attempts(visitor: Visitor, name: str, count: int) -> list[int]:
    return [visitor.sign_in(name, "wrong").status for _ in range(count)]


def limited(config: WebappConfig, context: Context, address: int, name: int, all_: int) -> WsgiApp:
    limits = {
        "sign_ins_per_address": address,
        "sign_ins_per_name": name,
        "sign_ins_per_name_from_all": all_,
    }
    return application(context._replace(config=config.model_copy(update=limits)), "k" * 40)


def test_a_stranger_cannot_keep_a_user_out_by_name(
    app: WsgiApp, database: Database, store: CrashStore, config: WebappConfig
) -> None:
    user(database)
    app = limited(config, Context(database, store, config), 100, 3, 1000)
    stranger, ann = (Visitor(app, REMOTE_ADDR=f"192.0.2.{number}") for number in (1, 2))

    statuses = attempts(stranger, "ann", 5)
    other = attempts(stranger, "bob", 1)

    assert statuses == [403, 403, 403, 429, 429]
    assert (ann.sign_in().status, other) == (302, [403])


def test_one_name_is_tried_so_often_from_wherever_and_however_it_is_written(
    app: WsgiApp, database: Database, store: CrashStore, config: WebappConfig
) -> None:
    user(database)
    app = limited(config, Context(database, store, config), 100, 2, 3)
    first, second = (Visitor(app, REMOTE_ADDR=f"192.0.2.{number}") for number in (1, 2))

    statuses = attempts(first, "ann", 1) + attempts(first, "ANN", 1)
    wide = attempts(first, " \uff41nn", 1)
    statuses += attempts(second, "ann ", 1)
    right = second.sign_in("\uff41nn")
    other = attempts(second, "bob", 1)

    assert (statuses, wide) == ([403, 403, 403], [429])
    assert (right.status, other) == (429, [403])
    assert int(right.headers["Retry-After"]) > 100
    assert "Too many sign-in attempts" in right.text


def test_one_address_tries_so_often_whatever_the_name(
    app: WsgiApp, database: Database, store: CrashStore, config: WebappConfig
) -> None:
    app = limited(config, Context(database, store, config), 3, 100, 100)
    first, second = (Visitor(app, REMOTE_ADDR=f"192.0.2.{number}") for number in (1, 2))

    statuses = [first.sign_in(f"user{number}", "wrong").status for number in range(4)]

    assert statuses == [403, 403, 403, 429]
    assert attempts(second, "user0", 1) == [403]


@pytest.mark.parametrize("trusted", [[], ["127.0.0.1"]])
def test_behind_a_proxy_on_this_machine_visitors_are_counted_apart(
    app: WsgiApp,
    database: Database,
    store: CrashStore,
    config: WebappConfig,
    trusted: list[str],
) -> None:
    context = Context(database, store, config, Proxies("webapp", trusted))
    app = limited(config, context, 2, 100, 100)
    first, second = (
        Visitor(app, X_FORWARDED_FOR=f"6.6.6.{number}, 192.0.2.{number}:99") for number in (1, 2)
    )

    statuses = attempts(first, "ann", 3) + attempts(second, "ann", 1)

    assert statuses == [403, 403, 429, 403]


def test_cookies_are_for_our_server_only(app: WsgiApp, database: Database) -> None:
    user(database)
    visitor = Visitor(app)

    visitor.sign_in()

    session, csrf = (
        next(line for line in reversed(visitor.set_cookies) if line.startswith(f"{name}="))
        for name in ("session", "csrf")
    )
    for cookie in (session, csrf):
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
    assert "Max-Age=604800" in session


def test_with_https_cookies_are_sent_over_https_only(tmp_path: Path) -> None:
    config = WebappConfig(secret_key_file=tmp_path / "key", https=True, session_hours=2)

    settings = django_settings(config, "k" * 40)

    assert (settings["SESSION_COOKIE_NAME"], settings["SESSION_COOKIE_SECURE"]) == (
        "__Host-session",
        True,
    )
    assert (settings["CSRF_COOKIE_NAME"], settings["CSRF_COOKIE_SECURE"]) == ("__Host-csrf", True)
    assert settings["SESSION_COOKIE_AGE"] == 7200


@pytest.mark.parametrize(("origin", "status"), [("https://127.0.0.1", 302), ("https://e.x", 403)])
def test_behind_https_forms_of_our_own_pages_are_taken(
    app: WsgiApp,
    database: Database,
    store: CrashStore,
    config: WebappConfig,
    origin: str,
    status: int,
) -> None:
    user(database)
    secure = Context(database, store, config.model_copy(update={"https": True}))
    visitor = Visitor(application(secure, "k" * 40), ORIGIN=origin)

    assert visitor.sign_in().status == status


def test_visitors_without_a_session_never_reach_the_tables_of_users(
    app: WsgiApp, database: Database, store: CrashStore
) -> None:
    crash = stored(store, make_crash())
    store.put_processed(crash.crash_id, {})
    change(database, "DROP SCHEMA auth CASCADE")
    pages = [
        "/",
        f"/report/index/{crash.crash_id}",
        "/signature/?signature=x",
        "/nothing",
        "/login/",
    ]

    statuses = [ask(app, address).status for address in pages]

    assert statuses == [200, 200, 200, 404, 200]
    assert connections["default"].connection is None


def test_an_unavailable_database_is_a_503_for_signed_in_visitors_too(
    app: WsgiApp, store: CrashStore, config: WebappConfig
) -> None:
    crash = stored(store, make_crash())
    store.put_processed(crash.crash_id, {})
    nowhere = Database("host=127.0.0.1 port=1 dbname=socorro")
    visitor = Visitor(application(Context(nowhere, store, config), "k" * 40))
    visitor.cookies["session"] = "a" * 32

    answers = [visitor.get(f"/report/index/{crash.crash_id}"), visitor.get("/nothing")]

    assert [answer.status for answer in answers] == [503, 404]
    assert "Sign in" not in answers[0].text


def test_nothing_of_names_and_passwords_is_logged(
    app: WsgiApp, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    user(database, "ann@example.com")

    Visitor(app).sign_in("ann@example.com")
    Visitor(app).sign_in("ann@example.com", "wrong marker")
    Visitor(app).sign_in(PASSWORD, "ann@example.com")

    output = "".join(capsys.readouterr())
    assert "signed in" in output
    assert "sign-in refused" in output
    assert not [text for text in ("ann@", "marker", PASSWORD) if text in output]


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        (
            "host=db1 port=5433 dbname=socorro user=ann password=x sslmode=require",
            {"HOST": "db1", "PORT": "5433", "NAME": "socorro", "USER": "ann", "PASSWORD": "x"},
        ),
        ("postgresql://ann@db1/socorro", {"HOST": "db1", "NAME": "socorro", "USER": "ann"}),
        ("user=ann", {"NAME": "ann", "USER": "ann", "HOST": ""}),
    ],
)
def test_django_connects_as_everything_else_does(dsn: str, expected: dict[str, str]) -> None:
    settings = djangos(dsn)

    assert {name: settings[name] for name in expected} == expected
    assert "search_path=auth" in settings["OPTIONS"]["options"]
    assert settings["OPTIONS"].get("sslmode") == ("require" if "sslmode" in dsn else None)


def test_options_of_the_connection_string_are_kept() -> None:
    settings = djangos("dbname=x options='-c statement_timeout=1s'")

    assert settings["OPTIONS"]["options"].startswith("-c statement_timeout=1s -c search_path=auth")


def test_passwords_are_hashed_with_what_users_are_made_with() -> None:
    assert settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.ScryptPasswordHasher"]
