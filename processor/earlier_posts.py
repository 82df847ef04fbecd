"""Finds earlier posts of a crash that were deferred, before its user sent it again by hand.

A deferred crash has no report, so Postgres does not know it. But the id of the same crash differs
in digit and date at most, so its possible ids are few, and the store says which of them it has.
"""

from datetime import timedelta

from socorro.crash import RawCrash
from socorro.crash_event import identity
from socorro.crash_id import CrashId, day_of, is_deferred, resent
from socorro.crashstore.interface import CrashStore


def deferred_before(store: CrashStore, raw: RawCrash, days: int) -> list[CrashId]:
    """Return the stored deferred posts of an accepted crash, of its day and *days* before it.

    Earliest first. None of a deferred crash, nor of one that nothing distinguishes. Raises
    StoreUnavailable.
    """
    if is_deferred(raw.crash_id) or identity(raw.annotations, raw.dump_checksums) is None:
        return []
    last = day_of(raw.crash_id)
    possible = [
        resent(raw.crash_id, last - timedelta(days=before), deferred=True)
        for before in range(days, -1, -1)
    ]
    return store.stored(possible)
