"""What a fault works with: a running line, crashes to post, and a place for what it notices."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from math import inf
from pathlib import Path

import psycopg2

from tests.faults import places, processes
from tests.faults.crashes import GOOD_DUMP, Poster
from tests.faults.registry import Fault
from tests.faults.verdict import Measured, lost_ids
from tests.system.line import HTTP, Line

PATIENCE = 15.0  # seconds that are waited for a crash's report before it is called stalled
STALLED_SECONDS = 10.0  # that a row whose crashes stall is given to recover: it failed already
ANSWER_SECONDS = 10.0  # for pages, REST and commands
LOOK_SECONDS = 0.3


class Impossible(Exception):
    """The fault cannot be carried out; the text says why."""


class Trial:
    """One fault on one line. `post`, `good` and `claim` measure; leaving `with` undoes."""

    def __init__(self, line: Line, fault: Fault, posts: int, say: Callable[[str], None]) -> None:
        self.line, self.fault, self.posts, self.say = line, fault, posts, say
        self.undo = ExitStack()  # what is undone after everything was measured
        self.wrong: list[str] = []
        self.lost: set[str] = set()  # crashes that the fault itself saw to be lost
        self._poster = Poster(line.url("collector", "/submit"))
        self._stalls: list[float] = []
        self._over_at: float | None = None

    @property
    def home(self) -> Path:
        """SOCORRO_HOME of the line."""
        return self.line.home

    @property
    def answered(self) -> set[str]:
        """Every crash id that the collector gave."""
        return self._poster.answered

    # Crashes

    def post(self, count: int, seconds: float = 60) -> list[str]:
        """Post good crashes, each until it is answered; return their ids."""
        return self._poster.send_many(count, seconds)

    def posting(self, count: int, seconds: float = 120) -> AbstractContextManager[threading.Event]:
        """Post good crashes during a with block; its event is set when all are answered."""
        return self._poster.sending(count, seconds)

    def reconnect(self) -> None:
        """Post the next crashes over new connections: others than hostile clients hold."""
        self._poster.reconnect()

    def send(self, dump: bytes | None = None, seconds: float = 60, **annotations: str) -> str:
        """Post one crash until it is answered; return its id. Raises Impossible when it is not."""
        dump = GOOD_DUMP.read_bytes() if dump is None else dump
        crash_id = self._poster.send(dump, seconds, **annotations)
        if not crash_id:
            raise Impossible(f"the collector did not answer a post for {seconds:.0f} s")
        return crash_id

    def once(self, dump: bytes | None = None, **annotations: str) -> tuple[int, str]:
        """Post one crash, once; return status and id. Raises urllib3's HTTPError."""
        return self._poster.once(GOOD_DUMP.read_bytes() if dump is None else dump, **annotations)

    def good(self, seconds: float = PATIENCE) -> float:
        """Post a good crash and wait for its report: how long that took is what others stalled."""
        began = time.monotonic()
        crash_id = self._poster.send(GOOD_DUMP.read_bytes(), seconds)
        is_in = bool(crash_id) and self.wait(lambda: self.has_report(crash_id), seconds)
        stalled = time.monotonic() - began if is_in else inf
        self._stalls.append(stalled)
        return stalled

    def work_off(self) -> None:
        """Wait until what was posted is settled, as long as some of it is every now and then.

        A crash that is posted next would wait behind it: on a slow machine that is no stall.
        """
        left, deadline = len(self.answered) + 1, time.monotonic() + PATIENCE
        while left and time.monotonic() < deadline:
            before, left = left, len(self.answered - self._look(PATIENCE).settled)
            if left < before:
                deadline = time.monotonic() + PATIENCE
            time.sleep(LOOK_SECONDS)

    def has_report(self, crash_id: str) -> bool:
        """Say whether a crash has its report."""
        try:
            return crash_id in places.reports(self.home, [crash_id])
        except psycopg2.Error:
            return False

    def job(self, crash_id: str) -> places.Job | None:
        """Return the crash's job, if it has one."""
        return places.jobs(self.home, [crash_id]).get(crash_id)

    def job_state(self, crash_id: str) -> str:
        """Return the state of the crash's job, "" when it has none."""
        job = self.job(crash_id)
        return job.state if job else ""

    def job_count(self, state: str) -> int:
        """Return how many jobs are in a state."""
        rows = places.query(self.home, "SELECT count(*) FROM jobs WHERE state = %s", state)
        return int(rows[0][0])

    def archive(self, crash_id: str) -> Path:
        """Return the crash's file in the store, once it is there. Raises Impossible."""
        path = places.archive(self.home, crash_id)
        self.require(path.exists, "the crash store to have the crash")
        return path

    # Looking

    def wait(self, is_so: Callable[[], object], seconds: float = PATIENCE) -> bool:
        """Wait until something is so; say whether it became so in time."""
        deadline = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_SECONDS)
        return True

    def require(self, is_so: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        """Wait for what the trial cannot do without. Raises Impossible."""
        if not self.wait(is_so, seconds):
            raise Impossible(f"waited {seconds:.0f} s for {what}")

    def claim(self, holds: object, otherwise: str) -> None:
        """Note what is wrong unless it *holds*."""
        if not holds:
            self.wrong.append(otherwise)

    def health(self, service: str, seconds: float = 5.0) -> int:
        """Return the status of a heartbeat, 0 without an answer in time."""
        return processes.health(self.line, service, seconds)

    def get(self, service: str, path: str) -> tuple[int, str]:
        """Return status and body of a GET; 0 without an answer."""
        try:
            url = self.line.url(service, path)
            response = HTTP.request("GET", url, timeout=ANSWER_SECONDS, redirect=False)
            return response.status, response.data.decode("utf-8", "replace")
        except Exception as error:
            return 0, type(error).__name__

    def command(self, *words: str) -> tuple[int, str]:
        """Run the socorro command; return its exit code and all that it said."""
        done = self.line.socorro(*words)
        return done.returncode, done.stdout + done.stderr

    def ledger(self) -> dict[str, object]:
        """Return what `socorro status --json` says; empty when it breaks."""
        _, text = self.command("status", "--json")
        try:
            document = json.loads(text[text.index("{") :])
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}

    @contextmanager
    def standing_still(self, *services: str) -> Iterator[None]:
        """Let services stand still (SIGSTOP) for the length of a with block."""
        pids = [pid for service in services for pid in self.line.processes(service)]
        with processes.stopped(pids):
            yield

    # The end

    def over(self) -> None:
        """Say that the cause is gone: how long everything takes to recover counts from here."""
        self._over_at = time.monotonic()

    def measure(self) -> Measured:
        """Wait until every answered crash has come to its end, and return the figures."""
        began = self._over_at or time.monotonic()
        limit = self.fault.expectation.recover_seconds
        if inf in self._stalls:
            limit = min(limit, time.monotonic() - began + STALLED_SECONDS)
        deadline = max(began + limit, time.monotonic() + 2)
        last = self._look(60)
        while (unsettled := self.answered - last.settled) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
            last = self._look(max(1.0, deadline - time.monotonic()))
        seconds = inf if unsettled else time.monotonic() - began
        gone = lost_ids(self.answered, last.spool, last.quarantine, last.store, set(last.reports))
        lost = tuple(sorted({*gone, *self.lost}))
        return Measured(
            answered=len(self.answered),
            lost=lost,
            doubled=tuple(sorted(name for name, rows in last.reports.items() if rows > 1)),
            stalled=max(self._stalls) if self._stalls else None,
            recovered=seconds,
            unsettled=tuple(sorted(unsettled.difference(lost))),
            wrong=tuple(self.wrong),
        )

    def close(self) -> None:
        """Post nothing more and undo what was broken."""
        self._poster.close()
        self.undo.close()

    def _look(self, seconds: float) -> places.Places:
        return places.patiently(lambda: places.look(self.home, self.answered), seconds)
