"""Rate limits per address or user: a token bucket for each."""

import ipaddress
import math
import threading
from collections import OrderedDict
from typing import NamedTuple

ADDRESSES = 10_000  # the least recent are dropped, so memory is bounded


class _Bucket(NamedTuple):
    tokens: float
    filled_at: float


class Left(NamedTuple):
    """What is left of a limit of *most* requests; all of it again after *reset_seconds*."""

    most: int
    remaining: int
    reset_seconds: int


class RateLimit:
    """Buckets of *most* tokens that refill evenly in *seconds*; safe to share between threads."""

    def __init__(self, most: int, seconds: float = 60) -> None:
        self._most = float(most)
        self._per_second = most / seconds
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, address: str, now: float) -> float:
        """Take a token; return 0 when there was one, else the seconds until there is.

        *now* is a monotonic clock, seconds. Requests from this machine come from its operator, or
        from a proxy on behalf of many: they are not limited.
        """
        network = network_of(address)
        return 0 if network is None else self.take_for(network, now)

    def take_for(self, name: str, now: float) -> float:
        """Take a token from the bucket *name*, as `take` does."""
        with self._lock:
            before = self._buckets.pop(name, _Bucket(self._most, now))
            filled = before.tokens + (now - before.filled_at) * self._per_second
            tokens = min(self._most, filled)
            enough = tokens >= 1
            self._buckets[name] = _Bucket(tokens - 1 if enough else tokens, now)
            if len(self._buckets) > ADDRESSES:
                self._buckets.popitem(last=False)
        return 0 if enough else (1 - tokens) / self._per_second

    def left(self, address: str, now: float) -> Left:
        """Return what an address has left, without taking any."""
        return self.left_for(network_of(address) or "", now)

    def left_for(self, name: str, now: float) -> Left:
        """Return what the bucket *name* has left, without taking any."""
        with self._lock:
            before = self._buckets.get(name, _Bucket(self._most, now))
        filled = before.tokens + (now - before.filled_at) * self._per_second
        tokens = min(self._most, filled)
        reset = math.ceil((self._most - tokens) / self._per_second)
        return Left(int(self._most), int(tokens), reset)


def is_own(address: str) -> bool:
    """Say whether the address is of this machine."""
    return network_of(address) is None


def network_of(address: str) -> str | None:
    """Return the network of one customer: an IPv4 address, or a /64 of IPv6. None: this machine."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped  # as proxies that listen on both write it
    if parsed.is_loopback:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
