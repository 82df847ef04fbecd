"""So many tries to sign in, by address and by name: guessing passwords takes years."""

import hashlib

from socorro.ratelimit import RateLimit

SECONDS = 600


class SignInLimit:
    """Counts tries, good ones too; safe to share between threads, forgotten at a restart."""

    def __init__(self, per_address: int, per_name: int) -> None:
        self._addresses = RateLimit(per_address, SECONDS)
        self._names = RateLimit(per_name, SECONDS)

    def take(self, address: str, name: str, now: float) -> float:
        """Count one try; return 0, or the seconds until another one is looked at.

        By name this machine is counted, too: a proxy on it stands for everybody.
        """
        wait = self._addresses.take(address, now)
        # Names are anything that was typed: of bounded length, and no password by mistake.
        key = hashlib.sha256(name.lower().encode(errors="replace")).hexdigest()
        return wait or self._names.take_for(key, now)
