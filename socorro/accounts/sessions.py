"""Sessions of the pages: which user a stored one signs in, and how all of a user's are ended."""

import json
import zlib
from datetime import datetime
from typing import NamedTuple

from socorro.postgres import Connection, execute, load_sql, rows, value

SQL = load_sql(__file__)


class Session(NamedTuple):
    """A row of Django's table of sessions."""

    key: str
    data: str


def forget_ended(db: Connection, now: datetime) -> int:
    """Delete the sessions that have ended; return how many."""
    return execute(db, SQL["forget_ended"], now=now)


def end_all(db: Connection, user: str) -> int:
    """Delete all sessions of a user, so that none revives; return how many."""
    user_id = str(value(db, SQL["user_id"], user=user))
    sessions = rows(db, SQL["stored"], Session)
    keys = [session.key for session in sessions if user_of(session.data) == user_id]
    return execute(db, SQL["end"], keys=keys)


def user_of(data: str) -> str | None:
    """Return the id of the user whom a stored session signs in; None for nobody.

    Reads Django's format (`SessionBase.encode`) without its secret key: nothing is trusted that
    the signature has to prove.
    """
    from django.core.signing import b64_decode

    packed, _, _ = data.partition(":")
    try:
        content = b64_decode(packed.removeprefix(".").encode())
        session = json.loads(zlib.decompress(content) if packed.startswith(".") else content)
        return str(session["_auth_user_id"])
    except (ValueError, LookupError, TypeError, zlib.error):
        return None
