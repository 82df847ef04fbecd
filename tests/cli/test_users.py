"""`socorro users`: a first user is one command."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.contrib.auth.hashers import ScryptPasswordHasher

from cli.commands.users import users
from cli.main import main
from socorro.accounts import passwords, tokens
from socorro.postgres import Database
from tests.accounts import NOW

Run = Callable[..., Result]


def stored(database: Database, name: str) -> str:
    with database.transaction() as db, db.cursor() as cursor:
        cursor.execute("SELECT password FROM auth.auth_user WHERE username = %s", (name,))
        [[text]] = cursor.fetchall()
    return str(text)


def fits(password: str, encoded: str) -> bool:
    return bool(ScryptPasswordHasher().verify(password, encoded))


def password_of(result: Result) -> str:
    match = re.search(r"^password: (\S{20})$", result.stdout, re.MULTILINE)
    assert match
    return match[1]


def test_a_first_user_is_one_command_and_gets_a_password(
    run: Run, settings: Path, database: Database
) -> None:
    result = run("users", "add", "Ann@Example.com", "--group", "Hackers Plus")

    assert result.exit_code == 0
    assert "added ann@example.com\n" in result.stdout
    assert fits(password_of(result), stored(database, "ann@example.com"))
    assert re.search(r"ann@example.com +Hackers Plus +0 +never", run("users", "list").stdout)


def test_a_password_is_taken_from_a_file_or_standard_input(
    run: Run, settings: Path, database: Database, home: Path
) -> None:
    (home / "pw").write_text("correct horse battery\nsecond line\n")

    added = run("users", "add", "ann", "--password-file", str(home / "pw"))
    piped = CliRunner().invoke(
        main, ["users", "password", "ann", "--password-file", "-"], input="another horse\n"
    )

    assert "horse" not in added.output + piped.output
    assert not fits("correct horse battery", stored(database, "ann"))
    assert fits("another horse", stored(database, "ann"))


def test_a_password_is_asked_for_twice(settings: Path, database: Database) -> None:
    typed = "correct horse battery\ncorrect horse battery\n"

    result = CliRunner().invoke(main, ["users", "add", "ann", "--prompt"], input=typed)

    assert result.exit_code == 0
    assert fits("correct horse battery", stored(database, "ann"))


def test_groups_and_permissions_are_listed(run: Run, settings: Path) -> None:
    output = run("users", "groups").stdout

    assert re.search(r"Hackers +reprocess_crashes, run_long_queries, view_pii *\n", output)
    assert re.search(
        r"Hackers Plus +feature_versions, reprocess_crashes, run_long_queries, view_pii,"
        r" view_private_extracts, view_rawdump",
        output,
    )
    assert re.search(r"Uploaders +upload_symbols", output)


def test_users_change_and_go(run: Run, settings: Path, database: Database) -> None:
    run("users", "add", "ann", "--group", "Hackers")
    text = run("users", "token", "ann", "--permission", "view_pii").stdout.strip()

    moved = run("users", "change", "ann", "--leave", "Hackers", "--group", "Uploaders")
    off = run("users", "change", "ANN", "--inactive")
    listed = run("users", "list")
    with database.transaction() as db:
        assert tokens.find(db, text, NOW) is None
    gone = run("users", "remove", "ann")

    assert moved.stdout == "ann: Uploaders\n"
    assert off.stdout == "ann: Uploaders, inactive; 1 token ended\n"
    assert re.search(r"ann +Uploaders +0 +never +inactive", listed.stdout)
    assert gone.stdout == "removed ann\n"
    assert "no users yet: `socorro users add" in run("users", "list").stderr


def test_a_token_is_printed_once_and_can_be_revoked(
    run: Run, settings: Path, database: Database
) -> None:
    run("users", "add", "ann", "--group", "Hackers")

    created = run("users", "token", "ann", "--permission", "view_pii", "--note", "triage")
    listed = run("users", "tokens", "ann")
    number = re.search(r"^(\d+) +view_pii +\d{4}-\d\d-\d\d +triage$", listed.stdout, re.MULTILINE)
    assert number
    revoked = run("users", "tokens", "ann", "--revoke", number[1])

    assert re.fullmatch(r"[0-9a-f]{32}\n", created.stdout)
    assert created.stdout.strip() not in listed.stdout
    assert "triage" not in revoked.stdout
    assert run("users", "tokens", "ann", "--revoke", number[1]).exit_code == 1


WRONG = [
    (("add", "ann"), "Error: user ann already exists"),
    (
        ("add", "bob", "--group", "hackers"),
        "there is no group 'hackers' (expected one of Hackers, ",
    ),
    (("add", "a b"), "only letters, digits and @ . + - _"),
    (("add", "a\0b"), "only letters, digits and @ . + - _"),
    (("add", "x" * 151), "at most 150 characters"),
    (("add", ""), "letters, digits"),
    (("change", "bob", "--inactive"), "there is no user bob"),
    (("change", "ann"), "nothing to change"),
    (("change", "ann", "--group", "x"), "there is no group 'x'"),
    (("password", "bob"), "there is no user bob"),
    (("remove", "bob"), "there is no user bob"),
    (("tokens", "bob"), "there is no user bob"),
    (("tokens", "ann", "--revoke", "7"), "ann has no token 7"),
    (("token", "ann", "--permission", "view_pii"), "ann does not hold view_pii"),
    (("token", "ann", "--permission", "nonsense"), "is not one of"),
    (("token", "ann", "--days", "0"), "1 to 730 days"),
]


def test_what_cannot_be_done_is_said_in_one_line(run: Run, settings: Path) -> None:
    run("users", "add", "ann")

    for words, message in WRONG:
        result = run("users", *words)

        assert result.exit_code != 0
        assert message in result.stderr
        assert "Traceback" not in result.stderr


def test_a_user_who_was_refused_is_not_there(run: Run, settings: Path) -> None:
    run("users", "add", "bob", "--group", "nonsense")

    assert "bob" not in run("users", "list").stdout


@pytest.mark.parametrize("command", sorted(users.commands))
def test_every_part_has_help_with_an_example(run: Run, command: str) -> None:
    output = run("users", command, "--help").output

    assert f"\nExamples:\n  socorro users {command}" in output


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("elevenchars", "at least 12"),
        ("x1y2" * 251, "at most 1000"),
        ("twelve\0 chars", "NUL"),
        ("123456qwerty", "too easy to guess"),
        ("LoveLoveLove", "too easy to guess"),
        ("abababababababab", "too easy to guess"),
        ("ann@example.com", "user's name"),
        ("moc.elpmaxe@nna", "user's name"),
    ],
)
def test_a_password_that_is_guessed_soon_is_none(password: str, message: str) -> None:
    with pytest.raises(passwords.BadPassword, match=message) as refused:
        passwords.check(password, "ann@example.com")

    assert password not in str(refused.value)


def test_a_made_password_is_one() -> None:
    passwords.check(passwords.generate(), "ann")

    assert passwords.generate() != passwords.generate()


def test_a_user_is_linked_to_an_identity_once(run: Run, settings: Path) -> None:
    run("users", "add", "ann")
    link = ("users", "link", "ann", "248289", "--issuer", "https://id.example.com")

    assert run(*link).output == "linked ann to 248289 at https://id.example.com\n"
    assert "has an identity" in run(*link).output
    assert "no user bob" in run(*(word.replace("ann", "bob") for word in link)).output
    assert run("users", "unlink", "ann").output == "ann signs in by password only\n"
    assert run(*link).exit_code == 0
