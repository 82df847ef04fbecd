"""Tokens: stored as a hash, limited to what their owner still holds, until they expire."""

from datetime import timedelta

import pytest

from socorro.accounts import tokens, users
from socorro.accounts.permissions import PERMISSIONS
from socorro.postgres import Database
from tests.accounts import NOW, change, token, user

ODD = [
    "",
    "x",
    "0" * 31,
    "0" * 33,
    "G" * 32,
    "0" * 31 + "\0",
    "é" * 32,
    "0" * 32 + "\n",
    "' OR 1=1",
]


def held(database: Database, text: str, later: timedelta = timedelta()) -> set[str] | None:
    with database.transaction() as db:
        holder = tokens.find(db, text, NOW + later)
    return None if holder is None else set(holder.permissions)


def test_a_token_grants_the_permissions_it_was_created_with(database: Database) -> None:
    user(database, "ann", "Hackers Plus")
    text = token(database, "ann", ["view_pii", "view_rawdump"])

    with database.transaction() as db:
        holder = tokens.find(db, text, NOW)

    assert holder is not None
    assert (holder.user, holder.permissions) == ("ann", {"view_pii", "view_rawdump"})
    assert len(text) == 32
    assert int(text, 16)


def test_only_a_hash_of_the_token_is_stored(database: Database) -> None:
    user(database)
    text = token(database, "ann")

    with database.transaction() as db, db.cursor() as cursor:
        cursor.execute("SELECT row_to_json(tokens)::text FROM auth.tokens")
        [[row]] = cursor.fetchall()

    assert text not in row
    assert "hash" in row


def test_text_that_is_no_token_has_no_holder(database: Database) -> None:
    assert [held(database, text) for text in ODD] == [None] * len(ODD)


def test_a_token_ends_when_it_expires_or_its_owner_is_gone(database: Database) -> None:
    user(database, "ann", "Hackers")
    text = token(database, "ann", ["view_pii"], days=90)
    day = timedelta(days=1)

    assert held(database, text, 89 * day) == {"view_pii"}
    assert held(database, text, 91 * day) is None
    change(database, "UPDATE auth.auth_user SET is_active = false")
    assert held(database, text) is None
    change(database, "UPDATE auth.auth_user SET is_active = true")
    assert held(database, text) == {"view_pii"}
    change(database, "DELETE FROM auth.auth_user")
    assert held(database, text) is None


def test_a_permission_that_the_owner_lost_is_lost_for_the_token_too(database: Database) -> None:
    user(database, "ann", "Hackers", "Uploaders")
    text = token(database, "ann", ["view_pii", "upload_symbols"])

    change(
        database,
        "DELETE FROM auth.auth_user_groups USING auth.auth_group AS hackers"
        " WHERE hackers.id = group_id AND hackers.name = 'Hackers'",
    )

    assert held(database, text) == {"upload_symbols"}


def test_a_permission_that_the_owner_gains_later_is_not_the_tokens(database: Database) -> None:
    user(database, "ann", "Hackers")
    text = token(database, "ann", ["view_pii"])

    change(database, "UPDATE auth.auth_user SET is_superuser = true")

    assert held(database, text) == {"view_pii"}


def test_a_token_cannot_exceed_its_owner(database: Database) -> None:
    user(database, "ann", "Hackers")

    for name, permissions, text in (
        ("ann", ["view_rawdump"], "ann does not hold view_rawdump"),
        ("ann", ["view_pii", "view_rawdump", "x"], "ann does not hold view_rawdump, 'x'"),
        ("nobody", [], "there is no user nobody"),
    ):
        with pytest.raises(tokens.Refused, match=f"^{text}$"):
            token(database, name, permissions)
    change(database, "UPDATE auth.auth_user SET is_active = false")
    with pytest.raises(tokens.Refused, match=r"^ann is inactive$"):
        token(database, "ann")


def test_all_tokens_end_with_the_password_and_those_of_others_stay(database: Database) -> None:
    user(database, "ann", "Hackers")
    user(database, "bob", "Hackers")
    anns = [token(database, "ann", ["view_pii"]) for _ in range(2)]
    bobs = token(database, "bob", ["view_pii"])

    with database.transaction() as db:
        ended = users.set_password(db, "ann", "another hash")

    assert ended == 2
    assert [held(database, text) for text in (*anns, bobs)] == [None, None, {"view_pii"}]


def test_all_tokens_end_for_good_when_the_account_is_closed(database: Database) -> None:
    user(database, "ann", "Hackers")
    text = token(database, "ann", ["view_pii"])

    with database.transaction() as db:
        users.change(db, "ann", active=True)
    before = held(database, text)
    with database.transaction() as db:
        users.change(db, "ann", active=False)
        users.change(db, "ann", active=True)

    assert (before, held(database, text)) == ({"view_pii"}, None)


@pytest.mark.parametrize(
    ("days", "note", "problem"),
    [
        (0, "", "1 to 730 days"),
        (1, "", ""),
        (730, "", ""),
        (731, "", "1 to 730 days"),
        (90, "x" * 200, ""),
        (90, "x" * 201, "at most 200 characters"),
        (90, f"  {'x' * 99}  \n {'x' * 100}  ", ""),  # white space is collapsed before it counts
    ],
)
def test_days_and_note_have_limits(database: Database, days: int, note: str, problem: str) -> None:
    user(database)

    if problem:
        with pytest.raises(tokens.Refused, match=problem):
            token(database, "ann", days=days, note=note)
    else:
        assert held(database, token(database, "ann", days=days, note=note)) == set()


def test_a_user_has_at_most_a_hundred_tokens(database: Database) -> None:
    user(database)
    user(database, "bob")
    for _ in range(100):
        token(database, "ann")

    with pytest.raises(tokens.Refused, match="at most 100 tokens: revoke one first"):
        token(database, "ann")
    assert token(database, "bob")


def test_tokens_are_listed_newest_first_with_what_still_holds(database: Database) -> None:
    user(database, "ann", "Hackers")
    user(database, "bob")
    token(database, "ann", ["view_pii", "reprocess_crashes"], note="nightly\0 \n script")
    token(database, "ann", days=1)
    change(
        database,
        "DELETE FROM auth.auth_group_permissions USING auth.auth_permission AS one"
        " WHERE one.id = permission_id AND one.codename = 'view_pii'",
    )

    with database.transaction() as db:
        newest, oldest = tokens.of_user(db, "ann")
        others = tokens.of_user(db, "bob")

    assert oldest.note == "nightly script"
    assert oldest.permissions == ["reprocess_crashes", "view_pii"]
    assert oldest.held == ["reprocess_crashes"]
    assert (newest.permissions, newest.expires_at - newest.created_at) == ([], timedelta(days=1))
    assert others == []


def test_only_the_owner_revokes_a_token(database: Database) -> None:
    user(database)
    user(database, "bob")
    text = token(database, "ann")
    with database.transaction() as db:
        [one] = tokens.of_user(db, "ann")
        assert not tokens.revoke(db, "bob", one.token_id)

    assert held(database, text) == set()
    with database.transaction() as db:
        assert tokens.revoke(db, "ann", one.token_id)
        assert not tokens.revoke(db, "ann", 2**40)
    assert held(database, text) is None


def test_the_database_has_the_permissions_that_the_code_names(database: Database) -> None:
    with database.transaction() as db, db.cursor() as cursor:
        cursor.execute("SELECT codename FROM auth.auth_permission")
        names = [name for (name,) in cursor.fetchall()]

    assert sorted(names) == sorted(PERMISSIONS)
