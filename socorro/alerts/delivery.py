"""Delivers what was noted to one channel, in messages of several alerts.

An alert is settled after its receiver took it: a kill between the two sends it once more, under the
same id, and loses nothing. A receiver that is away leaves everything waiting; the job fails, and
the clock tries again later and later. What a receiver refuses is sent one by one, and an alert that
is refused alone, while another one is taken, is refused for good. So neither holds up the rest, and
a webhook that refuses everything, because it is not the right one, loses nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from socorro.alerts.config import AlertsConfig
from socorro.alerts.message import Alert, batches
from socorro.alerts.receivers import MessageRefused, ReceiverUnavailable
from socorro.postgres import Connection, Database, execute, load_sql, rows, value

SQL = load_sql(__file__)
MOST_ALERTS: Final = 500  # sent in one run; the next goes on
Channel = Literal["webhook", "email"]
Send = Callable[[AlertsConfig, Sequence[Alert]], None]


@dataclass
class Delivery:
    """What became of the alerts of one run."""

    sent: int = 0
    refused: list[tuple[Alert, str]] = field(default_factory=list)
    expired: int = 0


def has_waiting(db: Connection, channel: Channel) -> bool:
    """Return whether an alert waits for *channel*."""
    return bool(value(db, SQL["has_waiting"], channel=channel))


def deliver(database: Database, channel: Channel, config: AlertsConfig, send: Send) -> Delivery:
    """Send what waits for *channel*.

    Raises ReceiverUnavailable; what was sent until then is settled.
    """
    delivery = Delivery()
    with database.transaction() as db:
        give_up = timedelta(hours=config.give_up_hours)
        delivery.expired = execute(db, SQL["expire"], channel=channel, give_up=give_up)
    with database.transaction() as db:
        alerts = rows(db, SQL["waiting"], Alert, channel=channel, most=MOST_ALERTS)
    for batch in batches(alerts, config.site):
        _send(database, channel, config, send, batch, delivery)
    if delivery.refused and not delivery.sent:
        raise ReceiverUnavailable(f"{delivery.refused[0][1]} to every message")
    for alert, error in delivery.refused:
        _settle(database, channel, [alert], "refused", error)
    return delivery


def _send(
    database: Database,
    channel: Channel,
    config: AlertsConfig,
    send: Send,
    batch: Sequence[Alert],
    delivery: Delivery,
) -> None:
    try:
        send(config, batch)
    except MessageRefused as error:
        if len(batch) == 1:
            delivery.refused.append((batch[0], str(error)))
        else:
            for alert in batch:
                _send(database, channel, config, send, [alert], delivery)
        return
    _settle(database, channel, batch, "sent")
    delivery.sent += len(batch)


def _settle(
    database: Database, channel: Channel, alerts: Sequence[Alert], outcome: str, error: str = ""
) -> None:
    ids = [alert.alert for alert in alerts]
    with database.transaction() as db:
        execute(db, SQL["settle"], alerts=ids, channel=channel, outcome=outcome, error=error)
