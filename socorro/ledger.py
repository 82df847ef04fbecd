"""The ledger: where every crash of a day is. It compares ids, it does not add up counters.

    accepted = in spool + quarantined + stored
    stored   = deferred + waiting + running + failed + processed + expired + forgotten

Every id counts once, where it got furthest. Crashes move while the ledger reads, so it reads from
left to right, the way they move: spool, store, index of waiting crashes, jobs, reports. A step
deletes its input after its output is durable, so a crash that had left a room before that room was
read is found in the next one. What looks wrong is read again after a moment and must look wrong
both times: an id is in the day's log an instant before the spool shows its entry, and a listing of
folders is no snapshot.

The day's log is this machine's: crashes that came through the collector of another machine are
`elsewhere` and not an error.

Of an old day that was even the spool has only counts (socorro/spool/accepted.py). Its crashes with
a job or a report are still compared by id; those that are nowhere any more are counted as expired.

Of a crash that was forgotten (`socorro forget`) there is no id, but a token in its place: in the
day's log and in Postgres. When it was sent again, and is on its way out, it is still one.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Final

from socorro import jobs
from socorro.crash_id import CrashId, day_of, is_deferred
from socorro.crashstore.interface import CrashNotFound, CrashStore, DamagedCrash
from socorro.jobs import JobState, forgotten
from socorro.jobs.forgotten import Token
from socorro.postgres import Database
from socorro.queries import ledger as queries
from socorro.retention import RetentionConfig
from socorro.spool.accepted import Proven
from socorro.spool.spool import Spool

ALL: Final = 2**31  # limit for lists that the ledger needs whole
SECOND_READ_SECONDS: Final = 1.0
STATES: Final = ("deferred", *JobState, "processed")
HOLD_IDS: Final = ("accepted", "spooled", "quarantined", "stored", "waiting")


@dataclass(frozen=True)
class Rooms:
    """The crashes of one day in each room."""

    accepted: frozenset[CrashId] = frozenset()
    spooled: frozenset[CrashId] = frozenset()
    quarantined: frozenset[CrashId] = frozenset()
    stored: frozenset[CrashId] = frozenset()
    waiting: frozenset[CrashId] = frozenset()  # in the store's index
    jobs: Mapping[CrashId, JobState] = field(default_factory=dict)
    reports: Mapping[CrashId, int] = field(default_factory=dict)  # id -> rows
    damaged: frozenset[CrashId] = frozenset()  # of those whose job failed
    proven: Proven | None = None  # of a day whose log is gone
    forgotten: frozenset[Token] = frozenset()  # by any command
    erased: frozenset[Token] = frozenset()  # those in the day's log
    refused: Mapping[CrashId, Token] = field(default_factory=dict)  # forgotten, and not gone yet

    def without_refused(self) -> "Rooms":
        """Return the same rooms, with tokens in place of the ids of forgotten crashes."""
        gone = self.refused.keys()
        in_log = frozenset(self.refused[crash_id] for crash_id in self.accepted & gone)
        return replace(
            self,
            **{name: getattr(self, name) - gone for name in HOLD_IDS},
            erased=self.erased | in_log,
            forgotten=self.forgotten | self.erased | frozenset(self.refused.values()),
            refused={},
        )


@dataclass(frozen=True)
class Balance:
    """The ledger of one day: counts of crashes, and the ids of those that are wrong."""

    day: date
    accepted: int = 0
    spooled: int = 0
    quarantined: int = 0
    stored: int = 0
    elsewhere: int = 0  # of the stored ones: accepted by another machine
    deferred: int = 0
    waiting: int = 0
    running: int = 0
    failed: int = 0
    processed: int = 0
    expired: int = 0
    forgotten: int = 0
    missing: tuple[CrashId, ...] = ()
    doubled: tuple[CrashId, ...] = ()
    damaged: tuple[CrashId, ...] = ()  # counted where they are, and named

    @property
    def is_even(self) -> bool:
        """Whether every crash is in one place."""
        return not self.missing and not self.doubled


def balance(day: date, rooms: Rooms, retention: RetentionConfig, today: date) -> Balance:
    """Compare what is in the rooms. Pure."""
    rooms = rooms.without_refused()
    ids = rooms.accepted | rooms.stored | rooms.waiting | rooms.jobs.keys() | rooms.reports.keys()
    spooled = rooms.spooled - rooms.stored
    quarantined = rooms.quarantined - rooms.stored - spooled
    lost = ids - rooms.stored - spooled - quarantined
    gone = {crash_id for crash_id in lost if retention.is_over(crash_id, today)}
    counted = rooms.proven or Proven(0, len(rooms.stored - rooms.accepted), "")
    nowhere = _nowhere(rooms.proven, ids | spooled | quarantined)
    not_in_log = len(rooms.forgotten - rooms.erased)
    of_counted = min(not_in_log, nowhere)  # the others came through another machine
    expired = len(gone) + nowhere - of_counted
    places: dict[str, set[CrashId]] = defaultdict(set)
    for crash_id in rooms.stored:
        places[_place(crash_id, rooms, retention.is_over(crash_id, today))].add(crash_id)
    return Balance(
        day,
        accepted=len(rooms.accepted) + counted.accepted + len(rooms.erased),
        spooled=len(spooled),
        quarantined=len(quarantined),
        stored=len(rooms.stored) + expired + len(rooms.forgotten),
        elsewhere=counted.elsewhere + not_in_log - of_counted,
        **{place: len(places[place]) for place in STATES},
        expired=len(places["expired"]) + expired,
        forgotten=len(rooms.forgotten),
        missing=tuple(sorted(lost - gone | places["missing"])),
        doubled=tuple(sorted(crash_id for crash_id, rows in rooms.reports.items() if rows > 1)),
        damaged=tuple(sorted(rooms.damaged & rooms.stored)),
    )


def _nowhere(counted: Proven | None, ids: Collection[CrashId]) -> int:
    """Return how many crashes that were once counted have left no trace."""
    return max(0, counted.accepted + counted.elsewhere - len(ids)) if counted else 0


def _place(crash_id: CrashId, rooms: Rooms, is_over: bool) -> str:
    """Return where a stored crash is."""
    if crash_id in rooms.jobs:
        return rooms.jobs[crash_id]
    if crash_id in rooms.reports:
        return "processed"
    if crash_id in rooms.waiting:
        return JobState.WAITING
    if is_deferred(crash_id):
        return "deferred"
    return "expired" if is_over else "missing"


def read_rooms(day: date, spool: Spool, store: CrashStore, database: Database) -> Rooms:
    """Read every room, from left to right: the order matters (see above)."""
    proven = spool.proven(day)
    accepted = frozenset(spool.accepted(day))
    erased = spool.logs.erased(day)
    spooled = frozenset(crash_id for crash_id in spool.ids() if day_of(crash_id) == day)
    quarantined = frozenset(crash_id for crash_id, _ in spool.quarantined())
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    stored = frozenset(store.submitted(start, start + timedelta(days=1)))
    waiting = frozenset(entry.crash_id for entry in store.waiting(ALL))
    with database.transaction() as db:
        queued = dict(jobs.of_day(db, day))
    with database.transaction() as db:  # a job ends in the transaction that writes its report
        reports = dict(queries.reported(db, day))
        tokens = forgotten.of_day(db, day)
        waits = {crash_id for crash_id in stored if is_deferred(crash_id)} | spooled | quarantined
        unexplained = (accepted | stored) - waits - queued.keys() - reports.keys()
        refused = forgotten.among(db, sorted(unexplained))
    return Rooms(
        accepted,
        spooled,
        frozenset(crash_id for crash_id in quarantined if day_of(crash_id) == day),
        stored,
        frozenset(crash_id for crash_id in waiting if day_of(crash_id) == day),
        queued,
        reports,
        frozenset(_damaged(store, queued)),
        proven,
        tokens,
        erased,
        refused,
    )


def _damaged(store: CrashStore, queued: Mapping[CrashId, JobState]) -> Iterator[CrashId]:
    """Yield the crashes that cannot be read, of those whose job failed: they are few."""
    for crash_id, state in queued.items():
        if state is JobState.FAILED:
            try:
                store.get_crash(crash_id, list)
            except DamagedCrash:
                yield crash_id
            except CrashNotFound:
                continue


def ledger(
    read: Callable[[], Rooms],
    day: date,
    retention: RetentionConfig,
    today: date,
    wait: Callable[[float], None] = time.sleep,
) -> Balance:
    """Return the balance of *day*; what is wrong in it was wrong in two readings."""
    first = balance(day, read(), retention, today)
    if first.is_even:
        return first
    wait(SECOND_READ_SECONDS)
    second = balance(day, read(), retention, today)
    return replace(
        second,
        missing=tuple(crash_id for crash_id in second.missing if crash_id in set(first.missing)),
        doubled=tuple(crash_id for crash_id in second.doubled if crash_id in set(first.doubled)),
    )


def prune(
    read: Callable[[date], Rooms], day: date, spool: Spool, retention: RetentionConfig, today: date
) -> Balance:
    """Reduce *day*'s log of accepted crashes to its counts if the day is even; return its balance.

    A crash that is still in the spool is not safe yet: its day keeps the log.
    """
    digest = spool.logs.digest(day)
    proof = ledger(partial(read, day), day, retention, today)
    if proof.is_even and not proof.spooled:
        spool.prune(day, Proven(proof.accepted, proof.elsewhere, digest))
    return proof
