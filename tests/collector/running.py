"""The collector as a process: `python -m collector`, in a home and on a port of its own."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cli.local.postgres import free_port
from socorro.crash_id import CrashId
from socorro.spool.spool import Spool
from tests.collector.forms import FORM

CHECKOUT = Path(__file__).parent.parent.parent
SECRET = b"secret of the tests"


@dataclass
class Running:
    """A running collector."""

    home: Path
    port: int
    process: "subprocess.Popen[str]"
    output: list[str] = field(default_factory=list)
    up: threading.Event = field(default_factory=threading.Event)

    @property
    def spool(self) -> Spool:
        return Spool(self.home / "spool", durable=False, reserve=0)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 30)

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def post(self, body: bytes, **headers: str) -> tuple[int, str]:
        return self.request("POST", "/submit", body, **{"Content_Type": FORM, **headers})

    def crash(self, body: bytes, **headers: str) -> CrashId:
        status, text = self.post(body, **headers)
        assert (status, text[:11]) == (200, "CrashID=bp-"), text
        return CrashId(text[11:-1])

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def kill(self) -> None:
        """End all its processes at once, as when the power fails."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)

    def listen(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.output.append(line.rstrip())
            if '"listening"' in line:
                self.up.set()
        self.up.set()


@contextmanager
def running(home: Path, before: tuple[str, ...] = (), **settings: object) -> Iterator[Running]:
    """Run a collector for the length of a with block; *before* goes before its command."""
    (home / "secret").write_bytes(SECRET)
    if "spool" not in settings:
        Spool.created(home / "spool", durable=False)
    port = free_port()
    values = {"port": port, "secret_file": home / "secret", "rules": "accept_all", "reserve": 0}
    names = {f"SOCORRO_COLLECTOR_{name.upper()}": str(value) for name, value in values.items()}
    names |= {f"SOCORRO_COLLECTOR_{name.upper()}": str(value) for name, value in settings.items()}
    inherited = {name: value for name, value in os.environ.items() if "SOCORRO" not in name}
    process = subprocess.Popen(
        [*before, sys.executable, "-m", "collector"],
        env={**inherited, **names, "SOCORRO_HOME": str(home)},
        cwd=CHECKOUT, text=True, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    collector = Running(home, port, process)
    reader = threading.Thread(target=collector.listen, daemon=True)
    reader.start()
    try:
        assert collector.up.wait(60)
        if not any('"listening"' in line for line in collector.output):
            process.wait(60)
            raise AssertionError("\n".join(collector.output))
        yield collector
    finally:
        if process.poll() is None:
            collector.stop()
        reader.join(30)
        assert process.stderr
        process.stderr.close()
