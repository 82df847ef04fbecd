"""Runs one slot of one job, in a process of its own: `python -m cron.child JOB START BY`.

The runner starts it and ends it at the job's time limit. It holds the job's lock in a session of
its own while it works, so two runs never overlap; when it is killed, Postgres lets go of the lock
and cancels what it had asked for, and the slot is done again.
"""

import argparse
import os
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from typing import Final

from cron import state
from cron.config import CronConfig
from cron.errors import tell
from cron.job import Done, Job, Run
from cron.period import Slot
from cron.table import find_table
from socorro import log
from socorro.config import SharedConfig, load
from socorro.postgres import Connection, Database
from socorro.service import die_with_parent

DONE: Final = 0
FAILED: Final = 74  # and Postgres knows why; any other code is a death
BUSY: Final = 75
ALREADY_DONE: Final = 76


def main(words: Sequence[str] | None = None) -> int:
    """Run the slot; return the exit code."""
    die_with_parent()
    parser = argparse.ArgumentParser(prog="python -m cron.child")
    parser.add_argument("job")
    parser.add_argument("start", type=datetime.fromisoformat)
    parser.add_argument("by")
    parser.add_argument("--forced", action="store_true")
    told = parser.parse_args(words)
    if f":{os.getppid()}:" not in told.by:
        return FAILED  # our runner was gone before we could ask to end with it
    shared, config = load(SharedConfig), load(CronConfig)
    [job] = [job for job in find_table(config.jobs) if job.name == told.job]
    log.set_up("cron", shared.log_format, shared.log_level)
    slot = job.period.at(told.start)
    database = Database(shared.database, name=f"cron {job.name}", statement_seconds=job.seconds)
    with closing(database), closing(database.connect()) as ours:
        return run(job, slot, told.by, told.forced, ours, database, shared, config)


def run(
    job: Job,
    slot: Slot,
    by: str,
    forced: bool,
    ours: Connection,
    database: Database,
    shared: SharedConfig,
    config: CronConfig,
) -> int:
    """Run *slot* of *job* under its lock, which *ours* takes; return the exit code."""
    with ours:
        if not state.lock(ours, job):
            return BUSY
    with ours:
        begun = state.begin(ours, job, slot, by, forced)
    if begun is None:
        return ALREADY_DONE
    began = time.monotonic()
    try:
        done = job.work(Run(slot, begun.done_until, begun.now, database, shared, config))
        with ours:
            state.succeed(ours, job, slot, by, begun, done)
    except Exception as why:
        told = tell(why)
        log.get().error(
            "job failed", job=job.name, slot=_text(slot), error=f"{told.kind}: {told.text}"
        )
        with ours:
            state.fail(ours, job, by, told.kind, told.text)
        return FAILED
    _tell(job, slot, done, time.monotonic() - began)
    return DONE


def _tell(job: Job, slot: Slot, done: Done, seconds: float) -> None:
    log.get().info(
        "job done", job=job.name, slot=_text(slot), rows=done.rows, seconds=round(seconds, 2)
    )
    for note in done.notes[:100]:
        log.get().warning("job notes", job=job.name, note=note)


def _text(slot: Slot) -> str:
    return slot.start.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    raise SystemExit(main())
