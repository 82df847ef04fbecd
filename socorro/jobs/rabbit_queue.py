"""The queue with a broker: RabbitMQ says which crash is next, and its row is claimed by its id.

One thread of the process listens (pika's connections belong to one thread; it also answers
heartbeats while crashes are processed). It keeps a few messages at hand, from which workers claim.
A message is acknowledged when its worker comes for the next one: so each holds only what it works
on, and the messages of a process that dies go to others. Its row is still leased to the dead one:
who gets the message then drops it, and the row is published again when the lease has run out.
A message whose row does not wait (it came twice, or somebody else was faster) is dropped as well.

While the broker is unavailable, workers finish what they have; their rows hold it for them.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from pika.exceptions import AMQPError

from socorro import crash_id, log
from socorro.jobs import broker
from socorro.jobs.address import Address
from socorro.jobs.broker import LEVELS, Level
from socorro.jobs.interface import BrokerUnavailable
from socorro.jobs.postgres import Job, JobState
from socorro.jobs.postgres_queue import PostgresQueue
from socorro.postgres import Database, load_sql, rows
from socorro.service import Backoff, Stop

SQL = load_sql(__file__)

IDLE_SECONDS: Final = 10.0  # so long a message waits for a worker of this process, then for any
LONGEST_WAIT: Final = 5.0  # seconds between tries to reach the broker
_POLL_SECONDS: Final = 0.25


class _Message(NamedTuple):
    """A crash's id, and where to acknowledge it."""

    session: Any  # a pika channel
    tag: int
    crash_id: str
    received: float


class RabbitQueue:
    """A Queue whose jobs are handed out by RabbitMQ."""

    def __init__(self, database: Database, where: Address, at_hand: int) -> None:
        """*at_hand* is how many messages of each level this process has at most."""
        self._rows = PostgresQueue(database)
        self._database, self._where, self._at_hand = database, where, at_hand
        self._lock = threading.Lock()
        self._session: Any = None
        self._messages: dict[Level, deque[_Message]] = {level: deque() for level in LEVELS}
        self._held: dict[str, list[_Message]] = {}  # by holder

    def claim(self, holder: str, most: int, lease_seconds: float) -> list[Job]:
        """Lease up to *most* jobs whose messages are here; what *holder* had is over."""
        self._acknowledge(self._held.pop(holder, []))
        while messages := self._take(most):
            try:
                claimed = self._claim(holder, messages, lease_seconds)
            except BaseException:
                self._put_back(messages)
                raise
            ids = {job.crash_id for job in claimed}
            self._held[holder] = [one for one in messages if one.crash_id in ids]
            self._acknowledge([one for one in messages if one.crash_id not in ids])
            if claimed:
                return claimed
        return []

    def renew(self, held: Sequence[Job], lease_seconds: float) -> int:
        """Lease *held* for *lease_seconds* from now; return how many of them are still ours."""
        return self._rows.renew(held, lease_seconds)

    def give_back(self, job: Job, wait_seconds: float = 0) -> None:
        """Return *job* as if it had not been claimed. Raises LeaseLost."""
        self._rows.give_back(job, wait_seconds)

    def fail(self, job: Job, error: str, most: int, for_good: bool = False) -> JobState:
        """Note that an attempt failed. Raises LeaseLost."""
        return self._rows.fail(job, error, most, for_good)

    def listen(self, ring: Callable[[], None], stop: Stop) -> None:
        """Receive messages, and ring for each, until *stop*; outages are waited out."""
        backoff = Backoff(most=LONGEST_WAIT)
        while not stop:
            try:
                with broker.outages():
                    self._receive(ring, stop, backoff)
            except BrokerUnavailable as error:
                log.get().warning("cannot receive jobs", error=str(error))
                stop.wait(backoff.next())
        ring()

    def _receive(self, ring: Callable[[], None], stop: Stop, backoff: Backoff) -> None:
        connection = broker.connect(self._where)
        try:
            if broker.missing(connection):  # as at the first start, before the monitor's
                log.get().info("waiting for the monitor to create the queues of jobs")
                stop.wait(backoff.next())
                return
            channel = connection.channel()
            channel.basic_qos(prefetch_count=self._at_hand)
            for level in LEVELS:
                channel.basic_consume(level.queue, self._receiver(level, ring))
            self._session = channel
            backoff.reset()
            while not stop:
                connection.process_data_events(time_limit=_POLL_SECONDS)
                self._return_idle(channel)
        finally:
            self._forget()
            with suppress(AMQPError, OSError):
                connection.close()

    def _receiver(self, level: Level, ring: Callable[[], None]) -> Callable[..., None]:
        def receive(channel: Any, method: Any, _properties: Any, body: bytes) -> None:
            try:
                message = crash_id.parse(body.decode())
            except ValueError:
                log.get().warning("no message of ours", queue=level.queue)
                channel.basic_ack(method.delivery_tag)
                return
            with self._lock:
                self._messages[level].append(
                    _Message(channel, method.delivery_tag, message, time.monotonic())
                )
            ring()

        return receive

    def _claim(self, holder: str, messages: list[_Message], lease_seconds: float) -> list[Job]:
        with self._database.statement() as db:
            claimed = rows(
                db, SQL["claim"], Job,
                holder=holder, seconds=lease_seconds, crash_ids=[one.crash_id for one in messages],
            )  # fmt: skip
        return sorted(claimed, key=lambda job: (-job.priority, job.queued_at))

    def _take(self, most: int) -> list[_Message]:
        """Return up to *most* messages that are here, those of the first level first."""
        with self._lock:
            left = [(level, one) for level in LEVELS for one in self._messages[level]][:most]
            for level, _ in left:
                self._messages[level].popleft()
        return [one for _, one in left]

    def _put_back(self, messages: list[_Message]) -> None:
        """Let others have them: a worker that could not claim may wait for long."""
        for one in messages:
            self._tell(one, "basic_nack")

    def _acknowledge(self, messages: list[_Message]) -> None:
        for one in messages:
            self._tell(one, "basic_ack")

    def _tell(self, message: _Message, answer: str) -> None:
        """Have the thread that listens answer the broker; after an outage there is no need to."""
        channel = message.session
        if channel is self._session:
            with suppress(AMQPError):
                channel.connection.add_callback_threadsafe(
                    lambda: getattr(channel, answer)(message.tag)
                )

    def _return_idle(self, channel: Any) -> None:
        """Return messages for which no worker of this process had time."""
        longest = time.monotonic() - IDLE_SECONDS
        with self._lock:
            for level in LEVELS:
                while self._messages[level] and self._messages[level][0].received < longest:
                    channel.basic_nack(self._messages[level].popleft().tag)

    def _forget(self) -> None:
        """The connection is over, and with it what was received: the broker has it again."""
        with self._lock:
            self._session = None
            for messages in self._messages.values():
                messages.clear()
