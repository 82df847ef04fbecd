"""Symbols that arrived after crashes missed them: finds these crashes and queues them again.

When a symbol file arrived is the time at which its inode last changed, which no copying program
can set back. A crash is queued when its walk began before that. So a crash that still misses a
module, whatever the reason, is not processed again and again. A walk that was under way when the
file arrived is found as well: its module is looked at until GRACE is over.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from socorro import jobs
from socorro.crash_id import CrashId
from socorro.postgres import Connection, Database, column, execute, load_sql, rows
from socorro.symbols.module import ModuleId

SQL = load_sql(__file__)
BATCH: Final = 1000
GRACE: Final = timedelta(minutes=30)  # longer than any lease: earlier walks are over by then
MOST_MODULES: Final = 50_000  # the ones that were missed last


class MissedModule(NamedTuple):
    """A module whose symbols crashes missed.

    *requeued_until*: all crashes are queued again that missed symbols which arrived by then.
    """

    module_id: int
    debug_file: str
    debug_id: str
    requeued_until: datetime | None

    @property
    def id(self) -> ModuleId:
        """The id of its symbols."""
        return ModuleId(self.debug_file, self.debug_id)


class Arrival(NamedTuple):
    """A module that crashes missed, and when its symbols arrived."""

    module: MissedModule
    arrived_at: datetime


def arrivals(missed: Iterable[MissedModule], folders: Sequence[Path]) -> Iterator[Arrival]:
    """Yield the modules whose symbols are in *folders* now and have crashes to queue, perhaps."""
    for module in missed:
        arrived_at = _arrived_at(module, folders)
        if arrived_at and (module.requeued_until is None or module.requeued_until < arrived_at):
            yield Arrival(module, arrived_at)


def requeue(
    database: Database, folders: Sequence[Path], now: datetime, most: int = BATCH
) -> dict[MissedModule, int]:
    """Queue crashes whose symbols arrived, at low priority; return how many for each module.

    At most *most* of them: call again until it returns nothing.
    """
    queued: dict[MissedModule, int] = {}
    with database.transaction() as db:
        missed = _missed_modules(db)
    for arrival in arrivals(missed, folders):
        left = most - sum(queued.values())
        if left <= 0:
            break
        with database.transaction() as db:
            crash_ids = _crashes_to_requeue(db, arrival, left)
            if crash_ids:
                jobs.offer(db, crash_ids, priority=jobs.LOW, reprocess=True)
                queued[arrival.module] = len(crash_ids)
            elif now - arrival.arrived_at > GRACE:
                execute(db, SQL["note_requeued"], **_parameters(arrival))
    return queued


def gaining(
    db: Connection, folders: Sequence[Path], most: int = 1_000_000
) -> Iterator[tuple[MissedModule, list[CrashId]]]:
    """Yield each module whose symbols arrived, with the crashes that gain. Changes nothing.

    In the order of `requeue`, and as there each crash belongs to the first of its modules only.
    """
    listed: set[CrashId] = set()
    for arrival in arrivals(_missed_modules(db), folders):
        crash_ids = _crashes_to_requeue(db, arrival, most)
        if new := [crash_id for crash_id in crash_ids if crash_id not in listed]:
            listed.update(new)
            yield arrival.module, new


def _missed_modules(db: Connection) -> list[MissedModule]:
    return rows(db, SQL["missed_modules"], MissedModule, most=MOST_MODULES)


def _crashes_to_requeue(db: Connection, arrival: Arrival, most: int) -> list[CrashId]:
    return column(db, SQL["crashes_to_requeue"], most=most, **_parameters(arrival))


def _parameters(arrival: Arrival) -> dict[str, object]:
    return {"module_id": arrival.module.module_id, "arrived_at": arrival.arrived_at}


def _arrived_at(module: MissedModule, folders: Sequence[Path]) -> datetime | None:
    """Return when the symbols arrived in the folder that got them last; None if in none."""
    path = module.id.path
    times = []
    for folder in folders:
        try:
            times.append((folder / path).stat().st_ctime)
        except OSError:
            continue
    return datetime.fromtimestamp(max(times), UTC) if times else None
