"""Users: names as they are stored, groups, sessions."""

from datetime import timedelta

import pytest

from socorro.accounts import sessions, users
from socorro.postgres import Database
from tests.accounts import NOW, change, password_hash, user


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        (" Ann@Example.COM ", "ann@example.com"),
        ("\uff41nn", "ann"),
        ("x" * 150, "x" * 150),
        ("a.b+c-d_e", "a.b+c-d_e"),
    ],
)
def test_a_name_is_stored_in_one_spelling(name: str, stored: str) -> None:
    assert users.normalize(name) == stored


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "only letters, digits"),
        ("a b", "only letters, digits"),
        ("a\0b", "only letters, digits"),
        ("x" * 151, "at most 150 characters"),
        ("\ufb03" * 51, "only letters, digits"),  # one character that becomes three: ffi
    ],
)
def test_an_invalid_name_is_refused(name: str, problem: str) -> None:
    with pytest.raises(users.Refused, match=problem):
        users.normalize(name)


def test_the_longest_name_fits_the_table(database: Database) -> None:
    name = "x" * users.LONGEST_NAME

    user(database, name)

    with database.transaction() as db:
        assert users.find(db, name).name == name


def test_a_name_is_added_once_and_to_groups_that_exist(database: Database) -> None:
    user(database, "ann", "Hackers")

    for name, groups, problem in (
        ("ann", [], "user ann already exists"),
        ("bob", ["hackers"], "there is no group 'hackers' .expected one of Hackers, "),
    ):
        with (
            pytest.raises(users.Refused, match=problem),
            database.transaction() as db,
        ):
            users.add(db, name, password_hash(), NOW, groups)
    with database.transaction() as db:
        assert [one.name for one in users.all_users(db)] == ["ann"]


def test_only_sessions_that_have_ended_are_forgotten(database: Database) -> None:
    for key, expires in (("ended", NOW - timedelta(seconds=1)), ("open", NOW)):
        change(
            database,
            "INSERT INTO auth.django_session (session_key, session_data, expire_date)"
            " VALUES (%s, '', %s)",
            key,
            expires,
        )

    with database.transaction() as db:
        assert sessions.forget_ended(db, NOW) == 1
    assert change(database, "DELETE FROM auth.django_session WHERE session_key = 'open'") == 1
