"""Shares of values that search counts: each value leads to the search for its crashes."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from socorro.search.summary import UPTIME, Share, Summary
from webapp.signature.links import Crashes

SHOWN: Final = 10  # values of a table
KINDS: Final = (
    *("reason", "address", "process_type", "os_pretty_version", "os_name", "cpu_arch"),
    "proto_signature",
)
NAMES: Final = {
    "reason": "Reason",
    "address": "Address",
    "process_type": "Process",
    "os_pretty_version": "System",
    "os_name": "System",
    "cpu_arch": "Processor",
    "proto_signature": "Frames from the top",
    UPTIME: "Uptime",
}


class Line(NamedTuple):
    """A value, its crashes, and the search for them; "" where none can be."""

    text: str
    crash_count: int
    estimated_count: float
    percent: float
    link: str


class Shares(NamedTuple):
    """A table of shares: *rest* is the percentage of other values, and of crashes without one."""

    key: str
    name: str
    lines: Sequence[Line]
    rest: float
    is_code: bool


def shares(summary: Summary, key: str, crashes: Crashes) -> Shares:
    """Return the table of one kind."""
    lines = [_line(key, share, crashes) for share in summary.shares[key]]
    if key != UPTIME:  # search orders by processed crashes, the table shows estimated ones
        lines.sort(key=lambda line: -line.estimated_count)
    rest = 100 - sum(line.percent for line in lines) if lines else 0.0
    is_code = key in ("reason", "address", "proto_signature")
    return Shares(key, NAMES[key], lines, max(0.0, rest), is_code)


def _line(key: str, share: Share, crashes: Crashes) -> Line:
    link = "" if key == UPTIME else crashes.page(**{key: str(share.value)})
    return Line(str(share.value), share.crash_count, share.estimated_count, share.percent, link)
