"""So many tries to sign in, by address and by name: guessing passwords takes years."""

import hashlib

from socorro.accounts import users
from socorro.serving.rate_limit import RateLimit, network_of

SECONDS = 600


class SignInLimit:
    """Counts tries, good ones too; safe to share between threads, forgotten at a restart.

    One address soon has no more tries as one user, while that user still has, from elsewhere:
    else a stranger could keep them out by their name.
    """

    def __init__(self, per_address: int, per_name: int, per_name_from_all: int) -> None:
        self._addresses = RateLimit(per_address, SECONDS)
        self._names_by_address = RateLimit(per_name, SECONDS)
        self._names = RateLimit(per_name_from_all, SECONDS)

    def take(self, address: str, name: str, now: float) -> float:
        """Count one try; return 0, or the seconds until another one is looked at.

        By name this machine is counted, too: a proxy on it stands for everybody.
        """
        key = _key(name)
        return (
            self._addresses.take(address, now)
            or self._names_by_address.take_for(f"{network_of(address)} {key}", now)
            or self._names.take_for(key, now)
        )


def _key(name: str) -> str:
    """Return the same for all that is taken as the same user, and keep nothing that was typed.

    Names are anything: very long, or a password by mistake.
    """
    try:
        known = users.normalize(name)
    except users.Refused:
        known = name
    return hashlib.sha256(known.encode(errors="replace")).hexdigest()
