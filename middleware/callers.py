"""Callers: identified by their Auth-Token, with its permissions, and limited in their requests."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from middleware.reply import Refused, error_reply, forbidden
from socorro.accounts import tokens
from socorro.postgres import Database
from socorro.serving.proxies import Proxies
from socorro.serving.rate_limit import RateLimit, is_own

Environ = Mapping[str, Any]


class Caller(NamedTuple):
    """A caller's permissions; *user* is the owner of the token, "" without one."""

    permissions: frozenset[str] = frozenset()
    user: str = ""
    token_id: int = 0  # for the log; a user's name may be an e-mail address, so it is not logged


Identify = Callable[[Environ], Caller]


def anonymous(environ: Environ) -> Caller:
    """Return an anonymous caller. Refuses every token, so that nobody relies on one."""
    if environ.get("HTTP_AUTH_TOKEN"):
        raise _bad_token()
    return Caller()


class TokenLookup:
    """Identifies callers by Auth-Token; a revoked one is refused from the next request on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, environ: Environ) -> Caller:
        """Return the caller. Raises Refused for an unknown or expired token."""
        text = str(environ.get("HTTP_AUTH_TOKEN") or "").strip()
        if not text:
            return Caller()
        with self._database.transaction() as db:
            holder = tokens.find(db, text, datetime.now(UTC))
        if holder is None:
            raise _bad_token()
        return Caller(holder.permissions, holder.user, holder.token_id)


class Gate:
    """Identifies callers and limits their requests: by user with a token, else by address."""

    def __init__(
        self,
        identify: Identify,
        address_limit: RateLimit,
        user_limit: RateLimit | None,
        proxies: Proxies,
    ) -> None:
        self._identify = identify
        self._address_limit, self._user_limit = address_limit, user_limit
        self._proxies = proxies

    def admit(self, environ: Environ, now: float) -> Caller:
        """Return the caller. Raises Refused: 403 for a bad token, 429 over the limit.

        A bad token counts like an anonymous request, so guessing tokens is limited too.
        """
        address = self._proxies.client(environ)
        try:
            caller = self._identify(environ)
        except Refused:
            _refuse_over_limit(self._address_limit.take(address, now))
            raise
        if caller.user and self._user_limit:
            wait = 0.0 if is_own(address) else self._user_limit.take_for(caller.user, now)
        else:
            wait = self._address_limit.take(address, now)
        _refuse_over_limit(wait)
        return caller

    def headers(self, environ: Environ, caller: Caller, now: float) -> list[tuple[str, str]]:
        """Return how many requests the caller has left; nothing for one who is not limited."""
        address = self._proxies.client(environ)
        if is_own(address):
            return []
        if caller.user and self._user_limit:
            left = self._user_limit.left_for(caller.user, now)
        else:
            left = self._address_limit.left(address, now)
        return [
            ("RateLimit-Limit", str(left.most)),
            ("RateLimit-Remaining", str(left.remaining)),
            ("RateLimit-Reset", str(left.reset_seconds)),
        ]


def _refuse_over_limit(wait: float) -> None:
    if wait:
        text = "Too many requests"
        raise Refused(error_reply("429 Too Many Requests", text, retry_after=int(wait) + 1))


def permission_missing(permission: str) -> Refused:
    """Refuse a caller who lacks a *permission*."""
    return forbidden(f"Permission denied: this needs {permission}", permissions=[permission])


def _bad_token() -> Refused:
    return forbidden("The Auth-Token is unknown or has expired")
