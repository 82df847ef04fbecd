"""A cache of answers in memcached: it makes answers faster, and nothing else depends on it.

Away, slow, full or damaged, it is a cache that has nothing: it fails within a tenth of a second,
and is then left alone for some seconds. Values are public, bounded, and carry a version and a
digest, so that what another program or version wrote is no answer.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar, Final

from pydantic import Field
from pydantic_settings import SettingsConfigDict
from pymemcache.client.base import PooledClient
from pymemcache.exceptions import MemcacheError

from socorro import __version__, metrics
from socorro.config import Settings

FORMAT: Final = b"socorro 1\n"  # in front of each value
MOST_BYTES: Final = 900_000  # of one value; memcached takes a mebibyte
TIMEOUT_SECONDS: Final = 0.1
REST_SECONDS: Final = 5.0  # without a try after a failure
_DIGEST_BYTES: Final = 32


class CacheConfig(Settings):
    """Settings of the cache of answers."""

    table: ClassVar[str] = "cache"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_CACHE_")

    server: str = Field(
        "",
        pattern=r"^([^:\s]+:[0-9]{1,5})?$",
        description="memcached for answers of REST, as host:port; empty: none",
    )
    seconds: int = Field(
        60, ge=1, le=86400, description="Seconds for which an answer is kept at most"
    )


class Cache:
    """Keeps bytes by key, for a while, if it can. Safe to share between threads."""

    def __init__(
        self,
        config: CacheConfig,
        connections: int = 8,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        host, _, port = config.server.rpartition(":")
        self._client = PooledClient(
            (host, int(port)),
            connect_timeout=TIMEOUT_SECONDS,
            timeout=TIMEOUT_SECONDS,
            no_delay=True,
            max_pool_size=connections,
        )
        self._seconds = config.seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._rests_until = 0.0

    def get(self, key: str) -> bytes | None:
        """Return what was put under *key*, None when there is nothing or the cache is away."""
        stored = self._try(lambda: self._client.get(key))
        value = _checked(stored)
        metrics.cache_gets.labels("hit" if value is not None else "miss").inc()
        return value

    def put(self, key: str, value: bytes) -> bool:
        """Keep *value* for a while; say whether it was sent. One over MOST_BYTES is not."""
        if len(value) > MOST_BYTES:
            return False
        digest = hashlib.sha256(value).digest()
        stored = FORMAT + digest + value
        return bool(self._try(lambda: self._client.set(key, stored, self._seconds, noreply=False)))

    def check(self) -> None:
        """Raise an error unless memcached answers now."""
        self._client.get("check")

    def clear(self) -> None:
        """Forget every answer, also what other programs keep there. Raises as check does."""
        self._client.flush_all(noreply=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _try(self, call: Callable[[], Any]) -> Any:
        """Return what *call* does, None when memcached fails or rests."""
        with self._lock:
            if self._clock() < self._rests_until:
                return None
        try:
            return call()
        except (MemcacheError, OSError, RuntimeError, ValueError):  # also: no free connection
            metrics.cache_failures.inc()
            with self._lock:
                self._rests_until = self._clock() + REST_SECONDS
            return None


def open_cache(config: CacheConfig, connections: int = 8) -> Cache | None:
    """Return the cache that is configured, if any. Nothing is connected yet."""
    return Cache(config, connections) if config.server else None


def key_of(question: str, parameters: object, state: str) -> str:
    """Return the key of an answer for everybody: to a question, while the counts have a state.

    Everything that changes an answer must be in it; our version is.
    """
    text = json.dumps([__version__, "public", question, parameters, state], default=str)
    return f"socorro:{hashlib.sha256(text.encode()).hexdigest()}"


def _checked(stored: object) -> bytes | None:
    """Return the value of what memcached had, None unless it is whole and ours."""
    if not isinstance(stored, bytes) or not stored.startswith(FORMAT):
        return None
    digest, value = stored[len(FORMAT) :][:_DIGEST_BYTES], stored[len(FORMAT) + _DIGEST_BYTES :]
    return value if hashlib.sha256(value).digest() == digest else None
