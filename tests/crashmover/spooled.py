"""Crashes as the collector spools them, and stores that fail on purpose."""

from collections.abc import Callable, Mapping
from datetime import datetime

from socorro.crash import MAIN_DUMP, RawCrash
from socorro.crashstore.interface import CrashStore
from socorro.spool.spool import Spool
from tests.builders import NOON, make_crash

DUMPS = {MAIN_DUMP: b"MDMP crashed", f"{MAIN_DUMP}_browser": b"MDMP browser"}


def enter(spool: Spool, raw: RawCrash, dumps: Mapping[str, bytes] = DUMPS) -> RawCrash:
    with spool.draft() as draft:
        for name, body in dumps.items():
            writer = draft.dump(name)
            writer.write(body)
            writer.close()
        draft.commit(raw)
    return raw


def spooled(
    spool: Spool, submitted: datetime = NOON, deferred: bool = False, **annotations: str
) -> RawCrash:
    return enter(spool, make_crash(submitted, DUMPS, deferred, **annotations))


class FaultyStore:
    """A real store behind a *fault* that may raise instead of a put (or of a check)."""

    def __init__(self, store: CrashStore, fault: Callable[[RawCrash], None]) -> None:
        self._store, self._fault = store, fault
        self.puts: list[str] = []
        self.is_ill = False

    def put_raw(self, raw: RawCrash, dumps: Mapping[str, bytes]) -> bool:
        self.puts.append(raw.crash_id)
        self._fault(raw)
        return self._store.put_raw(raw, dumps)

    def check(self) -> None:
        if self.is_ill:
            raise ConnectionError("no route to host")
        self._store.check()

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)
