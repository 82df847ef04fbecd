"""A real memcached, for tests."""

import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from cli.local import memcached
from cli.local.ports import free_ports


class Server:
    """A memcached that can be stopped, continued and killed."""

    def __init__(self, port: int) -> None:
        self.address = f"127.0.0.1:{port}"
        self._port = port
        self._start()

    def _start(self) -> None:
        user = pwd.getpwnam(memcached.USER).pw_uid if os.geteuid() == 0 else None
        self._process = subprocess.Popen(
            memcached.command(memcached.find(), self._port), user=user, cwd="/"
        )
        deadline = time.monotonic() + 20
        while not self._answers():
            assert self._process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def freeze(self) -> None:
        """Let it answer nothing, with its connections open."""
        self._process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        """Start it again, empty."""
        self.kill()
        self._start()

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), 1) as connection:
                connection.sendall(b"version\r\n")
                return connection.recv(100).startswith(b"VERSION")
        except OSError:
            return False


@contextmanager
def running() -> Iterator[Server]:
    """Run one for the length of a with block."""
    server = Server(free_ports(1)[0])
    try:
        yield server
    finally:
        server.kill()
