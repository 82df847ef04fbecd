"""Half-sent requests that hold connections: others are answered all the same."""

import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.faults import processes
from tests.faults.registry import fault
from tests.faults.trial import Trial
from tests.system.line import SERVICES

COLLECTOR_HELD, OTHERS_HELD = 2100, 150
HELD_SECONDS = 15.0
WITHIN = 2.0  # seconds for health, and for a good post
HEAD = b"POST /submit HTTP/1.1\r\nHost: here\r\nContent-Type: multipart/form-data; boundary=x\r\n"
BODY = HEAD + b"Content-Length: 100000\r\n\r\n--x\r\n"
CRUMB_SECONDS = 5.0


@contextmanager
def held(port: int, count: int, start: bytes) -> Iterator[list[socket.socket]]:
    """Hold *count* connections on which only *start* was sent; a byte follows now and then."""
    descriptors = count + 500
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < descriptors:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(descriptors, hard), hard))
    sockets: list[socket.socket] = []
    stop = threading.Event()

    def crumbs() -> None:
        while not stop.wait(CRUMB_SECONDS):
            for connection in sockets:
                with suppress(OSError):
                    connection.send(b"a")

    for _ in range(count):
        with suppress(OSError):
            connection = socket.create_connection(("127.0.0.1", port), 2)
            connection.setblocking(False)
            sockets.append(connection)
            with suppress(OSError):
                connection.send(start)
    thread = threading.Thread(target=crumbs, daemon=True)
    thread.start()
    try:
        yield sockets
    finally:
        stop.set()
        thread.join()
        for connection in sockets:
            connection.close()


def watch(trial: Trial, service: str, seconds: float = HELD_SECONDS) -> None:
    """Ask for health, and post, for some seconds: each must be answered in time."""
    slow, questions, deadline = 0, 0, time.monotonic() + seconds
    while time.monotonic() < deadline:
        questions += 1
        slow += trial.health(service, WITHIN) != 200
        time.sleep(0.5)
    trial.claim(
        not slow, f"{slow} of {questions} heartbeats of the {service} were not 200 within 2 s"
    )
    if service == "collector":
        trial.reconnect()
        posted = trial.post(1, WITHIN)
        trial.claim(posted, "a good post had no answer within 2 s")


def _hold(trial: Trial, service: str, count: int, start: bytes) -> None:
    trial.post(min(5, trial.posts))
    with held(trial.line.ports[service], count, start) as sockets:
        trial.say(f"    {len(sockets)} connections are held")
        watch(trial, service)
        trial.reconnect()
        trial.good()
    trial.over()
    sick = processes.wait_until_up(trial.line)
    trial.claim(not sick, f"not healthy again: {', '.join(sick)}")
    trial.good()


def _declare(service: str, what: str, start: bytes, quick: bool) -> None:
    count = COLLECTOR_HELD if service == "collector" else OTHERS_HELD

    def act(trial: Trial) -> None:
        _hold(trial, service, count, start)

    act.__doc__ = f"{count:,} connections with a half-sent {what} on the {service}'s port."
    fault(f"half-{what}-{service}", quick=quick)(act)


_declare("collector", "body", BODY, quick=False)
for _service in SERVICES:
    _declare(_service, "head", HEAD, quick=_service == "collector")
