"""One thread that claims jobs and sees each to its end.

What can become of a job, besides a report:

* given back, the attempt does not count: we stop; crash store, Postgres or walker are away;
* failed for good: the crash store has no such crash;
* failed, tried again up to `attempts` times: anything that nobody thought of;
* not ours any more: the lease ran out, somebody else has it. Nothing is written.

Postgres going away after the work was done only delays the saving of it.
"""

import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from processor.bell import Bell
from processor.child import Interrupted
from processor.config import ProcessorConfig
from processor.process import process, process_again
from processor.ruleset import RULESETS
from processor.save import Saver
from processor.stackwalk import STATUSES, Walk, WalkerMissing, Walks
from socorro import jobs, log, metrics
from socorro.crash import MAIN_DUMP, Processed, RawCrash
from socorro.crashstore.interface import CrashNotFound, CrashStore, StoreUnavailable
from socorro.jobs import Job, LeaseLost
from socorro.postgres import Database, Unavailable
from socorro.service import Stop, waits

STAGES = ("fetch", "walk", "rules", "save")
MOST_DUMPS = 10  # walked per crash, the main one among them


class Parts(NamedTuple):
    """What all workers of a process share."""

    config: ProcessorConfig
    database: Database
    store: CrashStore
    walker: Walks
    saver: Saver
    bell: Bell
    stop: Stop  # finish what you are at
    hurry: threading.Event  # give back what you are at


class Outage(Exception):
    """Something that we need is away; its text says what."""


class Worker:
    """Claims jobs under a name that no other worker has, until `stop`."""

    def __init__(self, parts: Parts, name: str, now: Callable[[], datetime] | None = None) -> None:
        self._parts, self._name = parts, name
        self._now = now or (lambda: datetime.now(UTC))
        seconds = metrics.processor_stage_seconds
        self._stages = {stage: seconds.labels(stage).time() for stage in STAGES}

    def run(self) -> None:
        """Work until told to stop."""
        parts, outage = self._parts, iter(waits())
        while not parts.stop:
            seen = parts.bell.rings
            try:
                claimed = self._claim()
                self.work_off(claimed)
            except Outage as why:
                seconds = next(outage)
                log.get().warning("waiting", away=str(why), again_in_seconds=seconds)
                parts.stop.wait(seconds)
                continue
            if claimed:
                outage = iter(waits())
            else:
                parts.bell.wait(seen, parts.config.poll_seconds)

    def work_off(self, claimed: Sequence[Job]) -> None:
        """See claimed jobs to their end; those that we do not come to are given back.

        Raises Outage when it is better to wait.
        """
        waiting = list(claimed)
        late = time.monotonic() + self._parts.config.lease_seconds / 2
        try:
            while waiting and not self._parts.stop and time.monotonic() < late:
                self._see_to(waiting.pop(0))
        finally:
            for job in waiting:
                self._give_back(job)

    def _claim(self) -> list[Job]:
        config = self._parts.config
        try:
            with self._parts.database.statement() as db:
                return jobs.claim(db, self._name, config.batch, config.lease_seconds)
        except Unavailable:
            raise Outage("Postgres") from None

    def _see_to(self, job: Job) -> None:
        try:
            self._one(job)
        except LeaseLost:
            _count("lease_lost")
            log.get().warning("somebody else has the job", crash_id=job.crash_id)
        except Interrupted:
            _count("stopped")
            self._give_back(job)
        except (StoreUnavailable, WalkerMissing, *Unavailable) as why:
            _count("outage")
            self._give_back(job)
            raise Outage(type(why).__name__) from None
        except CrashNotFound:
            _count("not_found")
            self._fail(job, "CrashNotFound: the crash store has no such crash", for_good=True)
        except Exception as why:
            _count("exception")
            log.get().error("failed", crash_id=job.crash_id, error=_where(why))
            self._fail(job, _where(why))

    def _one(self, job: Job) -> None:
        begun, started = time.monotonic(), self._now()
        with self._stages["fetch"]:
            earlier = self._earlier(job)
            choose = _none if earlier else _walked
            raw, dumps = self._parts.store.get_crash(job.crash_id, choose)
        with self._stages["walk"]:
            walks = self._walk(dumps)
        with self._stages["rules"]:
            style = self._parts.config.signature_style
            again = earlier and process_again(raw, earlier, job.ruleset, style)
            processed = again or process(raw, walks, style=style)
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

    def _earlier(self, job: Job) -> Processed | None:
        """Return the processed crash that a partial ruleset starts from, if there is one."""
        if job.ruleset not in RULESETS:
            raise LookupError("no such ruleset")
        if job.ruleset == "default":
            return None
        with suppress(CrashNotFound):
            return self._parts.store.get_processed(job.crash_id)
        return None

    def _walk(self, dumps: dict[str, bytes]) -> dict[str, Walk]:
        """Walk the dumps, the main one first; all of them have half the lease."""
        until = time.monotonic() + self._parts.config.lease_seconds / 2
        return {
            name: self._parts.walker.walk(
                dump, max(0.0, until - time.monotonic()), self._parts.hurry
            )
            for name, dump in dumps.items()
        }

    def _save(self, job: Job, raw: RawCrash, processed: Processed, started: datetime) -> bool:
        for seconds in waits():
            try:
                return self._parts.saver.save(job, raw, processed, started, self._now())
            except Unavailable as why:
                log.get().warning("cannot save", error=type(why).__name__, again_in_seconds=seconds)
                if self._parts.stop.wait(seconds):
                    break
        raise Interrupted

    def _give_back(self, job: Job) -> None:
        """Hand the job back; when Postgres is away, the end of the lease does that."""
        with suppress(LeaseLost, *Unavailable), self._parts.database.transaction() as db:
            jobs.give_back(db, job)

    def _fail(self, job: Job, error: str, for_good: bool = False) -> None:
        most = self._parts.config.attempts
        with suppress(LeaseLost, *Unavailable), self._parts.database.transaction() as db:
            jobs.fail(db, job, error, most, for_good)


def _walked(names: Sequence[str]) -> Sequence[str]:
    """Return which dumps are walked; the main one, whose name is shortest, sorts first."""
    return [name for name in names if name.startswith(MAIN_DUMP)][:MOST_DUMPS]


def _none(_names: Sequence[str]) -> Sequence[str]:
    return ()


def _count(kind: str) -> None:
    metrics.processor_errors.labels(kind).inc()


def _where(why: BaseException) -> str:
    """Return class and place of an exception; not its text, which may hold a user's."""
    places = traceback.extract_tb(why.__traceback__)
    place = f" at {Path(places[-1].filename).name}:{places[-1].lineno}" if places else ""
    return f"{type(why).__name__}{place}"
