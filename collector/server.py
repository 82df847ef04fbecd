"""The HTTP server of one worker: waitress, with a deadline for uploads and a graceful end.

waitress reads bodies in one thread and hands a request to a worker thread when it is complete, so
slow clients take memory (256 KiB, then a temporary file in TMPDIR) but no thread. It has no limit
on the time of a whole upload, and on shutdown it drops running requests: both are added here.
"""

import logging
import os
import socket
import time
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher
from waitress.utilities import RequestEntityTooLarge

from collector.config import CollectorConfig
from socorro import metrics
from socorro.service import Stop
from socorro.serving.health import WsgiApp
from socorro.serving.lingering import Lingering

BUFFER = 256 * 1024  # bytes of a body in memory; the rest in a temporary file
HEADERS = 32 * 1024  # bytes
ANSWER = 16 * 1024  # bytes of an answer that are collected before they are sent
MARGIN = 2**20  # bytes over the limit that are still read, so that the client reads the 413
BACKLOG = 1024

_POLL_SECONDS = 0.25
_LAST_ANSWER_SECONDS = 5


def listen(host: str, port: int) -> socket.socket:
    """Open the socket that all workers accept connections from."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((host, port))
    opened.listen(BACKLOG)
    # waitress warns whenever all threads are busy, in its own format.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    return opened


class StopListening(Stop):
    """Closes the parent's copy of the socket on shutdown; workers close theirs in `Server.serve`.

    So new clients are refused at once and turn to another collector, instead of waiting in a
    queue from which nobody accepts any more.
    """

    def __init__(self, listening: socket.socket) -> None:
        super().__init__()
        self._listening = listening
        self._parent = os.getpid()

    def set(self) -> None:
        """Stop, and stop listening."""
        super().set()
        if os.getpid() == self._parent:
            self._listening.close()


class _Request(HTTPRequestParser):
    """A request that remembers when it began."""

    def __init__(self, adjustments: Adjustments) -> None:
        super().__init__(adjustments)
        self.began = time.time()


class _Error(ErrorTask):
    """An error answer of waitress itself; counted like ours."""

    def execute(self) -> None:
        """Count and send."""
        too_large = isinstance(getattr(self.request, "error", None), RequestEntityTooLarge)
        metrics.collector_posts.labels("too_large" if too_large else "malformed").inc()
        super().execute()


class _Channel(Lingering):
    """One connection."""

    parser_class = _Request
    error_task_class = _Error

    def upload_seconds(self, now: float) -> float:
        """Return how long the current request has been arriving."""
        return now - self.request.began if isinstance(self.request, _Request) else 0.0

    def is_busy(self) -> bool:
        """Say whether a request is being received, served or answered."""
        return bool(self.request or self.requests or self.total_outbufs_len)


class Server(TcpWSGIServer):
    """Serves *app* on a socket that it shares with other processes."""

    channel_class = _Channel

    def __init__(self, app: WsgiApp, listening: socket.socket, config: CollectorConfig) -> None:
        adjustments = Adjustments(
            sockets=[listening],
            threads=config.threads,
            connection_limit=config.connections,
            channel_timeout=config.idle_seconds,
            cleanup_interval=5,
            recv_bytes=64 * 1024,
            inbuf_overflow=BUFFER,
            max_request_header_size=HEADERS,
            max_request_body_size=config.max_body + MARGIN,
            asyncore_use_poll=True,
            log_socket_errors=False,
            clear_untrusted_proxy_headers=False,  # the application decides whom it believes
            ident="socorro",  # web.py fails without one
        )
        # Head and body of an answer are sent together, by the thread that polls: half the system
        # calls, and no worker waits for them. (As an argument, waitress warns about it.)
        adjustments.send_bytes = ANSWER
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(config.threads)
        self._sockets: dict[int, Any] = {}  # what waitress polls, by file descriptor
        self._upload_seconds = config.upload_seconds
        self._stop_seconds = config.stop_seconds
        info = (listening.family, listening.type, listening.proto, listening.getsockname())
        super().__init__(
            app, self._sockets, True, listening, dispatcher=dispatcher, adj=adjustments,
            bind_socket=False, sockinfo=info,
        )  # fmt: skip

    def maintenance(self, now: int) -> None:
        """Close connections that are silent or too slow; waitress calls this every few seconds."""
        super().maintenance(now)
        for channel in self._channels():
            if channel.upload_seconds(now) > self._upload_seconds:
                channel.will_close = True

    def serve(self, stop: Stop) -> None:
        """Serve until *stop*; then accept no new requests and finish those that have begun."""
        while not stop:
            wasyncore.poll2(_POLL_SECONDS, self._sockets)
        self._stop_accepting()
        deadline = time.monotonic() + self._stop_seconds
        while self._finish_one_round() and time.monotonic() < deadline:
            pass
        self.task_dispatcher.shutdown(timeout=_LAST_ANSWER_SECONDS)
        wasyncore.poll2(0, self._sockets)  # sends the last answers

    def _stop_accepting(self) -> None:
        self.accepting = False
        self.del_channel()
        if self.socket:
            self.socket.close()  # this process's copy; the others go on listening

    def _finish_one_round(self) -> bool:
        wasyncore.poll2(_POLL_SECONDS, self._sockets)
        for channel in self._channels():
            channel.will_close = channel.will_close or not channel.is_busy()
        return bool(self._channels())

    def _channels(self) -> list[_Channel]:
        return [item for item in self._sockets.values() if isinstance(item, _Channel)]
