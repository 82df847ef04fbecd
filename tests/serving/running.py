"""A server of the tests: in a thread, on a free port, for the length of a with block."""

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from socorro.service import Stop
from socorro.serving.health import WsgiApp
from socorro.serving.limits import Limits
from socorro.serving.server import Server, listen

SERVICE = "test"


@contextmanager
def running(app: WsgiApp, limits: Limits | None = None, **options: Any) -> Iterator[Server]:
    """Serve *app*; connections that are still open at the end are closed."""
    limits = limits or Limits(body=2**20)
    options = {"threads": 4, "service": SERVICE, **options}
    server = Server(app, listen("127.0.0.1", 0), limits._replace(stop_seconds=1), **options)
    stop = Stop()
    thread = threading.Thread(target=server.serve, args=(stop,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def connect(server: Server) -> socket.socket:
    return socket.create_connection(server.address, 30)


def all_of(connection: socket.socket) -> bytes:
    """Everything that the server sends until it closes."""
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def exchange(server: Server, sent: bytes) -> bytes:
    """Send all, then read until the server closes."""
    with connect(server) as connection:
        connection.sendall(sent)
        return all_of(connection)


def status_of(server: Server, path: str = "/", **headers: str) -> int:
    """Ask over a connection of its own."""
    connection = http.client.HTTPConnection(*server.address, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()
