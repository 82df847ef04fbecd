"""Links users to identities of a provider: an administrator's act, which pages have no right to."""

from socorro.accounts import sessions, users
from socorro.accounts.identities import LONGEST_SUBJECT
from socorro.accounts.users import Refused
from socorro.postgres import Connection, execute, load_sql

SQL = load_sql(__file__)


def link(db: Connection, name: str, issuer: str, subject: str) -> None:
    """Let whom a provider knows by *subject* sign in as a user whom an administrator added.

    Only an administrator does that, never what a provider claims. Raises Refused for an unknown
    user, for one who has an identity, and for an identity that is another user's.
    """
    if not 0 < len(subject) <= LONGEST_SUBJECT or "\0" in subject + issuer:
        raise Refused(f"a subject has 1 to {LONGEST_SUBJECT} characters")
    users.find(db, name)
    if not execute(db, SQL["link"], user=name, issuer=issuer, subject=subject):
        raise Refused(f"user {name} has an identity, or another user has this one")


def unlink(db: Connection, name: str) -> None:
    """Take the identity from a user and end their sessions; a password, if any, stays valid.

    Raises Refused.
    """
    users.find(db, name)
    if not execute(db, SQL["unlink"], user=name):
        raise Refused(f"user {name} has no identity")
    sessions.end_all(db, name)
