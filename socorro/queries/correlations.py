"""What the crashes of a signature have in common, as the job `correlations` computed it."""

from datetime import date
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows, value

SQL = load_sql(__file__)

SAVED = 50  # findings of a signature in each state


class Compared(NamedTuple):
    """A line in which a signature was compared with *other_installs*, over UTC days to *day*.

    *share* of all installs was read; *without_time* have no install time, *same_time* share one,
    of *line_installs* in all. *problems* say which hours search lacked.
    """

    product: str
    channel: str
    first_day: date
    day: date
    rank: int
    installs: int
    crashes: int
    attributes: int
    kept: int
    weak: int
    explained: int
    unjudged: int
    other_installs: int
    share: float
    without_time: int
    same_time: int
    line_installs: int
    problems: list[str]


class Finding(NamedTuple):
    """An attribute that is more frequent with a signature than with others, or rarer.

    *count* of *installs* have it, and *other_count* of *other_installs*. *causes* are attributes
    within which it was judged again, with what is left; the one that leaves least comes first.
    """

    product: str
    channel: str
    day: date
    rank: int
    state: str
    attribute: str
    value: str
    names: list[str]
    having: int
    installs: int
    other_having: int
    other_installs: int
    difference: float
    low: float
    high: float
    p: float
    causes: list[str]
    lefts: list[float]
    left_lows: list[float]
    left_highs: list[float]
    comparable: list[float]


def last_day(
    db: Connection, signature: str, product: str | None, channel: str | None
) -> date | None:
    """Return the last UTC day for which a signature was compared."""
    parameters = {"signature": signature, "product": product, "channel": channel}
    day: date | None = value(db, SQL["last_day"], **parameters)
    return day


def last_line(db: Connection, product: str | None, channel: str | None) -> date | None:
    """Return the last UTC day for which any signature was compared."""
    day: date | None = value(db, SQL["last_line"], product=product, channel=channel)
    return day


def compared(
    db: Connection, signature: str, day: date, product: str | None, channel: str | None
) -> list[Compared]:
    """Return the lines in which a signature was compared, the one with the most installs first."""
    parameters = {"signature": signature, "day": day, "product": product, "channel": channel}
    return rows(db, SQL["compared"], Compared, **parameters)


def findings(
    db: Connection,
    signature: str,
    day: date,
    product: str | None,
    channel: str | None,
    *,
    most: int = 100,
    skip: int = 0,
) -> list[Finding]:
    """Return findings, line by line as `compared` has them, the strongest first."""
    parameters = {"signature": signature, "day": day, "product": product, "channel": channel}
    return rows(db, SQL["findings"], Finding, **parameters, most=most, skip=skip)


def exists(db: Connection, signature: str) -> bool:
    """Return whether any crash with this signature was ever counted."""
    return bool(value(db, SQL["exists"], signature=signature))
