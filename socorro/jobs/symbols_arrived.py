"""Symbols that came after they were missed: finds the crashes that gain, and queues them again.

A symbol file tells when it came by the time its inode was last changed, which no copying program
can set back. A crash is queued when its walk began before that. So a crash that misses a module
still, whatever the reason, is not processed again and again; and walks that were under way when
the file came are found, too, for they are looked for until GRACE is over.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from socorro import jobs
from socorro.crash_id import CrashId
from socorro.postgres import Connection, Database
from socorro.queries import symbols
from socorro.queries.symbols import Owed
from socorro.symbols.module import ModuleId

BATCH = 1000
GRACE = timedelta(minutes=30)  # longer than any lease: who began before is done by then


class Arrival(NamedTuple):
    """Symbols of a module that crashes had missed, and when they came."""

    module: Owed
    came: datetime


def arrivals(owed: Iterable[Owed], folders: Sequence[Path]) -> Iterator[Arrival]:
    """Yield the modules whose symbols are in *folders* now, and were not dealt with."""
    for module in owed:
        came = _came(module, folders)
        if came and (module.settled_at is None or module.settled_at < came):
            yield Arrival(module, came)


def requeue(
    database: Database, folders: Sequence[Path], now: datetime, most: int = BATCH
) -> dict[Owed, int]:
    """Queue crashes whose symbols came, at low priority, *most* at once; return how many for each.

    Call again until it returns nothing.
    """
    queued: dict[Owed, int] = {}
    with database.transaction() as db:
        owed = symbols.owed(db)
    for arrival in arrivals(owed, folders):
        left = most - sum(queued.values())
        if left <= 0:
            break
        with database.transaction() as db:
            found = symbols.waiting_for(db, arrival.module.module_id, arrival.came, left)
            if found:
                jobs.offer(db, found, priority=jobs.LOW, reprocess=True)
                queued[arrival.module] = len(found)
            elif now - arrival.came > GRACE:
                symbols.settle(db, arrival.module.module_id, arrival.came)
    return queued


def gaining(
    db: Connection, folders: Sequence[Path], most: int = 1_000_000
) -> Iterator[tuple[Owed, list[CrashId]]]:
    """Yield each module whose symbols came, with the crashes that gain. Changes nothing."""
    for arrival in arrivals(symbols.owed(db), folders):
        found = symbols.waiting_for(db, arrival.module.module_id, arrival.came, most)
        if found:
            yield arrival.module, found


def _came(module: Owed, folders: Sequence[Path]) -> datetime | None:
    path = ModuleId(module.debug_file, module.debug_id).path
    times = []
    for folder in folders:
        try:
            times.append((folder / path).stat().st_ctime)
        except OSError:
            continue
    return datetime.fromtimestamp(max(times), UTC) if times else None
