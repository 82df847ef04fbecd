"""The processes of a line: found, killed, made to stand still, started again, ended for good."""

import os
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import urllib3

from tests.system.line import SERVICES, Line

UP_SECONDS = 60.0
WALK_HOST = "processor.confined.host"  # in its command line


def parents() -> dict[int, int]:
    """Return the parent of every process of this machine."""
    parent_ids = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            stat = (folder / "stat").read_text(errors="replace")
            parent_ids[int(folder.name)] = int(stat.rpartition(") ")[2].split()[1])
    return parent_ids


def words(pid: int) -> list[str]:
    """Return a process's command line; nothing when it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    return []


def children(pids: Iterable[int]) -> list[int]:
    """Return the direct children of *pids*."""
    above = set(pids)
    return [pid for pid, parent in parents().items() if parent in above]


def family(pid: int) -> list[int]:
    """Return *pid* and everything below it."""
    pids, last = [pid], [pid]
    while last := children(last):
        pids += last
    return pids


def main_process(line: Line, service: str) -> int | None:
    """Return the process of a service that supervisor started; None while there is none."""
    pids, above = line.processes(service), parents()
    heads = [pid for pid in pids if above.get(pid) not in pids]
    return heads[0] if heads else None


def postgres(line: Line) -> list[int]:
    """Return the line's Postgres: the server first, then what it started."""
    port = str(line.ports["postgres"])
    for pid in parents():
        command = words(pid)
        if Path(command[0] if command else "").name == "postgres" and port in command:
            return family(pid)
    return []


def walkers(line: Line) -> list[int]:
    """Return the walkers that are under way; between walks, their hosts."""
    workers = line.processes("processor")
    below = {pid for worker in workers for pid in family(worker)}.difference(workers)
    walks = [pid for pid in below if WALK_HOST not in " ".join(words(pid))]
    return sorted(walks or below)


def send(number: int, pids: Iterable[int]) -> None:
    """Send a signal to processes that may be gone."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@contextmanager
def stopped(pids: Sequence[int]) -> Iterator[None]:
    """Let processes stand still (SIGSTOP) for the length of a with block."""
    try:
        send(signal.SIGSTOP, pids)
        yield
    finally:
        send(signal.SIGCONT, pids)


def restart(line: Line, services: Sequence[str] = SERVICES, *, wait: bool = True) -> None:
    """End services as supervisor's stop would, and wait until they are started again.

    Waits for the new processes, not for their health: what they need may be away.
    """
    before = {service: main_process(line, service) for service in services}
    send(signal.SIGTERM, [pid for pid in before.values() if pid])
    deadline = time.monotonic() + UP_SECONDS
    while wait and time.monotonic() < deadline:
        now = {service: main_process(line, service) for service in services}
        if all(pid and pid != before[service] for service, pid in now.items()):
            return
        time.sleep(0.2)


def health(line: Line, service: str, seconds: float = 5.0) -> int:
    """Return the status of a service's heartbeat; 0 when there is no answer in time.

    Each is asked for on a new connection, as a load balancer does.
    """
    url = line.url(service, "/__heartbeat__")
    with urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=seconds)) as http:
        try:
            return http.request("GET", url).status
        except urllib3.exceptions.HTTPError:
            return 0


def is_up(line: Line) -> bool:
    """Say whether the line runs and every service is healthy."""
    return line.process.poll() is None and all(health(line, name) == 200 for name in SERVICES)


def wait_until_up(line: Line, seconds: float = UP_SECONDS) -> list[str]:
    """Wait until every service is healthy; return those that are not, when the wait is over."""
    deadline = time.monotonic() + seconds
    while sick := [name for name in SERVICES if health(line, name) != 200]:
        if time.monotonic() > deadline:
            return sick
        time.sleep(0.3)
    return []


def belonging_to(folder: Path) -> list[int]:
    """Return every process that has *folder* in its environment or its command line."""
    name, ours = str(folder).encode(), []
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if int(path.name) != os.getpid() and (
                name in (path / "cmdline").read_bytes() or name in (path / "environ").read_bytes()
            ):
                ours.append(int(path.name))
    return ours


def end_all(folder: Path) -> list[int]:
    """Kill what is left of a line that lived below *folder*; return what there was.

    The folder's name is random: nobody else has it in an environment or a command line.
    """
    pids = belonging_to(folder)
    send(signal.SIGCONT, pids)
    send(signal.SIGKILL, pids)
    return pids
