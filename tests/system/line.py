"""The whole line, started as a user would: `socorro run`, in a home and on ports of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import urllib3

from cli.local.ports import free_ports

CHECKOUT = Path(__file__).parent.parent.parent
SERVICES = ("collector", "crashmover", "monitor", "processor", "cron", "middleware", "webapp")
ENGINES = ("postgres", "hbase", "hbase_zookeeper", "hbase_master", "hbase_region", "memcached",
           "elasticsearch", "rabbitmq")  # fmt: skip
HTTP = urllib3.PoolManager(retries=False, timeout=30)


@dataclass
class Line:
    """A running line: its home, its ports, its processes."""

    home: Path
    ports: dict[str, int]
    environment: dict[str, str]
    process: "subprocess.Popen[str]"
    output: list[str] = field(default_factory=list)

    def url(self, service: str, path: str = "") -> str:
        return f"http://127.0.0.1:{self.ports[service]}{path}"

    def socorro(self, *words: str, seconds: float = 300) -> "subprocess.CompletedProcess[str]":
        """Run the socorro command against this line."""
        return subprocess.run(
            [sys.executable, "-m", "cli.main", *words],
            env=self.environment, cwd=CHECKOUT, capture_output=True, text=True, check=False,
            timeout=seconds,
        )  # fmt: skip

    def status(self) -> dict[str, object]:
        """The ledger, as `socorro status --json` prints it."""
        done = self.socorro("status", "--json")
        ledger = json.loads(done.stdout)
        assert isinstance(ledger, dict)
        return ledger

    def processes(self, service: str) -> list[int]:
        """The process ids of a service of this line, workers among them."""
        ids = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
                environment = (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            ours = f"SOCORRO_HOME={self.home}".encode() in environment
            if ours and b"-m" in words and service.encode() in words:
                ids.append(int(folder.name))
        return ids

    def stop(self) -> int:
        """Ctrl-C; return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


@contextmanager
def running(home: Path, seconds: float = 280, **environment: str) -> Iterator[Line]:
    """Run the line for the length of a with block; it is up when the block begins."""
    names = (*SERVICES, *ENGINES)
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("SOCORRO_")},
        **{key: os.environ[key] for key in ("SOCORRO_PG_BINDIR",) if key in os.environ},
        **{f"SOCORRO_{name.upper()}_PORT": str(port) for name, port in ports.items()},
        "SOCORRO_HOME": str(home),
        **environment,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "run"],
        env=environment, cwd=CHECKOUT, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    line = Line(home, ports, environment, process)
    up = threading.Event()

    def listen() -> None:
        assert process.stdout
        with process.stdout:
            for text in process.stdout:
                line.output.append(text.rstrip())
                if line.url("webapp") in text:
                    up.set()
        process.wait()
        up.set()

    threading.Thread(target=listen, daemon=True).start()
    try:
        assert up.wait(seconds), _last(line, "not up in time")
        assert process.poll() is None, _last(line, "ended")
        yield line
    finally:
        if process.poll() is None:
            line.stop()
        _remove_postgres(home)


def _remove_postgres(home: Path) -> None:
    """Root's Postgres may lie outside of the home, where its user reaches it."""
    data = (home / "postgres").resolve()
    if home not in data.parents:
        shutil.rmtree(data.parent)


def _last(line: Line, what: str) -> str:
    return "\n".join([f"the line is {what}; its last words:", *line.output[-60:]])


def wait_for(condition: object, seconds: float = 60, what: str = "condition") -> object:
    """Ask until the answer is true; return it. For events of other processes."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.1)
    return answer
