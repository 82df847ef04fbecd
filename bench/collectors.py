"""Collectors to measure: of this checkout, of another one, or of a commit."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from socorro.service import die_with_parent
from socorro.spool.group_commit import SyncFilesystem
from socorro.spool.spool import Spool

CHECKOUT = Path(__file__).parent.parent
WORKERS = 2
START_SECONDS = 30.0


class Source(NamedTuple):
    """A collector's code."""

    name: str
    checkout: Path


@contextlib.contextmanager
def reference(text: str) -> Iterator[Source]:
    """Provide the code of *text* for the length of a with block: a checkout's folder, or a commit.

    A commit is checked out as a worktree in a temporary folder. Raises SystemExit.
    """
    if Path(text).is_dir():
        yield Source(_commit(Path(text), "HEAD"), Path(text).resolve())
        return
    name = _commit(CHECKOUT, text)
    with tempfile.TemporaryDirectory(prefix="bench-collector-") as scratch:
        place = Path(scratch) / "checkout"
        try:
            _git(CHECKOUT, "worktree", "add", "--quiet", "--detach", str(place), text)
            yield Source(name, place)
        finally:
            _git(CHECKOUT, "worktree", "remove", "--force", str(place), check=False)


def _commit(checkout: Path, text: str) -> str:
    return _git(checkout, "log", "-1", "--format=%h %s", text)


def _git(checkout: Path, *words: str, check: bool = True) -> str:
    command = ["git", "-C", str(checkout), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise SystemExit(f"bench: {done.stderr.strip()}")
    return done.stdout.strip()


class Collector:
    """A collector with a home of its own in *folder*, for a with block."""

    def __init__(self, source: Source, folder: Path, durable: bool) -> None:
        self.source = source
        self.home = Path(tempfile.mkdtemp(dir=folder))
        (self.home / "secret").write_bytes(os.urandom(32).hex().encode())
        Spool.created(self.home / "spool")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._settings = {
            "PYTHONPATH": str(source.checkout),
            "SOCORRO_HOME": str(self.home),
            "SOCORRO_LOG_LEVEL": "warning",
            "SOCORRO_COLLECTOR_DURABLE": str(durable),
            "SOCORRO_COLLECTOR_PORT": str(self.port),
            "SOCORRO_COLLECTOR_RESERVE": "0",
            "SOCORRO_COLLECTOR_SECRET_FILE": str(self.home / "secret"),
            "SOCORRO_COLLECTOR_WORKERS": str(WORKERS),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Collector":
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "collector"],
                cwd=self.source.checkout,
                env={**os.environ, **self._settings},
                preexec_fn=die_with_parent,
            )
            self._wait(self._process)
        except BaseException:
            self._end()  # now, not some time after its checkout was removed
            raise
        return self

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"bench: {self.source.name} does not start") from None
                time.sleep(0.05)
            else:
                return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def empty_spool(self) -> None:
        """Remove what was accepted, and wait until the disk has nothing more to do."""
        for minute in (self.home / "spool/ready").iterdir():
            shutil.rmtree(minute)
        sync = SyncFilesystem(self.home / "spool")
        sync.mounted()
        sync.batch([])

    def processor_seconds(self) -> float:
        """Return the processor time of all workers so far."""
        ticks = 0
        for pid in self._workers():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Return the resident size of the largest worker, in MiB."""
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self._workers()]
        return max(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def _workers(self) -> list[str]:
        if self._process is None:
            return []
        pid = self._process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
