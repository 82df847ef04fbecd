"""Lists the modules that were loaded in the Windows crashes of a day, and in how many.

Postgres has the ids of the crashes, the store their modules (in processed crashes only). On a busy
day only MOST_CRASHES are read, those with the lowest ids, which is as good as a random sample.
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
from socorro.postgres import column, execute, load_sql

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


def work(run: Run) -> Done:
    """Count modules over the day's crashes, and replace the day's list."""
    start, end = run.slot
    with run.database.transaction() as db:
        crash_ids = column(db, SQL["crashes"], start=start, end=end, most=MOST_CRASHES)
    counted: Counter[Module] = Counter()
    left_out = 0
    with run.store() as store, ThreadPoolExecutor(_THREADS) as pool:
        for batch in _batches(crash_ids, 1000):
            for modules in pool.map(lambda crash_id: _modules(store, crash_id), batch):
                seen = {module for module in modules if module in counted}
                new = modules - seen if len(counted) < MOST_MODULES else set()
                counted.update(seen | new)
                left_out += len(modules) - len(seen) - len(new)
    with run.database.transaction() as db:
        execute(db, SQL["forget"], day=run.slot.day)
        for batch in _batches(counted.items(), _BATCH):
            columns = zip(*((*module, crashes) for module, crashes in batch), strict=True)
            parameters = dict(zip((*Module._fields, "crashes"), map(list, columns), strict=True))
            execute(db, SQL["save"], day=run.slot.day, **parameters)
    notes = (
        [f"{MOST_CRASHES:,} crashes of the day were read, not all"]
        if len(crash_ids) == MOST_CRASHES
        else []
    )
    notes += [f"modules that were left out: {left_out:,}"] if left_out else []
    return Done(len(counted), notes)


def modules_of(processed: Processed) -> set[Module]:
    """Return the modules of a processed crash. Pure."""
    dump = processed.get("json_dump")
    listed: Any = dump.get("modules") if isinstance(dump, dict) else None
    modules = set()
    for module in islice(listed if isinstance(listed, list) else (), _MOST_OF_A_CRASH):
        if isinstance(module, dict) and isinstance(module.get("filename"), str):
            names = ("filename", "debug_file", "debug_id", "version")
            modules.add(Module(*(_name(module.get(name)) for name in names)))
    return modules


def _modules(store: CrashStore, crash_id: CrashId) -> set[Module]:
    try:
        return modules_of(store.get_processed(crash_id))
    except CrashNotFound:
        return set()


def _name(text: object) -> str:
    """Return a name without its folders, which may name the user."""
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
