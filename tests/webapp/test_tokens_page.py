"""Profile and tokens: a visitor's own, and nothing else."""

import html
import re

from socorro.accounts import tokens
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.accounts import NOW, change, token, user
from tests.webapp.test_report import words
from tests.webapp.visitor import Visitor
from tests.wsgi import ask


def test_both_pages_require_sign_in(app: WsgiApp) -> None:
    for address in ("/profile/", "/api/tokens/"):
        answer = ask(app, address)

        assert (answer.status, answer.headers["Location"]) == (302, f"/login/?next={address}")


def test_the_profile_lists_permissions(app: WsgiApp, database: Database) -> None:
    user(database, "ann@example.com", "Hackers")
    visitor = Visitor(app)
    visitor.sign_in("Ann@example.com")

    page = visitor.get("/profile/")

    text = words(page.text)
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "You have 3 of 7 permissions (group Hackers)." in text
    assert "See protected fields: address visited, e\u2011mail, comments view_pii ✓ yes" in text
    assert "Download minidumps and raw crashes view_rawdump no" in text


def test_a_user_without_groups_has_no_permissions(app: WsgiApp, database: Database) -> None:
    user(database)
    visitor = Visitor(app)
    visitor.sign_in()

    assert "You have no permissions: you see public data only." in words(
        visitor.get("/profile/").text
    )
    assert "You have no permissions to grant." in words(visitor.get("/api/tokens/").text)


def test_a_token_is_shown_once_and_works(app: WsgiApp, database: Database) -> None:
    user(database, "ann", "Hackers")
    visitor = Visitor(app)
    visitor.sign_in()

    created = visitor.post("/api/tokens/", note="<b>triage", permission=["view_pii"], days="30")
    after = visitor.get("/api/tokens/")

    [text] = re.findall(r'id="new-token">([0-9a-f]{32})<', created.text)
    assert created.headers["Cache-Control"] == "private, no-store"
    assert text not in after.text
    assert re.search(r"<b>triage until [-\d]+ [:\d]+ view_pii", words(after.text))
    with database.transaction() as db:
        holder = tokens.find(db, text, NOW)
        [listed] = tokens.of_user(db, "ann")
    assert holder is not None
    assert holder.permissions == {"view_pii"}
    assert (listed.expires_at - listed.created_at).days == 30


def test_a_form_cannot_grant_more_than_the_visitor_holds(app: WsgiApp, database: Database) -> None:
    user(database, "ann", "Hackers")
    visitor = Visitor(app)
    visitor.sign_in()

    more = visitor.post("/api/tokens/", note="a", permission=["view_rawdump", "view_pii"], days="9")
    unknown = visitor.post("/api/tokens/", note="a", permission=["<b>\0"], days="30")
    wrong = [
        visitor.post("/api/tokens/", note=note, days=days)
        for note, days in (
            ("a", "0"), ("a", "-1"), ("a", "x"), ("a", "9999999999"), ("a", "²"), ("a", ""),
            ("n" * 201, "30"),
        )
    ]  # fmt: skip

    with database.transaction() as db:
        assert tokens.of_user(db, "ann") == []
    assert {answer.status for answer in (more, unknown, *wrong)} == {400}
    assert "No token was created: ann does not hold view_rawdump." in words(more.text)
    assert r"ann does not hold '<b>\x00'." in words(unknown.text)
    assert "No token was created: a token is valid for 1 to 730 days." in words(wrong[0].text)


def test_visitors_revoke_only_their_own_tokens(app: WsgiApp, database: Database) -> None:
    user(database, "ann")
    user(database, "bob")
    token(database, "ann", note="mine")
    token(database, "bob", note="not mine")
    visitor = Visitor(app)
    visitor.sign_in()
    page = html.unescape(visitor.get("/api/tokens/").text)
    [mine] = re.findall(r'name="revoke" value="(\d+)"', page)

    for number in (str(int(mine) + 1), "x", "9" * 30, "²"):
        assert visitor.post("/api/tokens/", revoke=number).status == 302
    before = change(database, "UPDATE auth.tokens SET note = note")
    visitor.post("/api/tokens/", revoke=mine)

    assert "not mine" not in page
    assert before == 2
    with database.transaction() as db:
        assert tokens.of_user(db, "ann") == []
        assert len(tokens.of_user(db, "bob")) == 1


def test_tokens_say_when_they_have_expired_or_lost_something(
    app: WsgiApp, database: Database
) -> None:
    user(database, "ann", "Hackers")
    token(database, "ann", ["view_pii"], note="old")
    change(database, "UPDATE auth.tokens SET expires_at = now() - interval '1 hour'")
    change(database, "DELETE FROM auth.auth_user_groups")
    visitor = Visitor(app)
    visitor.sign_in()

    text = words(visitor.get("/api/tokens/").text)

    assert "view_pii (you no longer hold it)" in text
    assert "✕ expired" in text
