"""Limits of sign-in attempts, by address and by name: guessing passwords takes years."""

import hashlib

from socorro.accounts import users
from socorro.serving.rate_limit import RateLimit, network_of

SECONDS = 600


class SignInLimit:
    """Counts attempts, successful ones too; safe to share between threads, lost at a restart.

    One address soon runs out of attempts for one user, while other addresses still have some:
    otherwise a stranger could lock a user out by name.
    """

    def __init__(self, per_address: int, per_name: int, per_name_from_all: int) -> None:
        self._addresses = RateLimit(per_address, SECONDS)
        self._names_by_address = RateLimit(per_name, SECONDS)
        self._names = RateLimit(per_name_from_all, SECONDS)

    def take(self, address: str, name: str, now: float) -> float:
        """Count one attempt; return 0 if it is allowed, else the seconds until the next one is.

        The limits by name also apply to this machine: a proxy on it stands for everybody.
        """
        key = _key(name)
        return (
            self._addresses.take(address, now)
            or self._names_by_address.take_for(f"{network_of(address)} {key}", now)
            or self._names.take_for(key, now)
        )

    def take_address(self, address: str, now: float) -> float:
        """Count an attempt by a name that only the identity provider knows, like take()."""
        return self._addresses.take(address, now)


def _key(name: str) -> str:
    """Return one key for all spellings of a name, without keeping what was typed.

    It may be very long, or a password typed by mistake.
    """
    try:
        normal = users.normalize(name)
    except users.Refused:
        normal = name
    return hashlib.sha256(normal.encode(errors="replace")).hexdigest()
