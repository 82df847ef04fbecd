"""A crash store in which some crashes are damaged: their files are there and cannot be read."""

from typing import Any, Self

from socorro.crash import Processed, RawCrash
from socorro.crash_id import CrashId
from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.interface import DamagedCrash


class DamagedStore(FilesystemStore):
    """Reads the files of *store*, except what `damage` was called for."""

    def __init__(self, store: FilesystemStore) -> None:
        super().__init__(store._root)
        self._raw: set[CrashId] = set()
        self._processed: set[CrashId] = set()

    def damage(self, crash: RawCrash, *, raw: bool = False, processed: bool = False) -> Self:
        """Damage the raw or the processed crash."""
        self._raw |= {crash.crash_id} if raw else set()
        self._processed |= {crash.crash_id} if processed else set()
        return self

    def get_raw(self, crash_id: CrashId) -> RawCrash:
        """See CrashStore."""
        self._require(self._raw, crash_id)
        return super().get_raw(crash_id)

    def dump_names(self, crash_id: CrashId) -> list[str]:
        """See CrashStore."""
        self._require(self._raw, crash_id)
        return super().dump_names(crash_id)

    def get_dump(self, crash_id: CrashId, name: str) -> bytes:
        """See CrashStore."""
        self._require(self._raw, crash_id)
        return super().get_dump(crash_id, name)

    def get_crash(self, crash_id: CrashId, choose: Any) -> tuple[RawCrash, dict[str, bytes]]:
        """See CrashStore."""
        self._require(self._raw, crash_id)
        return super().get_crash(crash_id, choose)

    def get_processed(self, crash_id: CrashId) -> Processed:
        """See CrashStore."""
        self._require(self._processed, crash_id)
        return super().get_processed(crash_id)

    def put_processed(self, crash_id: CrashId, processed: Processed) -> None:
        """See CrashStore; the damaged one is replaced."""
        super().put_processed(crash_id, processed)
        self._processed.discard(crash_id)

    def _require(self, damaged: set[CrashId], crash_id: CrashId) -> None:
        if crash_id in damaged:
            raise DamagedCrash(crash_id, "BadZipFile")
