"""Runs one slot of one job in a process of its own, which the runner forks.

A fork has everything imported already, so a run that has nothing to do costs milliseconds. For
that reason the runner has neither threads nor locks that another thread may hold.

The runner ends this process at the job's time limit. It holds the job's lock in a session of its
own while it works, so two runs never overlap. When it is killed, Postgres releases the lock and
cancels its statement, and the slot is done again.
"""

import multiprocessing
import os
import signal
import time
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing.context import ForkProcess
from typing import Final, NoReturn

from cron import state
from cron.config import CronConfig
from cron.errors import keep
from cron.job import MOST_NOTES, Done, Force, Job, Run
from cron.period import Slot
from socorro import log
from socorro.config import SharedConfig, load
from socorro.postgres import Connection, Database
from socorro.service import die_with_parent

DONE: Final = 0
FAILED: Final = 74  # the error is in Postgres; any other code means that the run was killed
BUSY: Final = 75
ALREADY_DONE: Final = 76


def start(job: Job, slot: Slot, by: str, force: Force, config: CronConfig) -> ForkProcess:
    """Fork a process that runs the slot; it leads a group of its own."""
    arguments = (os.getpid(), job, slot, by, force, config)
    process = multiprocessing.get_context("fork").Process(target=begin, args=arguments, daemon=True)
    process.start()
    if process.pid is not None:
        os.setpgid(process.pid, process.pid)
    return process


def begin(runner: int, job: Job, slot: Slot, by: str, force: Force, config: CronConfig) -> NoReturn:
    """Run the slot in this process, a fork of the process *runner*, and end it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    die_with_parent()
    if os.getppid() != runner:
        raise SystemExit(FAILED)  # our runner ended before we could ask to end with it
    shared = load(SharedConfig)
    database = Database(config.dsn(shared), name=f"cron {job.name}", statement_seconds=job.seconds)
    with closing(database), closing(database.connect()) as ours:
        raise SystemExit(run(job, slot, by, force, ours, database, shared, config))


def run(
    job: Job,
    slot: Slot,
    by: str,
    force: Force,
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
        begun = state.begin(ours, job, slot, by, force >= Force.SLOT)
    if begun is None:
        return ALREADY_DONE
    clock, began = datetime.now(UTC), time.monotonic()
    is_forced = force is Force.GUARDS
    request = Run(slot, begun.done_until, begun.now, clock, database, shared, config, is_forced)
    try:
        done = job.work(request)
        with ours:
            state.succeed(ours, job, slot, by, begun, done)
    except Exception as error:
        kept = keep(error)
        log.get().error(
            "job failed", job=job.name, slot=_text(slot), error=f"{kept.kind}: {kept.text}"
        )
        with ours:
            state.fail(ours, job, by, kept.kind, kept.text)
        return FAILED
    _log_done(job, slot, done, time.monotonic() - began)
    return DONE


def _log_done(job: Job, slot: Slot, done: Done, seconds: float) -> None:
    log.get().info(
        "job done", job=job.name, slot=_text(slot), rows=done.rows, seconds=round(seconds, 2)
    )
    for note in done.notes[:MOST_NOTES]:
        log.get().warning("job notes", job=job.name, note=note)


def _text(slot: Slot) -> str:
    return slot.start.strftime("%Y-%m-%dT%H:%M:%SZ")
