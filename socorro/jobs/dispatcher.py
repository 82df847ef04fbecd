"""Publishes jobs that are due to the message broker. One thread of the monitor does.

The row is the truth: a job that is published stays a row that waits, and only becomes due again
AGAIN_SECONDS later, or at once when somebody views it, when its worker gave it back or died, and
when the broker has lost its queues. So a kill between the commit and the broker's confirmation
costs a pause, and a message that comes twice, or late, finds no row to claim.

The broker has at most so many messages as keep workers busy; the backlog is in Postgres.
"""

from contextlib import suppress
from typing import Any, Final, NamedTuple

import pika
from pika.exceptions import AMQPError

from socorro import log, metrics
from socorro.crash_id import CrashId
from socorro.jobs import broker
from socorro.jobs.address import Address
from socorro.jobs.broker import LEVELS, Level
from socorro.postgres import Database, Unavailable, execute, load_sql, rows

SQL = load_sql(__file__)

AGAIN_SECONDS: Final = 300.0  # for silent losses only; a queue of MOST messages is shorter, mostly
MOST: Final = 1000  # messages of one level that wait in the broker
BATCH: Final = 200  # published in one go
_PERSISTENT: Final = 2


class _Due(NamedTuple):
    crash_id: CrashId
    priority: int
    queued_at: float


class Dispatcher:
    """Moves what is due to the broker; two of them do no harm. For one thread."""

    def __init__(
        self, database: Database, where: Address, most: int = MOST, again: float = AGAIN_SECONDS
    ) -> None:
        self._database, self._where = database, where
        self._most, self._again = most, again
        self._connection: Any = None
        self._channel: Any = None

    def dispatch(self) -> bool:
        """Publish jobs that are due, as long as there is room; return whether there may be more.

        Raises BrokerUnavailable, or one of socorro.postgres.Unavailable: nothing is lost then.
        """
        try:
            with broker.outages():
                if self._channel is None:
                    self._open()
                more = [self._fill(level) for level in LEVELS]
                return any(more)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the connection."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            with suppress(AMQPError, OSError):
                connection.close()

    def _open(self) -> None:
        self._connection = broker.connect(self._where)
        absent = broker.missing(self._connection)
        channel = self._connection.channel()
        channel.confirm_delivery()
        if absent:
            # Before the queues exist: after a kill in between, it is done again.
            with self._database.transaction() as db:
                lost = execute(db, SQL["publish_all_again"])
            log.get().info("broker has no queues: created", jobs_to_publish_again=lost)
        for level in absent:
            broker.create(channel, level)
        self._channel = channel

    def _fill(self, level: Level) -> bool:
        ready = broker.waiting(self._channel, level)
        metrics.broker_ready.labels(level.queue).set(ready)
        room = min(BATCH, self._most - ready)
        if room <= 0:
            return False
        with self._database.transaction() as db:
            due = rows(
                db, SQL["publish"], _Due,
                least=level.least, most=level.most, room=room, seconds=self._again,
            )  # fmt: skip
        self._publish(level, sorted(due, key=lambda job: (-job.priority, job.queued_at)))
        return len(due) == BATCH

    def _publish(self, level: Level, due: list[_Due]) -> None:
        """Publish, each message confirmed; what is not is due at once."""
        left = list(due)
        try:
            while left:
                self._channel.basic_publish(
                    "", level.queue, left[0].crash_id.encode(),
                    pika.BasicProperties(delivery_mode=_PERSISTENT), mandatory=True,
                )  # fmt: skip
                left.pop(0)
        except BaseException:
            with suppress(*Unavailable), self._database.transaction() as db:
                execute(db, SQL["publish_again"], crash_ids=[job.crash_id for job in left])
            raise
