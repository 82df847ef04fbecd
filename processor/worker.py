"""One thread that claims jobs and processes them.

A job that does not end in a report is

* given back, and the attempt does not count, when we stop or when the crash store, Postgres or the
  walker is unavailable: its own check has to fail, too, or the crash is to blame;
* failed for good, when the crash store does not have the crash, or has it damaged;
* failed and tried again, up to `attempts` times, after any unexpected error, when the walker was
  killed from outside (then with no other walk beside it), or when something was unavailable for
  this crash only: meanwhile others pass;
* left alone, when the lease ran out and another worker has the job.

When Postgres becomes unavailable after a crash was processed, saving waits for it.
One crash must never stop the others, whatever is wrong with its dump or its files.
"""

import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from processor import dump_times
from processor.bell import Bell
from processor.beta_versions import BetaVersions
from processor.child import Interrupted, check_machine
from processor.config import ProcessorConfig
from processor.leases import Leases
from processor.process import process, process_again
from processor.room import Crowded
from processor.ruleset import RULESETS
from processor.save import Saver, is_complete
from processor.stackwalk import STATUSES, Walk, WalkerMissing, Walks
from socorro import jobs, log, metrics
from socorro.crash import MAIN_DUMP, Processed, RawCrash
from socorro.crash_id import CrashId
from socorro.crashstore.interface import (
    CrashNotFound,
    CrashStore,
    DamagedCrash,
    StoreUnavailable,
)
from socorro.jobs import Job, LeaseLost
from socorro.jobs.interface import Queue
from socorro.postgres import Database, Unavailable
from socorro.rulesets import Ruleset
from socorro.service import NO_DESCRIPTORS_SECONDS, Backoff, Stop, no_descriptors, wait_out

STAGES = ("fetch", "walk", "rules", "save")
MOST_DUMPS = 10  # walked per crash, the main one among them
ALONE_SECONDS = 30.0  # of a walk for which all others wait
WALKER_KILLED = "the stack walker was killed, perhaps because memory was short"
KILLED_ALONE = "stack walker: killed again with no other walk beside it: memory is too short for it"
SAVE_TRIES = 3  # while Postgres answers otherwise


class Context(NamedTuple):
    """What all workers of a process share."""

    config: ProcessorConfig
    database: Database
    store: CrashStore
    walker: Walks
    saver: Saver
    betas: BetaVersions
    queue: Queue
    leases: Leases
    bell: Bell
    stop: Stop  # finish the current job, then end
    abort: threading.Event  # give back the current job, then end


class WalkerKilled(Exception):
    """The walker was killed from outside: by the kernel, when memory was short, or by somebody."""


class Outage(Exception):
    """Something that we need is unavailable; the text says what.

    A cheap *check* succeeds when it is back.
    """

    def __init__(self, what: str, check: Callable[[], None]) -> None:
        super().__init__(what)
        self.check = check


class NoDescriptors(Exception):
    """This process has no file descriptors left, which no crash is to blame for."""


class Worker:
    """Claims and processes jobs, under a name that no other worker has, until `stop`."""

    def __init__(
        self, context: Context, name: str, now: Callable[[], datetime] | None = None
    ) -> None:
        self._context, self._name = context, name
        self._now = now or (lambda: datetime.now(UTC))
        seconds = metrics.processor_stage_seconds
        self._stages = {stage: seconds.labels(stage).time() for stage in STAGES}

    def run(self) -> None:
        """Work until `stop` is set."""
        context, backoff = self._context, Backoff()
        while not context.stop:
            seen = context.bell.rings
            try:
                claimed = self._claim()
                self.process_jobs(claimed)
            except NoDescriptors:
                seconds = NO_DESCRIPTORS_SECONDS
                log.get().warning("no file descriptors left", again_in_seconds=seconds)
                context.stop.wait(seconds)
                continue
            except Outage as error:
                seconds = backoff.next()
                log.get().warning("waiting", unavailable=str(error), again_in_seconds=seconds)
                wait_out(context.stop, seconds, error.check)
                continue
            if claimed:
                backoff.reset()
            else:
                context.bell.wait(seen, context.config.poll_seconds)

    def process_jobs(self, claimed: Sequence[Job]) -> None:
        """Process claimed jobs; those for which there is no time are given back.

        Their leases are renewed meanwhile. Raises Outage when it makes sense to wait.
        """
        with self._context.leases.renewing(claimed):
            self._process_all(claimed)

    def _process_all(self, claimed: Sequence[Job]) -> None:
        waiting = list(claimed)
        late = time.monotonic() + self._context.config.lease_seconds / 2
        try:
            while waiting and not self._context.stop and time.monotonic() < late:
                self._handle(waiting.pop(0))
        finally:
            for job in waiting:
                self._give_back(job)

    def _claim(self) -> list[Job]:
        most, seconds = self._context.config.batch, self._context.leases.seconds
        try:
            return self._context.queue.claim(self._name, most, seconds)
        except Unavailable:
            raise Outage("Postgres", self._context.database.check) from None

    def _handle(self, job: Job) -> None:
        try:
            self._process(job)
        except LeaseLost:
            _count("lease_lost")
            log.get().warning("another worker has the job", crash_id=job.crash_id)
        except Interrupted:
            _count("stopped")
            self._give_back(job)
        except (StoreUnavailable, WalkerMissing, *Unavailable) as error:
            self._blame(job, error)
        except (WalkerKilled, Crowded):
            _count("walker_killed")
            log.get().warning("walker was killed", crash_id=job.crash_id, attempt=job.attempts)
            self._fail(job, WALKER_KILLED)
        except DamagedCrash as error:
            _count("damaged")
            log.get().warning("crash is damaged", crash_id=job.crash_id, reason=error.reason)
            self._fail(job, f"damaged: {error.reason}", for_good=True)
        except CrashNotFound:
            _count("not_found")
            self._fail(job, "CrashNotFound: the crash store has no such crash", for_good=True)
        except Exception as error:
            if no_descriptors(error):
                _count("outage")
                self._give_back(job)
                raise NoDescriptors from None
            _count("exception")
            log.get().error("failed", crash_id=job.crash_id, error=_error_text(error))
            self._fail(job, _error_text(error))

    def _blame(self, job: Job, error: Exception) -> None:
        """Wait for what is unavailable, or blame the crash: *error* may concern it alone.

        A real outage gives the job back and raises Outage. When what is said to be unavailable
        works otherwise, the attempt counts and the crash is put off.
        """
        kind = type(error).__name__
        if self._is_unavailable(error):
            _count("outage")
            self._give_back(job)
            raise Outage(kind, partial(self._check, error, is_frequent=True)) from None
        _count("unconfirmed")
        log.get().warning("unavailable for one crash", crash_id=job.crash_id, error=kind)
        self._fail(job, f"{kind}, for this crash only: others can be processed")

    def _is_unavailable(self, error: Exception) -> bool:
        """Return whether a check of what *error* blames fails, too."""
        try:
            self._check(error)
        except (StoreUnavailable, WalkerMissing, *Unavailable):
            return True
        return False

    def _check(self, error: Exception, is_frequent: bool = False) -> None:
        """Check what *error* blames; a frequent check starts no walker."""
        context = self._context
        if isinstance(error, StoreUnavailable):
            context.store.check()
        elif not isinstance(error, WalkerMissing):
            context.database.check()
        elif is_frequent:
            check_machine()
        else:
            context.walker.check()

    def _process(self, job: Job) -> None:
        begun, started = time.monotonic(), self._now()
        with self._stages["fetch"]:
            earlier = self._earlier_processed(job)
            raw, dumps = self._fetch(job.crash_id, with_dumps=earlier is None)
        if earlier and job.ruleset == Ruleset.STORED:
            self._restore(job, raw, earlier)
            return
        with self._stages["walk"]:
            walks = self._walk(job, dumps)
        with self._stages["rules"]:
            style = self._context.config.signature_style
            version = self._context.betas.of(raw)
            if earlier:
                processed = process_again(raw, earlier, job.ruleset, style, version)
            else:
                processed = process(raw, walks, style=style, feed_version=version)
        with self._stages["save"]:
            first = self._save(job, raw, processed, started)
        status = str(processed.get("mdsw_status_string"))
        metrics.processor_crashes.labels(status if status in STATUSES else "other").inc()
        if first:
            latency = (self._now() - raw.submitted).total_seconds()
            metrics.processor_latency_seconds.observe(max(0, latency))
        log.get().info(
            "crash processed",
            crash_id=job.crash_id,
            signature=processed["signature"],
            status=status,
            seconds=round(time.monotonic() - begun, 3),
        )

    def _fetch(self, crash_id: CrashId, with_dumps: bool) -> tuple[RawCrash, dict[str, bytes]]:
        if with_dumps:
            return self._context.store.get_crash(crash_id, _dumps_to_walk)
        return self._context.store.get_raw(crash_id), {}

    def _earlier_processed(self, job: Job) -> Processed | None:
        """Return the processed crash that a partial ruleset starts from, if there is one."""
        if job.ruleset not in RULESETS:
            raise LookupError("no such ruleset")
        if job.ruleset == Ruleset.DEFAULT:
            return None
        with suppress(CrashNotFound):
            earlier = self._context.store.get_processed(job.crash_id)
            if job.ruleset != Ruleset.STORED or is_complete(earlier):
                return earlier
        return None

    def _restore(self, job: Job, raw: RawCrash, processed: Processed) -> None:
        """Write the report of a crash that was processed before, as it was."""
        with self._stages["save"]:
            self._until_saved(lambda: self._context.saver.restore(job, raw, processed))
        status = str(processed.get("mdsw_status_string"))
        metrics.processor_crashes.labels(status if status in STATUSES else "other").inc()
        log.get().info("report restored", crash_id=job.crash_id, signature=processed["signature"])

    def _walk(self, job: Job, dumps: dict[str, bytes]) -> dict[str, Walk]:
        """Walk the dumps, the main one first; together they have half of the lease.

        Raises Crowded, and WalkerKilled, as a neighbour may have taken the memory; not for a walk
        that was alone because this happened before, nor at the last attempt.
        """
        until = time.monotonic() + self._context.config.lease_seconds / 2
        alone, walks = self._was_killed_before(job), {}
        for name, dump in dumps.items():
            seconds = max(0.0, until - time.monotonic())
            if alone:
                seconds = min(seconds, ALONE_SECONDS)
            walk = self._context.walker.walk(dump, seconds, self._context.abort, alone)
            if walk.was_killed and not alone and job.attempts < self._context.config.attempts:
                raise WalkerKilled
            if walk.was_killed and alone:
                walk = replace(walk, notes=(*walk.notes, KILLED_ALONE))
            walks[name] = replace(walk, times=dump_times.read(dump))
        return walks

    def _was_killed_before(self, job: Job) -> bool:
        """Return whether the last attempt ended because its walker was killed."""
        if job.attempts == 1:
            return False
        with self._context.database.statement() as db:
            status = jobs.find(db, job.crash_id)
        return status is not None and status.last_error == WALKER_KILLED

    def _save(self, job: Job, raw: RawCrash, processed: Processed, started: datetime) -> bool:
        return self._until_saved(
            lambda: self._context.saver.save(job, raw, processed, started, self._now())
        )

    def _until_saved(self, save: Callable[[], bool]) -> bool:
        """Save, and wait while Postgres is unavailable; not if it is for this crash only."""
        backoff, refused = Backoff(), 0
        while True:
            try:
                return save()
            except Unavailable as error:
                refused += not self._is_unavailable(error)
                if refused >= SAVE_TRIES:
                    raise
                seconds, kind = backoff.next(), type(error).__name__
                log.get().warning("cannot save", error=kind, again_in_seconds=seconds)
                wait_out(self._context.stop, seconds, self._context.database.check)
                if self._context.stop:
                    raise Interrupted from None

    def _give_back(self, job: Job) -> None:
        """Give the job back; when Postgres is unavailable, the end of the lease does so."""
        with suppress(LeaseLost, *Unavailable):
            self._context.queue.give_back(job)

    def _fail(self, job: Job, error: str, for_good: bool = False) -> None:
        most = self._context.config.attempts
        with suppress(LeaseLost, *Unavailable):
            self._context.queue.fail(job, error, most, for_good)


def _dumps_to_walk(names: Sequence[str]) -> Sequence[str]:
    """Return the names of the dumps to walk; the main one is shortest and sorts first."""
    return [name for name in names if name.startswith(MAIN_DUMP)][:MOST_DUMPS]


def _count(kind: str) -> None:
    metrics.processor_errors.labels(kind).inc()


def _error_text(error: BaseException) -> str:
    """Return class and place of an exception, but not its text, which may quote a user."""
    places = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(places[-1].filename).name}:{places[-1].lineno}" if places else ""
    return f"{type(error).__name__}{place}"
