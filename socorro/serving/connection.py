"""One client's connection: what happens when bytes arrive, or can be sent, or time is over.

A connection belongs to the thread of the loop, except while the application works on its request
(SERVING). Then a worker sends the answer and, when all of it went out at once, makes the connection
READING again by itself: the loop need not be woken for each request.
"""

import os
import select
import socket
import threading
import time
from collections.abc import Callable
from enum import Enum, auto
from typing import Final, Protocol

from socorro import log
from socorro.postgres import Unavailable
from socorro.serving.answers import Answer, call, environ_of, refusal_answer
from socorro.serving.health import WsgiApp
from socorro.serving.http_request import Request, RequestReader
from socorro.serving.limits import BODY_START, Admits, Limits, OnRefusal, Refusal
from socorro.serving.pending import KEY, Pending
from socorro.serving.received_body import Budgets

LINGER_SECONDS = 10.0  # for which a refused client may go on sending
LINGER_BYTES = 2**26  # that it may send in this time
SEND_BYTES: Final = 2**20  # of a file at once, before other connections have their turn

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class State(Enum):
    """What a connection waits for."""

    READING = auto()  # the client: its next request, or the rest of one
    SERVING = auto()  # the application, or the decision about a large body
    SENDING = auto()  # the client, to read its answer
    LINGERING = auto()  # the client, to read a refusal while it still sends
    CLOSED = auto()


class Loop(Protocol):
    """What a connection needs of its server."""

    limits: Limits
    budgets: Budgets
    buffer: memoryview  # for whatever is received; used within one event only
    address: tuple[str, int]
    app: WsgiApp
    admits: Admits
    on_refusal: OnRefusal
    stopping: bool

    def watch(self, connection: "Connection", events: int) -> None:
        """Call `on_event` on these events of select.epoll, and on no others."""

    def submit(self, request: Request, job: Callable[[], None]) -> None:
        """Call *job* in a worker's thread."""

    def go_on(self, connection: "Connection") -> None:
        """Call `resume` in the loop's thread; safe to call from any."""

    def waits(self, connection: "Connection", *, for_client: bool) -> None:
        """Note whether the connection waits for its client, since now."""

    def forget(self, connection: "Connection") -> None:
        """Drop a connection that is closed."""


class Connection:
    """One connection, accepted just now."""

    def __init__(self, accepted: socket.socket, client: str, loop: Loop) -> None:
        self.client = client
        self.descriptor = accepted.fileno()
        self.state = State.READING
        self._socket, self._loop = accepted, loop
        self._reader = RequestReader(loop.limits, loop.budgets)
        self._since = time.monotonic()  # the stage of reading, or progress of sending
        self._stage: tuple[Request | None, bool] = (None, False)
        self._lock = threading.Lock()  # of the state, and of whether it is watched, while SERVING
        self._watched = True
        self._refusal: Refusal | None = None  # to be answered after all complete requests
        self._keep_alive = True
        self._out = memoryview(b"")
        self._answer = Answer(b"")
        self._offset, self._left = 0, 0  # of the answer's file
        self._dropped = 0  # bytes

    # In the loop's thread

    def on_event(self) -> None:
        """Handle what the socket is ready for."""
        if self.state is State.SENDING:
            self.resume()
        elif self.state is State.LINGERING:
            self._drop()
        elif self.state is State.READING or not self._unwatch():
            self._receive()

    def _unwatch(self) -> bool:
        """Stop watching while the application works; False when it is done just now."""
        with self._lock:
            if self.state is State.SERVING:
                self._loop.watch(self, 0)
                self._watched = False
            return self.state is State.SERVING

    def _receive(self) -> None:
        buffer = self._loop.buffer
        try:
            size = self._socket.recv_into(buffer)
        except BlockingIOError:
            return
        except OSError:
            size = 0
        if not size:
            self.close()
            return
        try:
            self._reader.feed(buffer[:size])
        except Refusal as refusal:
            self._refusal = refusal
        self._next()

    def _next(self) -> None:
        """Go on with the request that is due: serve it, ask whether it may come, or wait."""
        reader = self._reader
        request = reader.complete[0] if reader.complete else reader.current
        if request is not None and request.asks:
            self._serve(request, self._decide)
        elif reader.complete:
            self._serve(reader.complete.popleft(), self._respond)
        elif self._refusal is not None:
            self._refuse(self._refusal)
        else:
            if request is not None and request.expects and reader.head_complete:
                request.expects = False
                self._send_at_once(_CONTINUE)
            stage = (request, reader.head_complete)
            if stage != self._stage:
                self._since = time.monotonic()
                if self._stage[0] is not request:
                    self._loop.waits(self, for_client=True)
                self._stage = stage

    def _serve(self, request: Request, job: Callable[[Request], None]) -> None:
        self.state = State.SERVING
        self._loop.waits(self, for_client=False)
        self._loop.submit(request, lambda: self._run(job, request))

    def _refuse(self, refusal: Refusal) -> None:
        self._refusal = refusal
        answer = self._refused(refusal, self._reader.current)
        self._reader.close()
        self._prepare(answer, False)
        self.resume()

    def resume(self) -> None:
        """Go on where a worker, or the socket, stopped."""
        if self.state is State.CLOSED:
            return
        try:
            all_sent = self._send()
        except OSError:
            self.close()
            return
        if not all_sent:
            self._become(State.SENDING, select.EPOLLOUT)
            self._loop.waits(self, for_client=True)  # to read; it makes room as others do
            return
        self._answer.close()
        self._answer = Answer(b"")
        if not self._keep_alive:
            self._end()
            return
        self._become(State.READING, select.EPOLLIN)
        self._stage = (None, False)
        self._loop.waits(self, for_client=True)
        self._next()

    def _become(self, state: State, events: int) -> None:
        self.state = state
        self._loop.watch(self, events)
        self._watched = True

    def _end(self) -> None:
        """Close; after a refusal only when the client had time to read it.

        It may go on sending and read the answer only when it is done. Closing the connection while
        it sends would destroy the answer, so its bytes are read and dropped for a while.
        """
        if self._refusal is None:
            self.close()
            return
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:  # the client is gone
            self.close()
            return
        self._since = time.monotonic()
        self._become(State.LINGERING, select.EPOLLIN)

    def _drop(self) -> None:
        try:
            size = self._socket.recv_into(self._loop.buffer)
        except BlockingIOError:
            return
        except OSError:
            size = 0
        self._dropped += size
        age = time.monotonic() - self._since
        if not size or self._dropped > LINGER_BYTES or age > LINGER_SECONDS:
            self.close()

    def overdue(self, now: float) -> str:
        """Return what the client takes too long for, or nothing."""
        limits, age = self._loop.limits, now - self._since
        if self.state is State.SENDING:
            return "answer" if age > limits.answer_seconds else ""
        if self.state is State.LINGERING:
            return "refused" if age > LINGER_SECONDS else ""
        if self.state is not State.READING:
            return ""
        request, has_head = self._reader.current, self._reader.head_complete
        if request is None:
            return "idle" if age > limits.idle_seconds else ""
        if not has_head:
            return "head" if age > limits.head_seconds else ""
        due = (age - BODY_START) * limits.body_rate
        return "body" if age > limits.body_seconds or request.body.size < due else ""

    def is_idle(self) -> bool:
        """Say whether no request has begun."""
        return self.state is State.READING and self._reader.current is None

    def close(self) -> None:
        """Close the connection and give back all that it holds."""
        if self.state is State.CLOSED:
            return
        self.state = State.CLOSED
        self._loop.forget(self)
        self._socket.close()
        self._reader.close()
        self._answer.close()

    # In a worker's thread, or in one that settles what an answer waits for

    def _run(self, job: Callable[[Request], None], request: Request) -> None:
        try:
            job(request)
        except Exception:  # of ours; those of the application are answered
            log.get().exception("request failed")
            self._prepare(Answer(b""), False)
            self._loop.go_on(self)

    def _respond(self, request: Request) -> None:
        keep_alive = request.keep_alive and not self._loop.stopping
        pending = Pending()
        try:
            environ = environ_of(request, self.client, self._loop.address)
            environ[KEY] = pending
            again = dict(environ)
            answer = call(self._loop.app, environ, keep_alive, self._loop.on_refusal)
        except Refusal as refusal:
            answer = self._refused(refusal, request)
            keep_alive = False
        finally:
            request.body.close()
        if not pending.waits:
            self._deliver(answer, keep_alive)
            return

        def deliver(_request: Request) -> None:
            outcome = answer
            if pending.error is not None:
                answer.close()
                pending.waits = False
                outcome = call(self._loop.app, again, keep_alive, self._loop.on_refusal)
            self._deliver(outcome, keep_alive)

        pending.then(lambda: self._run(deliver, request))

    def _deliver(self, answer: Answer, keep_alive: bool) -> None:
        self._prepare(answer, keep_alive)
        all_sent = answer.file is not None and self._sent()
        with self._lock:
            # As soon as the client has its answer it may send the next request, and the loop looks
            # at this lock: it had rather wait for a send than stop watching and start again.
            all_sent = all_sent or (answer.file is None and self._sent())
            if all_sent and keep_alive and self._watched and not self._has_more():
                self._answer.close()
                self._answer = Answer(b"")
                self._since, self._stage = time.monotonic(), (None, False)
                self._loop.waits(self, for_client=True)
                self.state = State.READING
                return
        self._loop.go_on(self)

    def _sent(self) -> bool:
        try:
            return self._send()
        except OSError:
            return False  # the loop's thread sees it again, and closes

    def _has_more(self) -> bool:
        reader = self._reader
        return bool(reader.complete or reader.current or self._refusal or self._loop.stopping)

    def _decide(self, request: Request) -> None:
        """Decide whether a large body is read."""
        request.asks = False
        small = self._loop.limits.unidentified_body
        head = request.header_fields()
        path = head["PATH_INFO"]
        try:
            if small is not None and not self._loop.admits(head):
                request.body.limit = small
                if request.length is not None:
                    text = f"A body over {small} bytes needs a token with the permission to send it"
                    self._refusal = Refusal(403, text, path)
                elif request.body.size > small:
                    text = f"The body exceeds the limit of {small} bytes"
                    self._refusal = Refusal(413, text, path)
        except Unavailable:
            self._refusal = Refusal(503, "Database unavailable, try again later", path)
        if self._refusal is not None:
            self._reader.drop_complete()
        self._loop.go_on(self)

    # In either

    def _refused(self, refusal: Refusal, request: Request | None) -> Answer:
        """Return the answer to *request*, of which as much was read as there is."""
        if not refusal.path and request is not None and request.target:
            refusal.path = request.header_fields()["PATH_INFO"]
        return refusal_answer(refusal.status, self._loop.on_refusal(refusal))

    def _prepare(self, answer: Answer, keep_alive: bool) -> None:
        self._answer, self._keep_alive = answer, keep_alive
        self._out = memoryview(answer.data)
        self._left = answer.size
        self._offset = answer.file.tell() if answer.file else 0

    def _send(self) -> bool:
        """Send what the socket takes; say whether that was all. Raises OSError."""
        try:
            while self._out:
                self._out = self._out[self._socket.send(self._out) :]
            if self._left and self._answer.file:
                size = min(self._left, SEND_BYTES)
                source = self._answer.file.fileno()
                sent = os.sendfile(self._socket.fileno(), source, self._offset, size)
                if not sent:
                    raise OSError("the file has become shorter")
                self._offset += sent
                self._left -= sent
        except BlockingIOError:
            return False
        finally:
            self._since = time.monotonic()
        return not self._left

    def _send_at_once(self, data: bytes) -> None:
        try:
            self._socket.send(data)
        except OSError:  # whoever reads nothing gets no more either; the next event shows it
            return
