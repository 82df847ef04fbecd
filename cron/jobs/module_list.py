"""Lists the modules that were loaded in the Windows crashes of a day, and in how many.

Postgres names the crashes, and the store has their modules: they are in the processed crash only.
On a busy day a part of the crashes is read, chosen by their ids, which are as good as random.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, Final, NamedTuple

from cron.job import Done, Job, Run
from cron.period import daily
from socorro.crash import Processed
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashNotFound, CrashStore
from socorro.postgres import execute, load_sql, rows

SQL = load_sql(__file__)
MOST_CRASHES: Final = 200_000  # of a day; some four hundred seconds
MOST_MODULES: Final = 1_000_000
_MOST_OF_A_CRASH: Final = 5000
_LONGEST: Final = 200  # characters of a name
_THREADS: Final = 4
_BATCH: Final = 10_000


class Module(NamedTuple):
    """One loaded file."""

    filename: str
    debug_file: str
    debug_id: str
    version: str


class _Id(NamedTuple):
    crash_id: CrashId


def work(run: Run) -> Done:
    """Count modules over the day's crashes, and put that in place of what the day had."""
    start, end = run.slot
    with run.database.transaction() as db:
        found = rows(db, SQL["crashes"], _Id, start=start, end=end, most=MOST_CRASHES)
    counted: Counter[Module] = Counter()
    left_out = 0
    with run.store() as store, ThreadPoolExecutor(_THREADS) as pool:
        for crash_ids in _batches(found, 1000):
            for modules in pool.map(lambda row: _modules(store, row.crash_id), crash_ids):
                known = {module for module in modules if module in counted}
                new = modules - known if len(counted) < MOST_MODULES else set()
                counted.update(known | new)
                left_out += len(modules) - len(known) - len(new)
    with run.database.transaction() as db:
        execute(db, SQL["forget"], day=run.slot.day)
        for some in _batches(counted.items(), _BATCH):
            columns = zip(*((*module, crashes) for module, crashes in some), strict=True)
            told = dict(zip((*Module._fields, "crashes"), map(list, columns), strict=True))
            execute(db, SQL["save"], day=run.slot.day, **told)
    notes = [f"a part of the day: {MOST_CRASHES:,} crashes"] if len(found) == MOST_CRASHES else []
    notes += [f"{left_out:,} mentions of further modules left out"] if left_out else []
    return Done(len(counted), notes)


def modules_of(processed: Processed) -> set[Module]:
    """Return the modules of a processed crash. Pure."""
    dump = processed.get("json_dump")
    listed: Any = dump.get("modules") if isinstance(dump, dict) else None
    found = set()
    for module in islice(listed if isinstance(listed, list) else (), _MOST_OF_A_CRASH):
        if isinstance(module, dict) and isinstance(module.get("filename"), str):
            names = ("filename", "debug_file", "debug_id", "version")
            found.add(Module(*(_name(module.get(name)) for name in names)))
    return found


def _modules(store: CrashStore, crash_id: CrashId) -> set[Module]:
    try:
        return modules_of(store.get_processed(crash_id))
    except CrashNotFound:
        return set()


def _name(text: object) -> str:
    """Return a name without folders, which may tell who the user is."""
    if not isinstance(text, str):
        return ""
    return re.split(r"[\\/]", text)[-1].replace("\0", "")[:_LONGEST]


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


JOB = Job(
    name="module-list",
    does="Lists the modules that were loaded in the Windows crashes of a day.",
    period=daily("05:45"),
    work=work,
    backfill=True,
    seconds=2 * 3600,
)
