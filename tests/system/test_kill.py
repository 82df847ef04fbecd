"""Every process may be killed at any moment: no answered crash is lost, none is there twice."""

import itertools
import json
import os
import random
import signal
import threading
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg2
import pytest

from cli.submitter import Submission, Submitter, one_dump
from socorro.crash_id import CrashId, day_of, parse
from tests.builders import DUMPS
from tests.system.line import Line, running, wait_for

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]

CRASHES = 500
POSTED_TWICE = 5  # every fifth
KILLS_AT_LEAST = 25
AT_MOST = {"hbase": 2}  # it takes ten seconds and more to come back
SERVICES = ("collector", "crashmover", "monitor", "processor")
# Processors are killed far more often than one crash deserves to be given up for, and nobody
# wants to wait five minutes for a lease.
PATIENT = {
    "SOCORRO_PROCESSOR_LEASE_SECONDS": "10",
    "SOCORRO_PROCESSOR_WALK_SECONDS": "5",
    "SOCORRO_PROCESSOR_ATTEMPTS": "100",
    "SOCORRO_MONITOR_ATTEMPTS": "100",
}
REAL_DUMPS = sorted(DUMPS.glob("*/*.dmp"))


class Killer:
    """Sends kill -9 to a process of the line, again and again, until told to stop."""

    def __init__(self, line: Line, victims: tuple[str, ...], seed: int) -> None:
        self._line, self._victims, self._dice = line, victims, random.Random(seed)
        self._stop = threading.Event()
        self.killed: list[str] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Kill for the length of a with block, and until everybody had to die."""
        self._thread.start()
        yield
        wait_for(
            lambda: len(self.killed) >= KILLS_AT_LEAST and {*self.killed} == {*self._victims},
            240,
            "enough kills",
        )
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._dice.uniform(0.2, 1.5)):
            victim = self._dice.choice(self._victims)
            processes = self._processes(victim)
            if processes and self.killed.count(victim) < AT_MOST.get(victim, 1000):
                with suppress(ProcessLookupError):
                    os.kill(self._dice.choice(processes), signal.SIGKILL)
                    self.killed.append(victim)

    def _processes(self, victim: str) -> list[int]:
        if victim in SERVICES:
            return self._line.processes(victim)
        if victim == "postgres":
            port = ["-p", str(self._line.ports["postgres"])]
            return [pid for pid, words in _commands() if [*words[3:5]] == port]
        ours = str(self._line.home)  # a Java process has it in its class path
        return [pid for pid, words in _commands() if "-cp" in words and ours in " ".join(words)]


def _commands() -> Iterator[tuple[int, list[str]]]:
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            yield int(folder.name), (folder / "cmdline").read_text("ascii", "replace").split("\0")


def post(line: Line, count: int) -> dict[int, list[CrashId]]:
    """Post crashes as stubborn clients do; return the ids that were answered, by number."""
    submitter = Submitter(
        line.url("collector", "/submit"), 8, tries=200, wait=lambda s: time.sleep(min(s, 1))
    )
    dumps = itertools.islice(itertools.cycle(REAL_DUMPS), count)
    annotations = {"ProductName": "Firefox", "Version": "140.0a1", "ReleaseChannel": "nightly"}
    crashes = [
        one_dump(dump, annotations, as_json=number % 2 == 0, unique=True)
        for number, dump in enumerate(dumps)
    ]
    order = [number for number in range(count) for _ in range(1 + (number % POSTED_TWICE == 0))]
    random.Random(1).shuffle(order)

    def send(number: int) -> tuple[int, CrashId]:
        crash: Submission = crashes[number]
        answer = submitter.send(crash)
        assert answer.crash_id
        return number, parse(answer.crash_id)

    answered: dict[int, list[CrashId]] = {}
    with ThreadPoolExecutor(8) as pool:
        for number, crash_id in pool.map(send, order):
            answered.setdefault(number, []).append(crash_id)
    return answered


def reports(line: Line) -> list[CrashId]:
    settings = tomllib.loads((line.home / "running.toml").read_text())
    db = psycopg2.connect(settings["database"])
    with db, db.cursor() as cursor:
        cursor.execute("SELECT crash_id FROM reports")
        crash_ids = [row[0] for row in cursor.fetchall()]
    db.close()
    return crash_ids


def settled(line: Line) -> object:
    """The ledger, once nothing moves any more; None before, and while somebody is not up."""
    done = line.socorro("status", "--json")
    if not done.stdout:
        return None
    ledger = json.loads(done.stdout)
    moving = sum(
        day[place] for day in ledger["days"] for place in ("spooled", "waiting", "running")
    )
    return ledger if moving == 0 else None


@pytest.mark.parametrize("store", ["file", pytest.param("hbase", marks=pytest.mark.hbase)])
def test_kills_at_random_moments_lose_nothing_and_double_nothing(
    tmp_path_factory: pytest.TempPathFactory, store: str
) -> None:
    home = tmp_path_factory.mktemp(f"killed-{store}")
    victims = (*SERVICES, "postgres", *(["hbase"] if store == "hbase" else []))
    with running(home, STORE=store, **PATIENT) as line:
        submitter = Submitter(line.url("collector", "/submit"))
        first = submitter.send(one_dump(REAL_DUMPS[0], {"ReleaseChannel": "nightly"}))
        killer = Killer(line, victims, seed=20261123)

        with killer.at_work():
            answered = post(line, CRASHES)

        ledger = wait_for(lambda: settled(line), 240, "the last report")
        written = reports(line)

    for posts in answered.values():
        by_day = {day_of(crash_id): crash_id for crash_id in posts}
        assert {*posts} == {*by_day.values()}, "a re-post got another id"
    ids = {crash_id for posts in answered.values() for crash_id in posts}
    ids.add(parse(str(first.crash_id)))
    assert isinstance(ledger, dict)
    assert ledger["even"], ledger
    assert sum(day["accepted"] for day in ledger["days"]) == len(ids)
    assert sum(day["processed"] for day in ledger["days"]) == len(ids)
    assert sorted(written) == sorted(ids)
