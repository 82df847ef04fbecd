"""Starts what is due, each slot in a process of its own, and ends it at its time limit.

Any number of runners may work at once, on any machine: Postgres has what is due, and a run takes
its job's lock, so one of them does a slot and the others find it done. When a runner is killed,
Linux ends its runs; their slots are done again.
"""

import ctypes
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from multiprocessing.context import ForkProcess
from multiprocessing.sharedctypes import RawValue
from typing import Final

import psycopg2

from cron import child, state
from cron.config import CronConfig
from cron.job import Force, Job
from cron.period import Slot
from cron.schedule import Due, Progress, due, is_ahead, next_slot, waits_for
from socorro import log, metrics
from socorro.postgres import Connection, Database
from socorro.queries import cron as queries
from socorro.service import Stop

_POLL_SECONDS: Final = 0.05  # between checks of a running child, while something runs
_END_SECONDS: Final = 5.0
_RETRY_SECONDS: Final = 15.0  # after a run that did not even begin


@dataclass
class Running:
    """One run that has not ended yet."""

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
        self._last_heartbeat = RawValue(ctypes.c_double, time.monotonic())  # shared with forks

    @property
    def jobs_on(self) -> list[Job]:
        """The jobs of the table that are not off."""
        return [job for job in self._table if job.name not in self._off]

    @property
    def last_heartbeat(self) -> float:
        """When the runner last read what is due, monotonic; forked processes see it, too."""
        return float(self._last_heartbeat.value)

    def declare(self) -> None:
        """Write the table of jobs to Postgres, for those who only read there."""
        with self._database.transaction() as db:
            state.declare(db, self._table, self._config)

    def run_until(self, stop: Stop) -> None:
        """Start what is due, again and again, until *stop*. Raises Unavailable."""
        while not stop:
            self.collect()
            self.start_due()
            self._pause(stop, self._config.tick_seconds)

    def run_all(self, stop: Stop) -> None:
        """Run all that is due, also what becomes due by that. Raises Unavailable."""
        while not stop:
            self.collect()
            started = self.start_due()
            if not started and not self._running:
                return
            self._pause(stop, 0 if started else 0.2)

    def run_slot(self, job: Job, slot: Slot, stop: Stop, force: Force) -> str:
        """Run one slot now; return the outcome: done, failed, busy. Raises Unavailable."""
        self._start(job, slot, force)
        while self._running and not stop:
            self._pause(stop, 0.2)
            self.collect()
        return self.outcomes.get(job.name, "stopped")

    def start_due(self) -> int:
        """Start runs of what is due, as far as places are free; return how many."""
        with self._database.transaction() as db:
            now = state.now(db)
            rows = {row.job: row for row in queries.jobs(db)}
        progress = progress_of(rows)
        self._set_back(progress, now)
        self._note_waits(rows, progress, now)
        self._last_heartbeat.value = time.monotonic()
        started = 0
        for candidate in due(self._table, progress, now, self._off):
            if self._may_start(candidate.job, rows):
                started += self._start_or_skip(candidate)
        return started

    def collect(self) -> None:
        """Record runs that have ended, and end those that are over their limit."""
        for running in list(self._running.values()):
            if running.process.exitcode is not None:
                self._ended(running)
            elif time.monotonic() - running.began > running.job.seconds:
                running.is_over_limit = True
                running.kill(signal.SIGKILL)

    def end(self) -> None:
        """End all runs: that is no failure, their slots are done again."""
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

    def _may_start(self, job: Job, rows: Mapping[str, queries.CronJob]) -> bool:
        if job.name in self._running or not self._has_place(job):
            return False
        if time.monotonic() < self._not_before.get(job.name, 0):
            return False
        row = rows.get(job.name)
        return row is None or not row.is_locked  # else another runner runs it

    def _has_place(self, job: Job) -> bool:
        """Return whether one more run may start: a frequent job always may."""
        rare = [running for running in self._running.values() if _is_rare(running.job)]
        return not _is_rare(job) or len(rare) < self._config.at_once

    def _start_or_skip(self, candidate: Due) -> int:
        """Start a run and return 1; 0 when there is nothing to do."""
        job, slot = candidate.job, candidate.slot
        if candidate.passed_over:
            log.get().warning("slots passed over", job=job.name, slots=candidate.passed_over)
            with self._database.transaction() as db:
                state.pass_over(db, job, slot, candidate.passed_over, self._name(0))
        if job.has_work and not self._has_work(job, job.has_work, slot):
            return 0
        self._start(job, slot, Force.NONE)
        return 1

    def _has_work(self, job: Job, ask: Callable[[Connection], bool], slot: Slot) -> bool:
        """Return whether a job has anything to do; when not, record its slot as done."""
        try:
            with self._database.transaction() as db:
                if ask(db):
                    return True
                state.nothing_to_do(db, job, slot)
        except psycopg2.ProgrammingError:
            return True  # the run will fail with the same error, and record it
        return False

    def _start(self, job: Job, slot: Slot, force: Force) -> None:
        by = self._name(next(self._numbers))
        process = child.start(job, slot, by, force, self._config)
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
        self._not_before[job.name] = time.monotonic() + _RETRY_SECONDS
        cause = _cause_of_death(running)
        if cause is None:
            return  # the run has recorded its failure
        log.get().error("job killed", job=job.name, why=cause)
        with self._database.transaction() as db:
            kind = "TimeLimit" if running.is_over_limit else "Killed"
            state.fail(db, job, running.by, kind, cause, "killed")

    def _set_back(self, progress: dict[str, Progress], now: datetime) -> None:
        """After the clock was set back, let jobs that work through marks run by the new time."""
        for job in self._table:
            if job.has_work and is_ahead(job, progress[job.name], now):
                slot = job.period.latest(now)
                log.get().warning("the clock was set back", job=job.name)
                with self._database.transaction() as db:
                    state.set_back(db, job, slot)
                progress[job.name] = replace(progress[job.name], done_until=slot.start)

    def _note_waits(
        self, rows: Mapping[str, queries.CronJob], progress: Mapping[str, Progress], now: datetime
    ) -> None:
        """Record which job waits for which, where that has changed."""
        for job in self._table:
            slot = None if job.name in self._off else next_slot(job, progress[job.name], now)
            other = waits_for(self._table, slot, progress, now, self._off) if slot else ""
            if job.name in rows and rows[job.name].waits_for != other:
                with self._database.transaction() as db:
                    state.wait(db, job.name, other)

    def _pause(self, stop: Stop, seconds: float) -> None:
        """Wait; return early when a run ends."""
        deadline = time.monotonic() + seconds
        while not stop and (left := deadline - time.monotonic()) > 0:
            if any(running.process.exitcode is not None for running in self._running.values()):
                return
            stop.wait(min(left, _POLL_SECONDS) if self._running else left)

    def _name(self, number: int) -> str:
        return f"{socket.gethostname()}:{os.getpid()}:{number}"


def progress_of(rows: Mapping[str, queries.CronJob]) -> dict[str, Progress]:
    """Return the progress of jobs, which the schedule needs."""
    return {name: Progress(row.done_until, row.errors, row.next_try) for name, row in rows.items()}


def _is_rare(job: Job) -> bool:
    return job.period.length >= timedelta(hours=1)


def _cause_of_death(running: Running) -> str | None:
    """Return what ended a run from outside; None when it ended by itself and recorded why."""
    code = running.process.exitcode or 0
    if running.is_over_limit:
        return f"took longer than its limit of {running.job.seconds} s and was ended"
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return None if code == child.FAILED else f"ended with exit code {code}"
