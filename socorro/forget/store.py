"""The crash store: raw crash, dumps, processed crash and index."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from socorro.crash_id import CrashId
from socorro.crashstore.interface import (
    CrashNotFound,
    CrashStore,
    DamagedCrash,
    StoreUnavailable,
)
from socorro.forget.place import Going, PlaceAway


class StorePlace:
    """Crashes in the store, also those of which only the processed crash is left."""

    name: Final = "crash store"

    def __init__(self, store: CrashStore) -> None:
        self._store = store

    def count(self, going: Going) -> int:
        """See Place: raw crashes and processed crashes."""
        with _away():
            raw = len(self._store.stored(list(going.ids)))
            return raw + sum(map(self._is_processed, going.ids))

    def remove(self, going: Going) -> None:
        """See Place."""
        with _away():
            for crash_id in going.ids:
                self._store.delete(crash_id)

    def _is_processed(self, crash_id: CrashId) -> bool:
        try:
            self._store.get_processed(crash_id)
        except DamagedCrash:
            return True
        except CrashNotFound:
            return False
        return True


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except StoreUnavailable as error:
        raise PlaceAway(f"the crash store does not answer ({error})") from None
