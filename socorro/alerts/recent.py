"""The latest alerts: for feeds, and for `socorro alerts list`."""

from datetime import datetime
from typing import NamedTuple

from socorro.alerts.message import Alert
from socorro.postgres import Connection, load_sql, rows

SQL = load_sql(__file__)


class Listed(NamedTuple):
    """An alert, whether it is muted, and its outcome on each channel that has one."""

    alert: str
    kind: str
    product: str
    signature: str
    sentence: str
    path: str
    noted_at: datetime
    muted: bool
    deliveries: list[str]  # such as "webhook sent", "email refused: the mail server answered 554"


def latest(db: Connection, most: int, product: str = "", kind: str = "") -> list[Alert]:
    """The latest alerts that are not muted, newest first; of one product and kind, or "" of all."""
    return rows(db, SQL["latest"], Alert, most=most, product=product, kind=kind)


def listed(db: Connection, most: int) -> list[Listed]:
    """The latest alerts, muted ones too, newest first, and what became of them."""
    return rows(db, SQL["listed"], Listed, most=most)
