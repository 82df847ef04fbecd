"""Answers of REST that memcached keeps: all go, because none says which crashes it is made of."""

from typing import Final

from pymemcache.exceptions import MemcacheError

from socorro.cache import Cache
from socorro.forget.place import Going, PlaceAway


class CachePlace:
    """The cache. What it has cannot be listed, so it is emptied and never searched."""

    name: Final = "cached answers"

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def count(self, going: Going) -> int:  # noqa: ARG002
        """See Place: nothing can be counted."""
        return 0

    def remove(self, going: Going) -> None:  # noqa: ARG002
        """See Place."""
        try:
            self._cache.clear()
        except (MemcacheError, OSError) as error:
            raise PlaceAway(f"memcached does not answer ({type(error).__name__})") from None
