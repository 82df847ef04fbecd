"""Fixtures of the processor's tests: real walkers, a real store, fake walkers for faults."""

import itertools
import os
import stat
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from processor.bell import Bell
from processor.beta_versions import BetaVersions
from processor.config import ProcessorConfig
from processor.leases import Leases
from processor.save import Saver
from processor.stackwalk import Walker
from processor.worker import Context, Worker
from socorro import jobs
from socorro.crash import MAIN_DUMP, RawCrash
from socorro.crashstore.filesystem import FilesystemStore
from socorro.jobs import Job
from socorro.jobs.postgres_queue import PostgresQueue
from socorro.postgres import Database
from socorro.service import Stop
from tests.builders import DUMPS, TEST_DUMP, make_crash

BIN = Path(__file__).parents[2] / ".parts/bin"
RUST = str(BIN / "minidump-stackwalk")
BREAKPAD = str(BIN / "minidump_stackwalk")
SYMBOLS = DUMPS / "symbols"


_NUMBERS = itertools.count(1)


def sleeper() -> str:
    """A command that only sleeps, and that no other process of this machine looks like."""
    return f"sleep 600.{os.getpid()}{next(_NUMBERS)}"


def running(command: str) -> list[psutil.Process]:
    """The processes of this command; walkers do not know their own numbers out here."""
    words = command.split()
    return [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == words]


def wait_until(is_so: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "never happened"
        time.sleep(0.02)


@pytest.fixture
def rust() -> Walker:
    return Walker(RUST, symbols=[SYMBOLS])


@pytest.fixture
def breakpad() -> Walker:
    return Walker(BREAKPAD, symbols=[SYMBOLS])


@pytest.fixture
def fake(tmp_path: Path) -> Callable[..., str]:
    """Write a walker that reports a version and otherwise runs the shell script *body*."""

    def write(body: str, version: str = "fake 1.0") -> str:
        path = tmp_path / "walker"
        script = f'#!/bin/sh\n[ "$1" = --version ] && echo "{version}" && exit 0\n{body}\n'
        path.write_text(script)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    return write


@pytest.fixture
def store(tmp_path: Path) -> FilesystemStore:
    return FilesystemStore.created(tmp_path / "crashes")


@pytest.fixture
def context(
    database: Database, as_role: Callable[[str], Database], store: FilesystemStore, rust: Walker
) -> Context:
    ours = as_role("processor")  # tests look into *database*, and change it, as superuser
    return Context(
        config=ProcessorConfig(batch=10),
        database=database,
        store=store,
        walker=rust,
        saver=Saver(store, ours),
        betas=BetaVersions(ours),
        queue=PostgresQueue(ours),
        leases=Leases(PostgresQueue(ours), 8, 600),
        bell=Bell(),
        stop=Stop(),
        abort=threading.Event(),
    )


@pytest.fixture
def submit(context: Context) -> Callable[..., RawCrash]:
    """Put a crash into the store and queue it; test.dmp by default."""

    def put(
        dumps: dict[str, bytes] | None = None, ruleset: str = "default", **more: object
    ) -> RawCrash:
        dumps = {MAIN_DUMP: TEST_DUMP.read_bytes()} if dumps is None else dumps
        raw = make_crash(dumps=dumps, **more)
        context.store.put_raw(raw, dumps)
        with context.database.transaction() as db:
            jobs.offer(db, [raw.crash_id], ruleset=ruleset)
        return raw

    return put


@pytest.fixture
def work(context: Context) -> Callable[..., list[Job]]:
    """Claim and process the waiting jobs as one worker; return the claimed jobs."""

    def once(context: Context = context, name: str = "me", lease: float = 60) -> list[Job]:
        with context.database.transaction() as db:
            claimed = jobs.claim(db, name, 10, lease)
        Worker(context, name, now=lambda: datetime(2026, 11, 23, 12, 1, tzinfo=UTC)).process_jobs(
            claimed
        )
        return claimed

    return once
