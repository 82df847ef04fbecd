"""At most so many requests per address, or user, and minute: a token bucket for each."""

import ipaddress
import threading
from collections import OrderedDict
from typing import NamedTuple

ADDRESSES = 10_000  # the least recent are forgotten, so memory is bounded


class _Bucket(NamedTuple):
    tokens: float
    filled_at: float


class RateLimit:
    """Buckets of *most* tokens that fill evenly in *seconds*; safe to share between threads."""

    def __init__(self, most: int, seconds: float = 60) -> None:
        self._most = float(most)
        self._per_second = most / seconds
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, address: str, now: float) -> float:
        """Take a token; return 0 when there was one, else the seconds until there is.

        *now* is a monotonic clock, seconds. Who asks from this machine is its operator, or a
        proxy that stands for many: not limited.
        """
        network = network_of(address)
        return 0 if network is None else self.take_for(network, now)

    def take_for(self, name: str, now: float) -> float:
        """Take a token of whoever has this *name*, as `take` does."""
        with self._lock:
            before = self._buckets.pop(name, _Bucket(self._most, now))
            filled = before.tokens + (now - before.filled_at) * self._per_second
            tokens = min(self._most, filled)
            enough = tokens >= 1
            self._buckets[name] = _Bucket(tokens - 1 if enough else tokens, now)
            if len(self._buckets) > ADDRESSES:
                self._buckets.popitem(last=False)
        return 0 if enough else (1 - tokens) / self._per_second


def is_own(address: str) -> bool:
    """Say whether who asks is on this machine."""
    return network_of(address) is None


def network_of(address: str) -> str | None:
    """Return whom an address belongs to: of IPv6 one customer has a /64; None is ourselves."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped  # as proxies that listen on both write it
    if found.is_loopback:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
