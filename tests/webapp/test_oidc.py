"""Signing in through an identity provider, beside users with passwords: a real code flow."""

import hashlib
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from django.test import override_settings
from playwright.sync_api import Browser, expect
from pydantic import ValidationError

from socorro import metrics
from socorro.accounts import links, users
from socorro.accounts.users import Refused
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database, value
from socorro.serving.health import WsgiApp
from tests.accounts import change, user
from tests.moved import moves
from tests.serving.running import running
from tests.webapp.identity_provider import (
    ANN,
    CLIENT,
    SECRET,
    Provider,
    keys,
    serving,
    signed,
    signed_by_hand,
)
from tests.webapp.test_sign_in import name_of
from tests.webapp.test_signing_in_by_browser import hold_to_the_rules
from tests.webapp.visitor import Visitor
from tests.wsgi import Answer, ask
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context
from webapp.settings import oidc_settings

CALLBACK = "/oidc/callback/"
Claims = dict[str, Any]


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    with serving() as provider:
        yield provider


@pytest.fixture
def provider(served: Provider) -> Provider:
    """A provider that tells the truth about Ann."""
    fresh = Provider()
    for name in ("redirect", "claims", "bend", "seal", "userinfo", "requests", "codes"):
        setattr(served, name, getattr(fresh, name))
    return served


@pytest.fixture
def config(config: WebappConfig, provider: Provider, tmp_path: Path) -> WebappConfig:
    secret = tmp_path / "client-secret"
    secret.write_text(f"{SECRET}\n")
    return config.model_copy(
        update={
            "oidc_issuer": provider.url,
            "oidc_label": "Example ID",
            "oidc_authorization_url": f"{provider.url}/authorize",
            "oidc_token_url": f"{provider.url}/token",
            "oidc_keys_url": f"{provider.url}/keys",
            "oidc_client_id": CLIENT,
            "oidc_client_secret_file": secret,
            "oidc_groups": {"crash-team": "Hackers", "crash-admins": "Hackers Plus"},
        }
    )


@pytest.fixture
def build(
    as_role: Callable[[str], Database], store: CrashStore, config: WebappConfig
) -> Iterator[Callable[..., WsgiApp]]:
    """Build the pages with some settings changed, as the role of the webapp."""
    database = as_role("webapp")
    overrides: list[override_settings] = []

    def built(**changes: object) -> WsgiApp:
        changed = config.model_copy(update=changes)
        app = application(Context(database, store, changed), "k" * 40)
        overrides.append(override_settings(**oidc_settings(changed)))
        overrides[-1].enable()
        return app

    yield built
    for override in reversed(overrides):
        override.disable()


@pytest.fixture
def app(build: Callable[..., WsgiApp]) -> WsgiApp:
    return build()


def sign_in_there(address: str) -> str:
    """Sign in at the provider, where our page leads to; return where that leads back."""
    answer = urllib3.request("POST", address, redirect=False)
    assert answer.status == 302, answer.data
    return answer.headers["Location"].removeprefix("http://127.0.0.1")


def sign_in(visitor: Visitor, next_page: str = "/profile/") -> Answer:
    """Go all the way to the provider and back."""
    begun = visitor.get(f"/oidc/authenticate/?next={next_page}")
    assert begun.status == 302, begun.text
    return visitor.get(sign_in_there(begun.headers["Location"]))


def groups_of(database: Database, name: str = "ann@example.com") -> list[str]:
    with database.transaction() as db:
        return users.find(db, name).groups


def count_users(database: Database) -> int:
    with database.transaction() as db:
        return int(value(db, "SELECT count(*) FROM auth.auth_user"))


def assert_refused(visitor: Visitor, answer: Answer, text: str) -> None:
    assert (answer.status, text in answer.text) == (403, True), answer.text
    assert name_of(visitor) == "Sign in"


def test_a_user_signs_in_through_the_provider_and_gets_the_groups_of_the_claim(
    app: WsgiApp, database: Database
) -> None:
    visitor = Visitor(app)
    page = visitor.get("/login/?next=/profile/").text

    with moves(metrics.sign_ins, outcome="ok"):
        came = sign_in(visitor)

    assert 'href="/oidc/authenticate/?next=%2Fprofile%2F">Sign in with Example ID</a>' in page
    assert (came.status, came.headers["Location"]) == (302, "/profile/")
    assert name_of(visitor) == "ann@example.com"
    assert groups_of(database) == ["Hackers"]
    assert "See protected fields" in visitor.get("/api/tokens/").text


def test_the_request_has_state_nonce_and_a_challenge_that_the_verifier_meets(
    app: WsgiApp, provider: Provider
) -> None:
    address = urlsplit(Visitor(app).get("/oidc/authenticate/").headers["Location"])
    sent = {name: texts[0] for name, texts in parse_qs(address.query).items()}

    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{provider.url}/authorize"
    assert (sent["response_type"], sent["client_id"]) == ("code", CLIENT)
    assert sent["redirect_uri"] == f"http://127.0.0.1{CALLBACK}"
    assert sent["code_challenge_method"] == "S256"
    assert {len(sent[name]) for name in ("state", "nonce")} == {32}
    assert len(sent["code_challenge"]) == 43
    sign_in(Visitor(app))  # the provider compares verifier and challenge
    assert provider.requests[-2:] == ["/token", "/keys"]


def test_a_code_is_worth_nothing_without_the_verifier_of_its_browser(
    app: WsgiApp, provider: Provider
) -> None:
    visitor = Visitor(app)
    begun = visitor.get("/oidc/authenticate/").headers["Location"]
    back = sign_in_there(begun)
    [code] = provider.codes.values()
    other = urlsafe_b64encode(hashlib.sha256(b"x" * 64).digest()).rstrip(b"=").decode()
    code.code_challenge = other

    assert_refused(visitor, visitor.get(back), "not in order")


def drop(name: str) -> Callable[[Claims], object]:
    return lambda claims: claims.pop(name)


def put(**claims: object) -> Callable[[Claims], object]:
    return lambda token: token.update(claims)


FALSE_TOKENS: dict[str, Callable[[Claims], object]] = {
    "another nonce": put(nonce="of another sign-in"),
    "no nonce": drop("nonce"),
    "another issuer": put(iss="https://evil.example"),
    "another audience": put(aud="another client"),
    "no audience": drop("aud"),
    "made for another of two": put(aud=[CLIENT, "other"], azp="other"),
    "made for one of two, not said for whom": put(aud=[CLIENT, "other"]),
    "expired": put(exp=int(time.time()) - 3600),
    "without an end": drop("exp"),
    "of the future": put(iat=int(time.time()) + 3600),
    "no subject": drop("sub"),
    "an empty subject": put(sub=""),
    "a subject too long": put(sub="x" * 256),
    "a subject with a null character": put(sub="a\0b"),
    "a number as subject": put(sub=4711),
}


def test_a_token_that_is_not_in_order_signs_nobody_in(
    app: WsgiApp, provider: Provider, database: Database
) -> None:
    visitor = Visitor(app)

    for fault, bend in FALSE_TOKENS.items():
        provider.bend = bend
        with moves(metrics.sign_ins, outcome="refused"):
            answer = sign_in(visitor)
        assert (fault, answer.status) == (fault, 403)
        assert "You are not signed in: " in answer.text

    assert name_of(visitor) == "Sign in"
    assert count_users(database) == 0


SEALS: dict[str, Callable[[Claims], str]] = {
    "by another key": lambda claims: signed(claims, keys()[1]),
    "by nobody": lambda claims: signed_by_hand(claims, "none"),
    "by the public key as a secret": lambda claims: signed_by_hand(claims, "HS256"),
    "changed afterwards": lambda claims: signed(claims, keys()[0]).replace(".", ".e", 1),
    "no token": lambda _claims: "no token",
    "nothing": lambda _claims: "",
}


def test_a_token_that_the_provider_did_not_sign_signs_nobody_in(
    app: WsgiApp, provider: Provider, database: Database
) -> None:
    visitor = Visitor(app)

    for name, seal in SEALS.items():
        provider.seal = seal
        answer = sign_in(visitor)
        assert (name, answer.status) == (name, 403)
        assert "what the identity provider sent is not in order" in answer.text

    assert name_of(visitor) == "Sign in"
    assert count_users(database) == 0


def test_an_answer_counts_once_and_only_in_the_browser_that_began(
    app: WsgiApp, provider: Provider
) -> None:
    ann, other = Visitor(app), Visitor(app)
    back = sign_in_there(ann.get("/oidc/authenticate/").headers["Location"])
    other.get("/oidc/authenticate/")

    assert_refused(other, other.get(back), "not begun in this browser")
    assert ann.get(back).status == 302
    ann.post("/logout/", page="/")
    assert_refused(ann, ann.get(back), "not begun in this browser")


def test_a_forged_callback_neither_signs_in_nor_out(app: WsgiApp, provider: Provider) -> None:
    ann, nobody = Visitor(app), Visitor(app)
    sign_in(ann)
    provider.requests.clear()

    for query in ("", "?code=x", "?state=x", "?code=x&state=x", "?error=x"):
        assert [one.get(CALLBACK + query).status for one in (ann, nobody)] == [403, 403]
    assert name_of(ann) == "ann@example.com"
    assert provider.requests == []


def test_a_form_with_a_password_is_not_taken_for_an_answer_of_the_provider(
    app: WsgiApp, provider: Provider
) -> None:
    visitor = Visitor(app)
    back = sign_in_there(visitor.get("/oidc/authenticate/").headers["Location"])
    provider.requests.clear()

    answer = visitor.post("/login/?" + back.partition("?")[2], page="/login/", name="x")

    assert answer.status == 403
    assert provider.requests == []


def test_who_says_no_at_the_provider_is_told_so(app: WsgiApp) -> None:
    visitor = Visitor(app)
    address = visitor.get("/oidc/authenticate/").headers["Location"]
    state = parse_qs(urlsplit(address).query)["state"][0]

    answer = visitor.get(f"{CALLBACK}?error=access_denied&state={state}")

    assert_refused(visitor, answer, "the identity provider did not let you in")


def test_a_local_user_of_the_same_name_is_not_taken_over(app: WsgiApp, database: Database) -> None:
    user(database, "ann@example.com", "Hackers Plus")
    visitor = Visitor(app)

    answer = sign_in(visitor)

    assert_refused(visitor, answer, "there is another user with the name ann@example.com")
    assert groups_of(database) == ["Hackers Plus"]
    assert Visitor(app).sign_in("ann@example.com").status == 302


def test_an_administrator_links_a_local_user_whom_nobody_else_then_becomes(
    app: WsgiApp, database: Database, provider: Provider
) -> None:
    user(database, "ann@example.com", "Hackers Plus")
    user(database, "bob@example.com")
    subject = provider.claims["sub"]
    refused = sign_in(Visitor(app))
    assert f"your subject at {provider.url}, which is {subject}." in refused.text.replace(
        "<wbr>", ""
    )

    with database.transaction() as db:
        links.link(db, "ann@example.com", provider.url, subject)
        for name, other in (("bob@example.com", subject), ("ann@example.com", "another")):
            with pytest.raises(Refused, match="has an identity, or another user has this one"):
                links.link(db, name, provider.url, other)

    visitor = Visitor(app)
    assert sign_in(visitor).status == 302
    assert name_of(visitor) == "ann@example.com"
    assert groups_of(database) == ["Hackers"]  # both are the provider's to decide
    assert Visitor(app).sign_in("ann@example.com").status == 302
    assert count_users(database) == 2
    provider.claims["sub"] = "somebody else"
    assert_refused(Visitor(app), sign_in(Visitor(app)), "there is another user with the name")


def test_unlinking_ends_sessions_and_the_way_in(
    app: WsgiApp, database: Database, provider: Provider
) -> None:
    user(database, "ann@example.com")
    with database.transaction() as db:
        links.link(db, "ann@example.com", provider.url, provider.claims["sub"])
    visitor = Visitor(app)
    sign_in(visitor)
    assert name_of(visitor) == "ann@example.com"

    with database.transaction() as db:
        links.unlink(db, "ann@example.com")
        with pytest.raises(Refused, match="has no identity"):
            links.unlink(db, "ann@example.com")

    assert name_of(visitor) == "Sign in"
    assert_refused(visitor, sign_in(visitor), "there is another user with the name")


def test_another_person_who_gets_the_address_does_not_get_the_user(
    app: WsgiApp, provider: Provider, database: Database
) -> None:
    sign_in(Visitor(app))
    provider.claims["sub"] = "4712"
    visitor = Visitor(app)

    assert_refused(visitor, sign_in(visitor), "there is another user with the name")
    assert count_users(database) == 1


def test_a_user_who_gets_another_address_stays_the_same_user(
    app: WsgiApp, provider: Provider, database: Database
) -> None:
    sign_in(Visitor(app))
    provider.claims["email"] = "married@example.com"
    visitor = Visitor(app)

    sign_in(visitor)

    assert name_of(visitor) == "ann@example.com"
    assert count_users(database) == 1


CLAIMED: list[tuple[object, list[str]]] = [
    (["crash-team", "crash-admins", "other"], ["Hackers", "Hackers Plus", "Uploaders"]),
    ("crash-admins", ["Hackers Plus", "Uploaders"]),
    ([], ["Uploaders"]),
    (None, ["Uploaders"]),
    ({"crash-team": True}, ["Uploaders"]),
    (["Hackers Plus", 7, None, ["crash-team"]], ["Uploaders"]),  # ours are no names there
]


def test_groups_follow_the_claim_and_those_by_an_administrator_stay(
    app: WsgiApp, provider: Provider, database: Database
) -> None:
    sign_in(Visitor(app))
    with database.transaction() as db:
        users.change(db, "ann@example.com", join=["Uploaders"])

    for claim, expected in CLAIMED:
        provider.claims["groups"] = claim
        assert sign_in(Visitor(app)).status == 302
        assert groups_of(database) == expected


def test_who_is_in_no_group_gets_no_account_where_one_is_required(
    build: Callable[..., WsgiApp], provider: Provider, database: Database
) -> None:
    visitor = Visitor(build(oidc_requires_group=True))
    provider.claims["groups"] = ["canteen"]

    assert_refused(visitor, sign_in(visitor), "none of the groups that may use this site")
    assert count_users(database) == 0
    provider.claims["groups"] = ["crash-admins"]
    assert sign_in(visitor).status == 302
    provider.claims["groups"] = []
    later = Visitor(build(oidc_requires_group=True))
    assert_refused(later, sign_in(later), "none of the groups that may use this site")
    assert groups_of(database) == []


def test_a_group_that_does_not_exist_is_named(build: Callable[..., WsgiApp]) -> None:
    visitor = Visitor(build(oidc_groups={"crash-team": "Hakers"}))

    assert_refused(visitor, sign_in(visitor), "a group that does not exist: Hakers")


NO_NAMES: list[tuple[Claims, str]] = [
    ({"email_verified": False}, "has not verified your e-mail address"),
    ({"email": None}, "sent no email"),
    ({"email": "<b>ann</b>"}, "a name or e-mail address may contain only letters"),
    ({"email": "a" * 151}, "the name is too long"),
    ({"email": ["ann@example.com"]}, "sent no email"),
]


def test_a_name_that_cannot_be_a_user_is_refused(app: WsgiApp, provider: Provider) -> None:
    visitor = Visitor(app)

    for claims, text in NO_NAMES:
        provider.claims = ANN | claims
        assert_refused(visitor, sign_in(visitor), text)


def test_an_inactive_user_is_refused_and_their_session_has_ended(
    app: WsgiApp, database: Database
) -> None:
    visitor = Visitor(app)
    sign_in(visitor)
    change(database, "UPDATE auth.auth_user SET is_active = false")

    assert name_of(visitor) == "Sign in"
    assert_refused(visitor, sign_in(visitor), "your user is inactive")


def test_no_password_opens_a_user_of_the_provider(app: WsgiApp, database: Database) -> None:
    sign_in(Visitor(app))
    with database.transaction() as db:
        stored = str(value(db, "SELECT password FROM auth.auth_user"))

    assert Visitor(app).sign_in("ann@example.com", stored).status == 403


def test_claims_that_the_token_lacks_come_from_the_userinfo_of_the_same_subject(
    build: Callable[..., WsgiApp], provider: Provider, database: Database
) -> None:
    app = build(oidc_userinfo_url=f"{provider.url}/userinfo")
    provider.bend = drop("groups")
    sign_in(Visitor(app))
    assert groups_of(database) == ["Hackers"]

    provider.userinfo = {"sub": "666", "groups": ["crash-admins"]}
    visitor = Visitor(app)
    assert_refused(visitor, sign_in(visitor), "not in order")
    provider.userinfo = {"groups": ["crash-admins"]}
    assert_refused(visitor, sign_in(visitor), "not in order")
    assert groups_of(database) == ["Hackers"]


def test_attempts_are_limited_by_address(build: Callable[..., WsgiApp]) -> None:
    visitor = Visitor(build(sign_ins_per_address=1), REMOTE_ADDR="192.0.2.7")

    assert visitor.get("/oidc/authenticate/").status == 302
    with moves(metrics.sign_ins, outcome="limited"):
        assert visitor.get("/oidc/authenticate/").status == 429


def test_a_session_has_another_key_after_signing_in_and_lasts_as_by_password(
    app: WsgiApp, database: Database
) -> None:
    visitor = Visitor(app)
    location = visitor.get("/oidc/authenticate/").headers["Location"]
    before = visitor.cookies["session"]
    short = visitor.set_cookies[-1]

    visitor.get(sign_in_there(location))

    assert "Max-Age=600;" in short
    assert visitor.cookies["session"] != before
    assert "Max-Age=604800;" in visitor.set_cookies[-1]
    with database.transaction() as db:
        assert value(db, "SELECT count(*) FROM auth.django_session") == 1


def test_where_to_return_is_a_page_of_this_site(app: WsgiApp) -> None:
    for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        assert sign_in(Visitor(app), target).headers["Location"] == "/"


def test_https_behind_a_proxy_makes_the_return_address_https(
    build: Callable[..., WsgiApp],
) -> None:
    visitor = Visitor(build(https=True))

    address = visitor.get("/oidc/authenticate/").headers["Location"]

    assert parse_qs(urlsplit(address).query)["redirect_uri"] == [f"https://127.0.0.1{CALLBACK}"]


def test_signing_out_says_that_the_provider_goes_on(
    build: Callable[..., WsgiApp], database: Database
) -> None:
    user(database, "bob")
    app = build(oidc_logout_url="https://id.example/logout")
    ann, bob = Visitor(app), Visitor(app)
    sign_in(ann)
    bob.sign_in("bob")

    left = ann.post("/logout/", page="/")

    assert (left.status, name_of(ann)) == (200, "Sign in")
    assert (
        'href="https://id.example/logout?client_id=crash-stats&amp;'
        'post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%2F"' in left.text
    )
    assert bob.post("/logout/", page="/").status == 302


def test_a_provider_that_does_not_answer_is_named_and_passwords_still_work(
    build: Callable[..., WsgiApp], provider: Provider, database: Database
) -> None:
    user(database)
    app = build(oidc_token_url="http://127.0.0.1:9/token")

    answer = sign_in(Visitor(app))

    assert answer.status == 503
    assert "The identity provider does not respond." in answer.text
    assert Visitor(app).sign_in().status == 302


def test_without_a_provider_its_pages_do_not_exist_and_its_sessions_have_ended(
    build: Callable[..., WsgiApp],
) -> None:
    ann = Visitor(build())
    sign_in(ann)
    off = build(oidc_issuer="")
    kept = Visitor(off)
    kept.cookies = ann.cookies

    assert name_of(kept) == "Sign in"
    for path in ("/oidc/authenticate/", CALLBACK):
        assert ask(off, path).status == 404
    assert "/oidc/" not in ask(off, "/login/").text


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"oidc_token_url": "http://id.example/token"}, "expected an https address"),
        ({"oidc_keys_url": "ftp://id.example/"}, "expected an https address"),
        ({"oidc_logout_url": "javascript:alert(1)"}, "expected an https address"),
        ({"oidc_authorization_url": "https://"}, "expected an https address"),
        (
            {"oidc_issuer": "https://id.example"},
            "oidc_issuer needs oidc_authorization_url, oidc_to",
        ),
        ({"oidc_algorithm": "HS256"}, "RS256"),
        ({"oidc_algorithm": "none"}, "RS256"),
    ],
)
def test_settings_that_would_be_unsafe_are_refused(
    tmp_path: Path, setting: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        WebappConfig(secret_key_file=tmp_path, **setting)


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_a_missing_client_secret_is_named(
    config: WebappConfig, tmp_path: Path, text: str | None
) -> None:
    path = tmp_path / "other"
    if text is not None:
        path.write_text(text)

    with pytest.raises(SystemExit, match=r"OIDC_CLIENT_SECRET_FILE .*/other: "):
        oidc_settings(config.model_copy(update={"oidc_client_secret_file": path}))


@pytest.mark.browser
def test_a_real_browser_signs_in_and_out(
    browser: Browser, build: Callable[..., WsgiApp], provider: Provider
) -> None:
    with running(build()) as server:
        site = f"http://127.0.0.1:{server.address[1]}"
        provider.redirect = site + CALLBACK
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))

        page.goto(f"{site}/login/?next=/profile/")
        hold_to_the_rules(page)
        page.get_by_role("link", name="Sign in with Example ID").click()
        page.get_by_role("button", name="Sign in as Ann").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("ann@example.com")
        page.get_by_role("button", name="Sign out", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Signed out")
        hold_to_the_rules(page)
        page.close()

    assert said == []
