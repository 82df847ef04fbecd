"""Makes the index of similar stacks from the files of search: the last four weeks, anew each hour.

All of it is written in one transaction, of stacks only what changed, so readers have the index of
before or the new one. A run that is killed changes nothing.
"""

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from cron.config import CronConfig
from cron.job import Done, Job, JobFailed, Run
from cron.jobs import search_segments
from cron.period import hourly
from socorro.config import load
from socorro.postgres import Connection, execute, load_sql, value
from socorro.search.config import SearchConfig
from socorro.search.interface import SearchUnavailable
from socorro.search.segments.stacks import Collected, collect, shares

if TYPE_CHECKING:
    from socorro.stats.similar import Index

SQL = load_sql(__file__)
DAYS: Final = 28
PART: Final = 8 * 2**20  # bytes
_BATCH: Final = 5000  # stacks

_COLUMNS: Final = {
    "number": "stack_id",
    "signature": "signature",
    "frames": "frames",
    "crash_id": "newest",
    "crash_count": "crash_count",
    "first_day": "first_day",
    "last_day": "last_day",
    "systems": "systems",
    "builds": "builds",
}


def off(config: CronConfig) -> str:
    """Return what has to be set for the job to run: it reads the files of search."""
    return search_segments.off(config)


def has_work(db: Connection) -> bool:
    """Return whether there is anything to read, or to forget."""
    return bool(value(db, SQL["has_work"]))


def work(run: Run) -> Done:
    """Read the stacks of four weeks, make the index, and replace the one of before."""
    try:
        collected = collect(load(SearchConfig).folder, run.now - timedelta(days=DAYS), run.now)
    except SearchUnavailable as error:
        raise JobFailed(str(error)) from None
    with run.database.transaction() as db:
        _save_stacks(db, collected)
        _save_index(db, collected, _index(collected))
    return Done(len(collected.stacks), _notes(collected))


def _index(collected: Collected) -> "Index":
    # It loads numpy, which the clock itself does not need.
    from socorro.stats.similar import Index, Stack

    stacks = [
        Stack(stack.frames, stack.signature, stack.crash_count)
        for stack in collected.stacks.values()
    ]
    return Index.build(stacks, list(collected.stacks))


def _save_stacks(db: Connection, collected: Collected) -> None:
    stacks = list(collected.stacks.values())
    execute(db, SQL["forget_stacks"], stack_ids=list(collected.stacks))
    for start in range(0, len(stacks), _BATCH):
        rows = [asdict(stack) for stack in stacks[start : start + _BATCH]]
        columns = {column: [row[name] for row in rows] for name, column in _COLUMNS.items()}
        for name in ("systems", "builds"):
            columns[name] = [json.dumps(counts, sort_keys=True) for counts in columns[name]]
        execute(db, SQL["save_stacks"], **columns)


def _save_index(db: Connection, collected: Collected, index: "Index") -> None:
    execute(db, SQL["forget_state"])
    execute(db, SQL["forget_index"])
    made_at: datetime = value(
        db,
        SQL["save_state"],
        since=collected.since,
        until=collected.until,
        stacks=len(index),
        signatures=len(index.signatures),
        crash_count=collected.crash_count,
        left_out=collected.left_out,
        complete=collected.complete,
        shares=json.dumps(shares(collected)),
    )
    text = index.to_bytes()
    for part, start in enumerate(range(0, len(text), PART)):
        execute(db, SQL["save_index"], made_at=made_at, part=part, bytes=text[start : start + PART])


def _notes(collected: Collected) -> list[str]:
    notes = []
    if collected.left_out:
        notes.append(f"{collected.left_out:,} crashes have a stack beyond the limits")
    if not collected.complete:
        notes.append(f"hours before {collected.since} were left out")
    if collected.unread:
        notes.append(f"{collected.unread:,} hours could not be read")
    return notes


JOB = Job(
    name="similar",
    does="Makes the index of similar stacks from the crashes of the last four weeks.",
    period=hourly(10),
    work=work,
    needs=("search-segments",),
    seconds=1800,
    off=off,
    has_work=has_work,
)
