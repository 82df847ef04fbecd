"""The HTTP server of all services: one thread that waits for all clients, some that answer them.

A request reaches a thread only when all of it has arrived, and a thread is done with its answer
when the last byte is made: slow clients cost a connection and what they have sent, nothing else.
At the limit, the connection that has waited longest for its client makes room for a new one.
"""

import contextlib
import errno
import os
import queue
import resource
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from socorro import log, metrics
from socorro.service import Stop
from socorro.serving import temporary_files
from socorro.serving.connection import Connection, State
from socorro.serving.health import PATHS, Check, WsgiApp, not_found, with_health
from socorro.serving.http_request import Request
from socorro.serving.limits import Admits, Limits, OnRefusal, plainly
from socorro.serving.rate_limit import network_of
from socorro.serving.received_body import Budgets

BACKLOG: Final = 4096
DESCRIPTORS: Final = 8192
RECEIVE: Final = 256 * 1024  # bytes at once
NO_DESCRIPTORS: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

_POLL_SECONDS = 0.25
_STOPPING_POLL_SECONDS = 0.02
_LAST_ANSWER_SECONDS = 5
_PAUSE_SECONDS = 1.0  # without descriptors


def everybody(_environ: Mapping[str, Any]) -> bool:
    """Admit every large body."""
    return True


def listen(host: str, port: int) -> list[socket.socket]:
    """Open a socket for each address of *host*. Raises OSError."""
    _raise_descriptor_limit()
    temporary_files.insist()
    addresses = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    opened = []
    for family, kind, protocol, _, address in dict.fromkeys(addresses):
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
        opened.append(listener)
    return opened


def _raise_descriptor_limit() -> None:
    """Have room for all connections and their files, as far as the machine allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < DESCRIPTORS:
        most = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class Server:
    """Serves *app* on sockets that it may share with other processes.

    *threads* answer requests at the same time, one more answers the health paths. Bodies over
    `limits.unidentified_body` are read when *admits* returns True, which is called in one of the
    threads with method, path and headers; a Postgres error in it is answered with 503.
    """

    def __init__(
        self,
        app: WsgiApp,
        listening: Sequence[socket.socket],
        limits: Limits,
        *,
        threads: int,
        service: str,
        admits: Admits = everybody,
        on_refusal: OnRefusal = plainly,
    ) -> None:
        self.app, self.limits, self.admits = app, limits, admits
        self.budgets = Budgets()
        self.buffer = memoryview(bytearray(RECEIVE))
        name = listening[0].getsockname()
        self.address = (str(name[0]), int(name[1]))
        self.stopping = False  # no new connections; those that are open get their answers
        self.ending = False  # only answers that are being made are still sent
        self.on_refusal = on_refusal
        self._service = service
        self._listening = {listener.fileno(): listener for listener in listening}
        self._connections: dict[int, Connection] = {}  # by file descriptor
        self._waiting: dict[Connection, None] = {}  # for their clients, the longest first
        self._of_address: dict[str, dict[Connection, None]] = {}
        self._resumed: deque[Connection] = deque()
        self._epoll = select.epoll()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._bell_lock = threading.Lock()
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._health_jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._workers = [self._worker(self._jobs) for _ in range(threads)]
        self._workers.append(self._worker(self._health_jobs))
        self._accept_from = 0.0  # monotonic; nothing is accepted before
        self._sweep_from = 0.0

    def serve(self, stop: Stop) -> None:
        """Serve until *stop*; then accept nobody, and finish the requests that have begun."""
        self._epoll.register(self._bell, select.EPOLLIN)
        self._accept(True)
        for worker in self._workers:
            worker.start()
        while not stop:
            self._round(_POLL_SECONDS)
        self._finish()

    def _round(self, seconds: float) -> None:
        for descriptor, _ in self._epoll.poll(seconds):
            connection = self._connections.get(descriptor)
            if connection is not None:
                self._guarded(connection, connection.on_event)
            elif descriptor in self._listening:
                self._take(self._listening[descriptor])
            else:
                with contextlib.suppress(BlockingIOError):
                    os.eventfd_read(self._bell)
        while self._resumed:
            connection = self._resumed.popleft()
            self._guarded(connection, connection.resume)
        now = time.monotonic()
        if now >= self._sweep_from:
            self._sweep_from = now + 1
            self._sweep(now)

    def _guarded(self, connection: Connection, job: Callable[[], None]) -> None:
        try:
            job()
        except Exception:  # one connection's error is not another's
            log.get().exception("connection failed")
            connection.close()

    # Connections come

    def _accept(self, on: bool) -> None:
        for descriptor in self._listening:
            if on:
                self._epoll.register(descriptor, select.EPOLLIN | select.EPOLLEXCLUSIVE)
            else:
                with contextlib.suppress(FileNotFoundError):  # off already
                    self._epoll.unregister(descriptor)

    def _take(self, listener: socket.socket) -> None:
        """Accept one connection; the next one may be another process's."""
        try:
            accepted, address = listener.accept()
        except OSError as error:
            if error.errno in NO_DESCRIPTORS:
                self._pause(error)
            return
        self._admit(accepted, address)

    def _admit(self, accepted: socket.socket, address: Sequence[object]) -> None:
        accepted.setblocking(False)
        if accepted.family != socket.AF_UNIX:
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._make_room(str(address[0]))
        connection = Connection(accepted, str(address[0]), self)
        self._connections[connection.descriptor] = connection
        self._of_address.setdefault(_network(connection.client), {})[connection] = None
        self._waiting[connection] = None
        self._epoll.register(connection.descriptor, select.EPOLLIN)

    def _pause(self, error: OSError) -> None:
        """Accept nothing for a second: each try would fail at once, thousands of times."""
        log.get().error("no connection accepted for a second", error=error.strerror)
        self._count("no descriptors")
        self._accept(False)
        self._accept_from = time.monotonic() + _PAUSE_SECONDS

    def _make_room(self, client: str) -> None:
        """Close the connection that has waited longest, of this address or of all."""
        most = self.limits.address_connections
        of_address = self._of_address.get(_network(client), {})
        if most and len(of_address) >= most and client not in self.limits.proxies:
            self._evict(next((one for one in of_address if one in self._waiting), None), "address")
        if len(self._connections) >= self.limits.connections:
            with contextlib.suppress(RuntimeError):  # a worker added one just now
                self._evict(next(iter(self._waiting), None), "full")

    def _evict(self, connection: Connection | None, reason: str) -> None:
        # One that a worker is about to hand back is served: it makes room another time.
        if connection is not None and connection.state is not State.SERVING:
            self._count(reason)
            connection.close()

    def _sweep(self, now: float) -> None:
        """Close connections whose client is too slow; once a second."""
        for connection in list(self._connections.values()):
            if reason := connection.overdue(now):
                self._count(reason)
                connection.close()
        if self._accept_from and now >= self._accept_from and not self.stopping:
            self._accept_from = 0.0
            self._accept(True)

    def _count(self, reason: str) -> None:
        metrics.connections_closed.labels(self._service, reason).inc()

    # The end

    def _finish(self) -> None:
        self.stopping = True
        deadline = time.monotonic() + self.limits.stop_seconds
        self._accept(False)  # others may have these sockets open, so closing is not enough
        for listener in self._listening.values():
            with contextlib.suppress(OSError):  # nobody waits, or no descriptor is left
                for _ in range(BACKLOG):  # whoever waits to be accepted would see a reset
                    self._admit(*listener.accept())
            listener.close()  # this process's copy; the others go on listening
        self._listening.clear()
        while self._connections and time.monotonic() < deadline:
            self._round(_STOPPING_POLL_SECONDS)
            for connection in [one for one in self._connections.values() if one.is_idle()]:
                connection.close()
        self.ending = True
        for _ in self._workers:
            self._jobs.put(None)
        self._health_jobs.put(None)
        self._send_last_answers(time.monotonic() + _LAST_ANSWER_SECONDS)
        for connection in list(self._connections.values()):
            connection.close()
        self._epoll.close()
        with self._bell_lock:
            os.close(self._bell)
            self._bell = -1

    def _send_last_answers(self, deadline: float) -> None:
        busy = (State.SERVING, State.SENDING)
        while time.monotonic() < deadline and any(
            connection.state in busy for connection in self._connections.values()
        ):
            self._round(_STOPPING_POLL_SECONDS)

    def open_connections(self) -> list[Connection]:
        """Return the connections that are open."""
        return list(self._connections.values())

    # For connections (`socorro.serving.connection.Loop`)

    def watch(self, connection: Connection, events: int) -> None:
        """Call its `on_event` on these events, and on no others; with 0, not even on errors."""
        descriptor = connection.descriptor
        with contextlib.suppress(FileNotFoundError):
            self._epoll.unregister(descriptor)
        if events:
            self._epoll.register(descriptor, events)

    def submit(self, request: Request, job: Callable[[], None]) -> None:
        """Call *job* in a thread; the health paths have one of their own."""
        is_health = request.target.partition(b"?")[0].decode("latin-1") in PATHS
        (self._health_jobs if is_health else self._jobs).put(job)

    def go_on(self, connection: Connection) -> None:
        """Call its `resume` in the loop's thread; safe to call from any."""
        self._resumed.append(connection)
        with self._bell_lock:
            if self._bell >= 0:  # else all is over, and the number may be another file's
                os.eventfd_write(self._bell, 1)

    def waits(self, connection: Connection, *, for_client: bool) -> None:
        """Note whether it waits for its client, since now; safe to call from any thread."""
        self._waiting.pop(connection, None)
        if for_client:
            self._waiting[connection] = None

    def forget(self, connection: Connection) -> None:
        """Drop a connection that is closed."""
        self.watch(connection, 0)
        self._waiting.pop(connection, None)
        self._connections.pop(connection.descriptor, None)
        network = _network(connection.client)
        of_address = self._of_address.get(network, {})
        of_address.pop(connection, None)
        if not of_address:
            self._of_address.pop(network, None)

    def _worker(self, jobs: "queue.SimpleQueue[Callable[[], None] | None]") -> threading.Thread:
        def work() -> None:
            while (job := jobs.get()) is not None:
                job()

        return threading.Thread(target=work, daemon=True)


@lru_cache(4096)
def _network(address: str) -> str:
    return network_of(address) or address


def serve(
    app: WsgiApp,
    host: str,
    port: int,
    *,
    limits: Limits,
    threads: int,
    service: str,
    admits: Admits = everybody,
    on_refusal: OnRefusal = plainly,
) -> None:
    """Serve *app* until SIGTERM or SIGINT; requests that have begun are finished first."""
    stop = Stop().on_signals()
    listening = listen(host, port)
    Server(
        app, listening, limits, threads=threads, service=service, admits=admits,
        on_refusal=on_refusal,
    ).serve(stop)  # fmt: skip


def serve_health(
    host: str,
    port: int,
    checks: Mapping[str, Check],
    service: str,
    facts: Mapping[str, object] | None = None,
    measure: Callable[[], None] | None = None,
) -> None:
    """Serve the health paths on *port* in a thread of its own, until the process ends."""
    app = with_health(not_found, checks, facts, measure)
    server = Server(app, listen(host, port), Limits(body=0), threads=1, service=service)
    threading.Thread(target=server.serve, args=(Stop(),), name="health", daemon=True).start()
