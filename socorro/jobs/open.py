"""Open the job queue that the setting `queue` names."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from socorro.config import SharedConfig
from socorro.jobs.address import Address, parse
from socorro.jobs.interface import Queue
from socorro.jobs.postgres_queue import PostgresQueue
from socorro.postgres import Database

if TYPE_CHECKING:
    from socorro.jobs.dispatcher import Dispatcher


def open_queue(shared: SharedConfig, database: Database, at_hand: int) -> Queue:
    """Return the queue for the workers of this process, which work on *at_hand* jobs at most.

    Opening sends nothing: a broker may be away. Ends the process when the setting is wrong.
    """
    where = _address(shared)
    if where is None:
        return PostgresQueue(database)
    from socorro.jobs.rabbit_queue import RabbitQueue

    return RabbitQueue(database, where, at_hand)


def open_dispatcher(shared: SharedConfig, database: Database) -> "Dispatcher | None":
    """Return what brings jobs to the broker; None without a broker. Ends like open_queue."""
    where = _address(shared)
    if where is None:
        return None
    from socorro.jobs.dispatcher import Dispatcher

    return Dispatcher(database, where)


def broker_checks(shared: SharedConfig) -> Mapping[str, Callable[[], None]]:
    """Return the check of the broker for a heartbeat; none without a broker."""
    where = _address(shared)
    if where is None:
        return {}
    from socorro.jobs import broker

    return {"broker": lambda: broker.check(where)}


def _address(shared: SharedConfig) -> Address | None:
    try:
        return parse(shared.queue, shared.queue_password_file)
    except ValueError as error:
        raise SystemExit(f"SOCORRO_QUEUE: {error}") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SystemExit(
            f"SOCORRO_QUEUE_PASSWORD_FILE: {shared.queue_password_file}: {reason}"
        ) from None
