"""Gives up on a Postgres that hangs: for services whose threads answer people.

A server that stands still keeps its connections open and says nothing, and libpq waits for ever:
neither `statement_timeout` (the server's own) nor TCP's limits end that. So psycopg2 waits here,
and after PATIENCE_SECONDS of silence asks the server something for which it needs no session. A
server that answers is busy with our statement, and we go on waiting; else the statement raises
psycopg2.OperationalError and its connection is closed.

The function that waits is one for all connections of a process, Django's too. Such a process cannot
use COPY; services that have nobody waiting leave it, and go on when Postgres does.
"""

import select
import socket
import struct
from contextlib import suppress
from typing import Final

import psycopg2
from psycopg2 import extensions

PATIENCE_SECONDS: Final = 2.0  # of silence before we ask, and for the answer

_ARE_YOU_THERE: Final = struct.pack("!ii", 8, 80877103)  # SSLRequest: answered with one byte
_EVENTS: Final = {extensions.POLL_READ: select.POLLIN, extensions.POLL_WRITE: select.POLLOUT}


def give_up_on_silence() -> None:
    """Let all connections of this process give up on a server that hangs."""
    extensions.set_wait_callback(wait)


def wait(db: extensions.connection) -> None:
    """Wait until *db* has its answer, or is connected. Raises psycopg2.OperationalError."""
    while (state := db.poll()) != extensions.POLL_OK:
        poll = select.poll()
        poll.register(db.fileno(), _EVENTS[state])
        if not poll.poll(PATIENCE_SECONDS * 1000) and not _answers(db.info.host, db.info.port):
            raise psycopg2.OperationalError("Postgres does not answer")


def _answers(host: str, port: int) -> bool:
    with suppress(OSError), _connect(host, port) as server:
        server.sendall(_ARE_YOU_THERE)
        return bool(server.recv(1))
    return False


def _connect(host: str, port: int) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, port), PATIENCE_SECONDS)
    server = socket.socket(socket.AF_UNIX)
    try:
        server.settimeout(PATIENCE_SECONDS)
        server.connect(f"{host}/.s.PGSQL.{port}")
    except OSError:
        server.close()
        raise
    return server
