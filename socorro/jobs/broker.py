"""The message broker, RabbitMQ: the way to it, and its three queues, one for each priority level.

A message is the id of a crash; what there is to know about the job is in its row. A queue is a
quorum queue: it survives restarts, and in a cluster the loss of a node.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple

import pika
from pika.exceptions import AMQPError, ChannelClosedByBroker

from socorro.jobs.address import Address
from socorro.jobs.interface import BrokerUnavailable

HEARTBEAT_SECONDS: Final = 10  # who is silent for twice as long is dead, to either side
_CONNECT_SECONDS: Final = 5.0
_NOT_FOUND: Final = 404
_QUORUM: Final = {"x-queue-type": "quorum"}


class Level(NamedTuple):
    """Jobs of some priorities, and the queue that they share; *most* and *least* are included."""

    name: str
    least: int
    most: int

    @property
    def queue(self) -> str:
        """The queue's name in the broker."""
        return f"socorro.{self.name}"


LEVELS: Final = (  # the first of them is emptied first
    Level("viewed", 1, 2**15 - 1),
    Level("normal", 0, 0),
    Level("low", -(2**15), -1),
)


def connect(where: Address) -> Any:
    """Open a pika.BlockingConnection, for one thread. Raises BrokerUnavailable."""
    context = ssl.create_default_context() if where.is_secure else None
    parameters = pika.ConnectionParameters(
        host=where.host,
        port=where.port,
        virtual_host=where.vhost,
        credentials=pika.PlainCredentials(where.user, where.password),
        ssl_options=pika.SSLOptions(context, where.host) if context else None,
        heartbeat=HEARTBEAT_SECONDS,
        socket_timeout=_CONNECT_SECONDS,
        stack_timeout=2 * _CONNECT_SECONDS,
        blocked_connection_timeout=3 * HEARTBEAT_SECONDS,
    )
    with outages():
        return pika.BlockingConnection(parameters)


def check(where: Address) -> None:
    """Raise BrokerUnavailable unless the broker lets us in."""
    connection = connect(where)
    with outages():
        connection.close()


@contextmanager
def outages() -> Iterator[None]:
    """Turn every error of the broker, or of the way to it, into BrokerUnavailable."""
    try:
        yield
    except (AMQPError, OSError) as error:
        raise BrokerUnavailable(f"message broker: {_text(error)}") from error


def missing(connection: Any) -> list[Level]:
    """Return the levels whose queues the broker does not have."""
    return [level for level in LEVELS if not _exists(connection, level)]


def create(channel: Any, level: Level) -> None:
    """Create the queue of *level*; one that exists stays."""
    channel.queue_declare(level.queue, durable=True, arguments=_QUORUM)


def waiting(channel: Any, level: Level) -> int:
    """Return how many messages no worker has yet."""
    count: int = channel.queue_declare(level.queue, passive=True).method.message_count
    return count


def _exists(connection: Any, level: Level) -> bool:
    channel = connection.channel()
    try:
        waiting(channel, level)
    except ChannelClosedByBroker as error:
        if error.reply_code != _NOT_FOUND:
            raise
        return False
    with suppress(AMQPError):
        channel.close()
    return True


def _text(error: Exception) -> str:
    """Return class and text of an error; pika puts the real one in another now and then."""
    cause = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    return f"{type(cause).__name__}: {cause}".strip(": ")
