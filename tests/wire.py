"""A wire between a client and a server: a test can cut it, hold it, or lose answers on it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Wire:
    """Forwards connections to 127.0.0.1:*server_port*; `port` is what clients connect to."""

    def __init__(self, server_port: int) -> None:
        self.lose_answer_to: bytes | None = None  # to the next request that holds this
        self.lost = 0
        self._server_port = server_port
        self._flows = threading.Event()
        self._flows.set()
        self._ends: list[socket.socket] = []
        self._losing: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._run(self._accept)

    def cut(self) -> None:
        """Break all connections; new ones work."""
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nothing through for the length of a with block."""
        self._flows.clear()
        yield
        self._flows.set()

    def close(self) -> None:
        """Break everything and forget it."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._flows.set()
        self.cut()
        for thread in self._threads:
            thread.join()
        for end in (*self._ends, self._listener):
            end.close()

    def _run(self, work: object, *arguments: object) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
                self._ends += [client, server]
                self._run(self._requests, client, server)
                self._run(self._answers, client, server)

    def _requests(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                self._flows.wait()
                if self.lose_answer_to and self.lose_answer_to in data:
                    self.lose_answer_to = None
                    self._losing.add(server)
                server.sendall(data)
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _answers(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                self._flows.wait()
                if server in self._losing:
                    self.lost += 1
                    break
                client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
