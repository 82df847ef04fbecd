"""`socorro users`: manages users, their groups and their tokens."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

import click

from cli.commands import connections
from cli.commands.group import Group, echo, plural, results, screen
from cli.commands.tables import plain_table
from socorro.accounts import links, passwords, tokens
from socorro.accounts import users as accounts
from socorro.accounts.permissions import PERMISSIONS
from socorro.postgres import Connection


class Name(click.ParamType[str]):
    """A user's name; case does not matter."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name as it is stored."""
        try:
            return accounts.normalize(value)
        except accounts.Refused as error:
            self.fail(str(error), param, ctx)


NAME = click.argument("name", type=Name())
GROUPS = click.option("--group", "groups", multiple=True, help="Group to join; repeatable.")
PASSWORD_FILE = click.option(
    "--password-file",
    type=click.File(),
    help="Read the password from the first line of a file; - is standard input.",
)
PROMPT = click.option("--prompt", is_flag=True, help="Ask for the password.")


@click.group(
    cls=Group,
    epilog="""
Examples:
  socorro users add ann@example.com --group "Hackers Plus"
  socorro users list
  socorro users groups
  socorro users change ann@example.com --leave "Hackers Plus" --group Hackers
  socorro users password ann@example.com --prompt
  socorro users token ci --permission upload_symbols --days 365 --note "nightly builds"
""",
)
def users() -> None:
    """Manage users, their groups and their tokens."""


@users.command(
    epilog="""
Examples:
  socorro users add ann@example.com --group Hackers
  socorro users add ci --group Uploaders --password-file /run/secrets/ci
"""
)
@NAME
@GROUPS
@PASSWORD_FILE
@PROMPT
def add(name: str, groups: tuple[str, ...], password_file: TextIO | None, prompt: bool) -> None:
    """Add a user; NAME may be an e-mail address.

    Without --password-file and --prompt, a password is generated and printed once.
    """
    password, is_generated = _password(name, password_file, prompt)
    with _transaction() as db:
        accounts.add(db, name, passwords.hash_password(password), datetime.now(UTC), set(groups))
    echo(f"added {name}")
    _print_password(password, is_generated)


@users.command(name="list", epilog="\nExamples:\n  socorro users list\n")
def list_() -> None:
    """List users, their groups and when they last signed in."""
    with _transaction() as db:
        listed = accounts.all_users(db)
    if not listed:
        screen().print("no users yet: `socorro users add NAME --group Hackers`")
        return
    table = plain_table("User", "Groups", "Tokens", "Last sign-in, UTC", "")
    for user in listed:
        seen = (
            f"{user.last_sign_in.astimezone(UTC):%Y-%m-%d %H:%M}" if user.last_sign_in else "never"
        )
        groups = ", ".join(user.groups) or "-"
        table.add_row(user.name, groups, str(user.tokens), seen, "" if user.active else "inactive")
    results().print(table)


@users.command(epilog="\nExamples:\n  socorro users groups\n")
def groups() -> None:
    """List groups and their permissions."""
    with _transaction() as db:
        listed = accounts.groups(db)
    table = plain_table("Group", "Permissions")
    for group in listed:
        table.add_row(group.name, ", ".join(group.permissions))
    results().print(table)


@users.command(
    epilog="""
Examples:
  socorro users change ann@example.com --group "Hackers Plus"
  socorro users change ann@example.com --inactive
"""
)
@NAME
@GROUPS
@click.option("--leave", multiple=True, help="Group to leave; repeatable.")
@click.option("--active/--inactive", default=None, help="Whether the user may sign in.")
def change(name: str, groups: tuple[str, ...], leave: tuple[str, ...], active: bool | None) -> None:
    """Change a user's groups, and whether they may sign in.

    Takes effect with the next request. Tokens and sessions of an inactive user end for good.
    """
    if not (groups or leave or active is not None):
        raise click.UsageError("nothing to change: --group, --leave, --active or --inactive")
    with _transaction() as db:
        before = accounts.find(db, name).tokens
        user = accounts.change(db, name, join=set(groups), leave=set(leave), active=active)
    state = "" if user.active else f", inactive{_ended(before - user.tokens)}"
    echo(f"{user.name}: {', '.join(user.groups) or 'no group'}{state}")


@users.command(epilog="\nExamples:\n  socorro users password ann@example.com --prompt\n")
@NAME
@PASSWORD_FILE
@PROMPT
def password(name: str, password_file: TextIO | None, prompt: bool) -> None:
    """Set a new password; the user's sessions and tokens end."""
    text, is_generated = _password(name, password_file, prompt)
    with _transaction() as db:
        ended = accounts.set_password(db, name, passwords.hash_password(text))
    echo(f"changed the password of {name}{_ended(ended)}")
    _print_password(text, is_generated)


@users.command(
    epilog="""
Examples:
  socorro users link ann@example.com 248289761001 --issuer https://id.example.com
"""
)
@NAME
@click.argument("subject")
@click.option("--issuer", required=True, help="The provider: the setting webapp.oidc_issuer.")
def link(name: str, subject: str, issuer: str) -> None:
    """Let a person at the identity provider sign in as a user added here.

    SUBJECT is the provider's own name for the person (sub), which the page of a refused sign-in
    shows. Check that it is theirs: whoever has it gets what the user may do. The password stays
    valid, and groups of the setting oidc_groups follow the provider from the next sign-in on.
    """
    with _transaction() as db:
        links.link(db, name, issuer, subject)
    echo(f"linked {name} to {subject} at {issuer}")


@users.command(epilog="\nExamples:\n  socorro users unlink ann@example.com\n")
@NAME
def unlink(name: str) -> None:
    """Undo a link to an identity provider, and end the user's sessions."""
    with _transaction() as db:
        links.unlink(db, name)
    echo(f"{name} signs in by password only")


@users.command(epilog="\nExamples:\n  socorro users remove ann@example.com\n")
@NAME
def remove(name: str) -> None:
    """Remove a user and their tokens.

    To keep the name reserved, use `socorro users change NAME --inactive` instead.
    """
    with _transaction() as db:
        accounts.remove(db, name)
    echo(f"removed {name}")


@users.command(
    epilog="""
Examples:
  socorro users token ann@example.com --permission view_pii --note "triage script"
  curl -H "Auth-Token: $TOKEN" http://127.0.0.1:8884/api/RawCrash/?crash_id=…
"""
)
@NAME
@click.option(
    "--permission",
    "permissions",
    multiple=True,
    type=click.Choice(PERMISSIONS),
    help="Permission of the token, one that the user has; repeatable; default: none.",
)
@click.option("--days", default=tokens.DAYS, show_default=True, help="Days until it expires.")
@click.option("--note", default="", help="What the token is for.")
def token(name: str, permissions: tuple[str, ...], days: int, note: str) -> None:
    """Create a token for scripts; it is printed once.

    Scripts send it in the header Auth-Token.
    """
    with _transaction() as db:
        text = tokens.create(db, name, permissions, datetime.now(UTC), days, note)
    echo(text)
    screen().print("it is not shown again", style="dim")


@users.command(
    name="tokens",
    epilog="""
Examples:
  socorro users tokens ann@example.com
  socorro users tokens ann@example.com --revoke 7
""",
)
@NAME
@click.option("--revoke", type=int, help="Number of the token to revoke.")
def tokens_(name: str, revoke: int | None) -> None:
    """List a user's tokens, or revoke one."""
    with _transaction() as db:
        accounts.find(db, name)
        if revoke is not None and not tokens.revoke(db, name, revoke):
            raise accounts.Refused(f"{name} has no token {revoke}")
        listed = tokens.of_user(db, name)
    table = plain_table("Token", "Permissions", "Expires, UTC", "Note")
    for row in listed:
        until = f"{row.expires_at.astimezone(UTC):%Y-%m-%d}"
        table.add_row(str(row.token_id), ", ".join(row.held) or "-", until, row.note)
    results().print(table)


def _ended(count: int) -> str:
    return f"; {plural(count, 'token')} ended" if count else ""


@contextmanager
def _transaction() -> Iterator[Connection]:
    with connections.postgres() as database:
        try:
            with database.transaction() as db:
                yield db
        except (accounts.Refused, tokens.Refused) as error:
            raise click.ClickException(str(error)) from None


def _password(name: str, file: TextIO | None, prompt: bool) -> tuple[str, bool]:
    """Return the password, and whether it was generated."""
    if file and prompt:
        raise click.UsageError("--password-file or --prompt, not both")
    if prompt:
        text = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    elif file:
        text = file.readline(passwords.LONGEST + 2).rstrip("\r\n")
    else:
        return passwords.generate(), True
    try:
        passwords.check(text, name)
    except passwords.BadPassword as error:
        raise click.ClickException(str(error)) from None
    return text, False


def _print_password(password: str, is_generated: bool) -> None:
    if is_generated:
        echo(f"password: {password}")
        screen().print("it is not shown again", style="dim")
