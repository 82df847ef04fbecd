"""Starts what is due, each slot in a process of its own, and ends it at its time limit.

Any number of runners may work at once, on any machine: what is due stands in Postgres, and a run
takes its job's lock, so one of them does a slot and the others find it done. A runner that is
killed takes its runs with it (they ask Linux for that); their slots are done again.
"""

import ctypes
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from multiprocessing.context import ForkProcess
from multiprocessing.sharedctypes import RawValue
from typing import Final

import psycopg2

from cron import child, state
from cron.config import CronConfig
from cron.job import Job
from cron.period import Slot
from cron.schedule import Due, Known, due, next_slot, waits_for
from socorro import log, metrics
from socorro.postgres import Connection, Database
from socorro.queries import cron as queries
from socorro.service import Stop

_LOOK_SECONDS: Final = 0.05  # between looks at a running child, while something runs
_END_SECONDS: Final = 5.0
_AGAIN_SECONDS: Final = 15.0  # after a run that did not even begin


@dataclass
class Running:
    """One run that goes on."""

    job: Job
    slot: Slot
    by: str
    process: ForkProcess
    began: float  # monotonic
    is_over_limit: bool = False

    def kill(self, number: int) -> None:
        """Send a signal to the run and everything that it started, unless it has ended."""
        if self.process.pid is not None and self.process.exitcode is None:
            os.killpg(self.process.pid, number)  # it leads a group, and was not waited for yet


class Runner:
    """Runs the jobs of *table*. One thread uses it."""

    def __init__(self, table: Sequence[Job], config: CronConfig, database: Database) -> None:
        self._table, self._config, self._database = table, config, database
        self._running: dict[str, Running] = {}
        self._not_before: dict[str, float] = {}  # monotonic; runs that ended before they began
        self._numbers = count(1)
        self._off = frozenset(job.name for job in table if job.off(config))
        self.outcomes: dict[str, str] = {}  # of the last run of each job: done, failed, busy
        self._looked = RawValue(ctypes.c_double, time.monotonic())  # shared with forks

    @property
    def looked(self) -> float:
        """When the last look at what is due succeeded, monotonic; forks of ours see it, too."""
        return float(self._looked.value)

    def declare(self) -> None:
        """Write the table of jobs down, for those who only read Postgres."""
        with self._database.transaction() as db:
            state.declare(db, self._table, self._config)

    def run_until(self, stop: Stop) -> None:
        """Look again and again at what is due, until *stop*. Raises Unavailable."""
        while not stop:
            self.collect()
            self.start_due()
            self._pause(stop, self._config.tick_seconds)

    def run_all(self, stop: Stop) -> None:
        """Run what is due, and what becomes due by that, then return. Raises Unavailable."""
        while not stop:
            self.collect()
            started = self.start_due()
            if not started and not self._running:
                return
            self._pause(stop, 0 if started else 0.2)

    def run_slot(self, job: Job, slot: Slot, stop: Stop, forced: bool) -> str:
        """Run one slot now; return the outcome: done, failed, busy. Raises Unavailable."""
        self._start(job, slot, forced)
        while self._running and not stop:
            self._pause(stop, 0.2)
            self.collect()
        return self.outcomes.get(job.name, "stopped")

    def start_due(self) -> int:
        """Start what is due, as far as there are places; return how much was done."""
        with self._database.transaction() as db:
            now = state.now(db)
            found = {row.job: row for row in queries.jobs(db)}
        known = known_of(found)
        self._note_waits(found, known, now)
        self._looked.value = time.monotonic()
        done = 0
        for wanted in due(self._table, known, now, self._off):
            if self._may_start(wanted.job, found):
                done += self._see_to(wanted)
        return done

    def collect(self) -> None:
        """See to runs that have ended, and end those that are over their limit."""
        for running in list(self._running.values()):
            if running.process.exitcode is not None:
                self._ended(running)
            elif time.monotonic() - running.began > running.job.seconds:
                running.is_over_limit = True
                running.kill(signal.SIGKILL)

    def end(self) -> None:
        """End everything that runs: it is no failure, it will be done again."""
        for running in self._running.values():
            running.kill(signal.SIGTERM)
        deadline = time.monotonic() + _END_SECONDS
        for running in self._running.values():
            running.process.join(max(0.0, deadline - time.monotonic()))
            running.kill(signal.SIGKILL)
            running.process.join()
            with self._database.transaction() as db:
                state.give_back(db, running.job, running.by)
        self._running.clear()

    def _may_start(self, job: Job, found: Mapping[str, queries.CronJob]) -> bool:
        if job.name in self._running or not self._has_place(job):
            return False
        if time.monotonic() < self._not_before.get(job.name, 0):
            return False
        row = found.get(job.name)
        return row is None or not row.is_locked  # another runner is at it

    def _has_place(self, job: Job) -> bool:
        """Say whether one more may run: a frequent job may always, long ones do not hold it up."""
        rare = [each for each in self._running.values() if _is_rare(each.job)]
        return not _is_rare(job) or len(rare) < self._config.at_once

    def _see_to(self, wanted: Due) -> int:
        """Start a run, or find that there is nothing to do."""
        job, slot = wanted.job, wanted.slot
        if wanted.passed_over:
            log.get().warning("slots passed over", job=job.name, slots=wanted.passed_over)
            with self._database.transaction() as db:
                state.pass_over(db, job, slot, wanted.passed_over, self._name(0))
        if job.wanted and not self._wants(job, job.wanted, slot):
            return 0
        self._start(job, slot, forced=False)
        return 1

    def _wants(self, job: Job, wanted: Callable[[Connection], bool], slot: Slot) -> bool:
        """Ask a job whether there is anything to do; else note that its slot is done."""
        try:
            with self._database.transaction() as db:
                if wanted(db):
                    return True
                state.nothing_to_do(db, job, slot)
        except psycopg2.ProgrammingError:
            return True  # the run will meet the same error, and write it down
        return False

    def _start(self, job: Job, slot: Slot, forced: bool) -> None:
        by = self._name(next(self._numbers))
        process = child.start(job, slot, by, forced, self._config)
        self._running[job.name] = Running(job, slot, by, process, time.monotonic())

    def _ended(self, running: Running) -> None:
        job, code = running.job, running.process.exitcode or 0
        outcome = {child.DONE: "done", child.BUSY: "busy", child.ALREADY_DONE: "busy"}.get(
            code, "failed"
        )
        if outcome == "failed":
            self._failed(running)
        self.outcomes[job.name] = outcome
        if code == child.BUSY:
            self._not_before[job.name] = time.monotonic() + 1
        del self._running[job.name]
        metrics.cron_runs.labels(job.name, outcome).inc()
        metrics.cron_seconds.labels(job.name).observe(time.monotonic() - running.began)

    def _failed(self, running: Running) -> None:
        job = running.job
        self._not_before[job.name] = time.monotonic() + _AGAIN_SECONDS
        told = _how_it_died(running)
        if told is None:
            return  # it told Postgres itself
        log.get().error("job killed", job=job.name, why=told)
        with self._database.transaction() as db:
            kind = "TimeLimit" if running.is_over_limit else "Killed"
            state.fail(db, job, running.by, kind, told, "killed")

    def _note_waits(
        self, found: Mapping[str, queries.CronJob], known: Mapping[str, Known], now: datetime
    ) -> None:
        """Write down which job waits for which, where that has changed."""
        for job in self._table:
            wanted = None if job.name in self._off else next_slot(job, known[job.name], now)
            other = waits_for(self._table, wanted, known, now, self._off) if wanted else ""
            if job.name in found and found[job.name].waits_for != other:
                with self._database.transaction() as db:
                    state.wait(db, job.name, other)

    def _pause(self, stop: Stop, seconds: float) -> None:
        """Wait, but see at once when a run ends."""
        deadline = time.monotonic() + seconds
        while not stop and (left := deadline - time.monotonic()) > 0:
            if any(running.process.exitcode is not None for running in self._running.values()):
                return
            stop.wait(min(left, _LOOK_SECONDS) if self._running else left)

    def _name(self, number: int) -> str:
        return f"{socket.gethostname()}:{os.getpid()}:{number}"


def known_of(found: Mapping[str, queries.CronJob]) -> dict[str, Known]:
    """Return what the schedule has to know."""
    return {name: Known(row.done_until, row.errors, row.next_try) for name, row in found.items()}


def _is_rare(job: Job) -> bool:
    return job.period.length >= timedelta(hours=1)


def _how_it_died(running: Running) -> str | None:
    """Return what ended a run from outside; None when it ended by itself and said why."""
    code = running.process.exitcode or 0
    if running.is_over_limit:
        return f"took longer than its limit of {running.job.seconds} s and was ended"
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return None if code == child.FAILED else f"ended with exit code {code}"
