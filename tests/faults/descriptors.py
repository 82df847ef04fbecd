"""A service has no file descriptors left: it waits quietly, and goes on."""

import os
import resource
import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from tests.faults.registry import fault
from tests.faults.trial import Trial

SPARE = 4  # descriptors left when the limit is set
CONNECTIONS = 300
SECONDS = 6.0
MOST_LINES = 20.0  # of log, per second
PORTS = ("collector", "middleware", "webapp", "crashmover", "processor")


def used(pid: int) -> int:
    """Return how many descriptors a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208


def _starve(trial: Trial, service: str) -> None:
    pids, limits = trial.line.processes(service), {}
    trial.post(min(5, trial.posts))
    with ExitStack() as stack:
        for pid in pids:
            limits[pid] = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            most = (used(pid) + SPARE, limits[pid][1])
            resource.prlimit(pid, resource.RLIMIT_NOFILE, most)
        address = ("127.0.0.1", trial.line.ports[service])
        for _ in range(CONNECTIONS):
            with suppress(OSError):
                stack.enter_context(socket.create_connection(address, 2))
        before, began = len(trial.line.output), time.monotonic()
        cpu = sum(map(_cpu, pids))
        time.sleep(SECONDS)
        seconds = time.monotonic() - began
        lines = (len(trial.line.output) - before) / seconds
        busy = (sum(map(_cpu, pids)) - cpu) / seconds
    for pid, limit in limits.items():
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)
    trial.say(f"    {lines:.0f} lines of log and {busy:.2f} s of processor time per second")
    trial.claim(lines <= MOST_LINES, f"{lines:.0f} lines of log per second")
    trial.claim(busy <= 0.5, f"{busy:.2f} s of processor time per second")
    trial.over()
    trial.good()
    trial.claim(trial.wait(lambda: trial.health(service) == 200), f"the {service} stays sick")


def _cpu(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


for _service in PORTS:

    def _act(trial: Trial, service: str = _service) -> None:
        _starve(trial, service)

    _act.__doc__ = f"The {_service} has no file descriptors left for a while."
    fault(f"descriptors-{_service}", quick=_service == "collector")(_act)
