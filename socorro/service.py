"""What every service does the same way: stop on signals, fork workers, tell its health."""

import ctypes
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

from socorro import __version__, log, metrics

Check = Callable[[], None]  # raises when what it checks is not well
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_PR_SET_PDEATHSIG = 1
_RESPAWN_SECONDS = 1.0
_DRAIN_SECONDS = 25.0


class Stop:
    """Set by SIGTERM and SIGINT; loops wait on it instead of sleeping.

    A signal's handler runs in the middle of whatever the main thread does, a wait of ours among
    it, so it must not take a lock that it may hold already: not an Event's, but a SimpleQueue,
    whose put may interrupt its own get.
    """

    def __init__(self) -> None:
        self._asked = False
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()

    def on_signals(self) -> "Stop":
        """Take over SIGTERM and SIGINT of this process; call from the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.set())
        return self

    def set(self) -> None:
        """Ask everybody to end."""
        self._asked = True
        self._bell.put(None)

    def __bool__(self) -> bool:
        return self._asked

    def wait(self, seconds: float) -> bool:
        """Wait at most *seconds*; True when it is time to end."""
        try:
            self._bell.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return self._asked
        self._bell.put(None)  # for the next who waits
        return True


def waits(first: float = 1.0, most: float = 60.0) -> Iterable[float]:
    """Yield growing waits, in seconds, doubling from *first* to *most*, for ever."""
    seconds = first
    while True:
        yield seconds
        seconds = min(seconds * 2, most)


def die_with_parent() -> None:
    """End this process when its parent ends, however that ends (Linux, prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def run_workers(count: int, work: Callable[[int], None], stop: Stop) -> None:
    """Fork *count* processes that each run work(number); fork again what dies, until *stop*.

    On *stop* every worker gets SIGTERM and some seconds to end, then SIGKILL. Call before any
    thread or connection exists: forking duplicates neither.
    """
    running: dict[int, int] = {}  # pid -> number

    def start(number: int) -> None:
        pid = os.fork()
        if pid == 0:
            die_with_parent()
            try:
                work(number)
            except BaseException:
                log.get().exception("worker died", worker=number)
                os._exit(1)
            os._exit(0)
        running[pid] = number

    for number in range(count):
        start(number)
    while not stop.wait(0.2):
        for number in _reap(running):
            log.get().warning("worker ended; starting another", worker=number)
            stop.wait(_RESPAWN_SECONDS)
            if not stop:
                start(number)
    _end(running)


def _reap(running: dict[int, int]) -> list[int]:
    ended = []
    for pid in list(running):
        if os.waitpid(pid, os.WNOHANG)[0]:
            ended.append(running.pop(pid))
    return ended


def _end(running: dict[int, int]) -> None:
    deadline = time.monotonic() + _DRAIN_SECONDS
    for pid in running:
        os.kill(pid, signal.SIGTERM)
    while running and time.monotonic() < deadline:
        _reap(running)
        time.sleep(0.05)
    for pid in running:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def version() -> dict[str, str]:
    """Return what /__version__ says: version, commit and source of the running code."""
    baked = Path(__file__).with_name("version.json")  # written when a release is built
    if baked.is_file():
        found = json.loads(baked.read_text())
        return {str(key): str(value) for key, value in found.items()}
    asked = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return {"version": __version__, "commit": asked.stdout.strip(), "source": "", "build": ""}


def with_health(app: WsgiApp, checks: Mapping[str, Check]) -> WsgiApp:
    """Answer the four paths of every service in front of *app*.

    /__version__, /__lbheartbeat__ (the process answers), /__heartbeat__ (all *checks* pass, else
    503 and which failed), /metrics. Paths as in Mozilla's Dockerflow.
    """
    told = json.dumps(version()).encode()

    def heartbeat() -> tuple[str, str, bytes]:
        errors = []
        for name, check in checks.items():
            try:
                check()
            except Exception as why:
                log.get().warning("not healthy", check=name, error=str(why))
                errors.append({"name": name, "msg": type(why).__name__})
        status = "503 Service Unavailable" if errors else "200 OK"
        return status, "application/json", json.dumps({"errors": errors}).encode()

    answers: dict[str, Callable[[], tuple[str, str, bytes]]] = {
        "/__version__": lambda: ("200 OK", "application/json", told),
        "/__lbheartbeat__": lambda: ("200 OK", "text/plain", b""),
        "/__heartbeat__": heartbeat,
        "/metrics": lambda: ("200 OK", metrics.CONTENT_TYPE, metrics.exposition()),
    }

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = answers.get(environ.get("PATH_INFO", ""))
        if answer is None:
            return app(environ, start_response)
        status, kind, body = answer()
        start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    return wrapped


def not_found(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The application of a service that has nothing but its health to tell."""
    start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "10")])
    return [b"Not found\n"]


def serve_health(host: str, port: int, checks: Mapping[str, Check]) -> None:
    """Answer the health paths on *port* from a thread of their own, until the process ends."""
    server = create_server(with_health(not_found, checks), host=host, port=port, threads=2)
    threading.Thread(target=server.run, name="health", daemon=True).start()


def serve(
    app: WsgiApp,
    host: str,
    port: int,
    threads: int,
    *,
    max_body: int,
    behind_proxy: bool,
    channel: type[HTTPChannel] = HTTPChannel,
) -> None:
    """Serve *app* until SIGTERM or SIGINT; running requests are finished first.

    A body over *max_body* bytes is refused with 413 before the application sees it; *channel* may
    refuse more (`socorro.admission`). The application is shown X-Forwarded-For only when a proxy
    of ours writes it.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server = create_server(
        app,
        host=host,
        port=port,
        threads=threads,
        ident="socorro",  # web.py fails on a request that comes from a server without a name
        max_request_body_size=max_body + 1,  # waitress refuses what is as large, too
        clear_untrusted_proxy_headers=not behind_proxy,
    )
    # A name with several addresses has a server for each, in the map of the one that runs them.
    listening = getattr(server, "map", {}).values() or (server,)
    for each in (server, *listening):
        if isinstance(each, BaseWSGIServer):
            each.channel_class = channel
    server.run()
