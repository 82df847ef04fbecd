"""Who asks, what they may do, and how often: by Auth-Token, or nobody in particular."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from middleware.reply import Refused, error, forbidden
from socorro.accounts import tokens
from socorro.postgres import Database
from socorro.serving.rate_limit import RateLimit, is_own
from socorro.serving.request import client_address

Environ = Mapping[str, Any]


class Caller(NamedTuple):
    """Who asks, by what it may do; *user* is the owner of its token, "" without one."""

    permissions: frozenset[str] = frozenset()
    user: str = ""
    token_id: int = 0  # which of them; a name, which may be an e-mail address, is in no log


Who = Callable[[Environ], Caller]


def anonymous(environ: Environ) -> Caller:
    """Tell who asks where nobody is known. A token is refused, so that nobody relies on it."""
    if environ.get("HTTP_AUTH_TOKEN"):
        raise _no_such_token()
    return Caller()


class ByToken:
    """Tells who asks by the header Auth-Token; revoking one counts from the next request on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, environ: Environ) -> Caller:
        """Return the caller. Raises Refused for a token that is none, or none any more."""
        text = str(environ.get("HTTP_AUTH_TOKEN") or "").strip()
        if not text:
            return Caller()
        with self._database.transaction() as db:
            holder = tokens.find(db, text, datetime.now(UTC))
        if holder is None:
            raise _no_such_token()
        return Caller(holder.permissions, holder.user, holder.token_id)


class Door:
    """Lets callers in: *who* knows them, *limit* counts by address, *known* by user."""

    def __init__(
        self, who: Who, limit: RateLimit, known: RateLimit | None, behind_proxy: bool
    ) -> None:
        self._who, self._limit, self._known = who, limit, known
        self._behind_proxy = behind_proxy

    def enter(self, environ: Environ, now: float) -> Caller:
        """Return the caller. Raises Refused: 403 for a bad token, 429 for one too many.

        A bad token counts like a request without one: guessing is as slow as asking.
        """
        address = client_address(environ, self._behind_proxy)
        try:
            caller = self._who(environ)
        except Refused:
            self._spend(self._limit.take(address, now))
            raise
        if caller.user and self._known:
            wait = 0.0 if is_own(address) else self._known.take_for(caller.user, now)
        else:
            wait = self._limit.take(address, now)
        self._spend(wait)
        return caller

    def _spend(self, wait: float) -> None:
        if wait:
            text = "Too many requests"
            raise Refused(error("429 Too Many Requests", text, retry_after=int(wait) + 1))


def needs(permission: str) -> Refused:
    """Refuse for want of a *permission*."""
    return forbidden(f"This needs the permission {permission}", permissions=[permission])


def _no_such_token() -> Refused:
    return forbidden("No such Auth-Token, or it has expired")
