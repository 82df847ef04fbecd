"""Distinct stacks of the last weeks, from the files of search: among them similar ones are found.

Hours are read newest first, each in one statement, until the limits are reached; so memory is
bounded, and what is left out is the oldest. An install counts once for a signature: a machine that
crashes thirty times is one witness.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb

from socorro.search.segments import layout, listing
from socorro.search.segments.duck import open_duck
from socorro.search.segments.inspection import Inspection
from socorro.search.segments.limits import Limits
from socorro.search.segments.statement import Source, Statement, crashes

UNKNOWN: Final = "unknown"
OTHERS: Final = "others"
MOST_VALUES: Final = 100  # of a stack, of systems with reasons and of builds
_LONGEST: Final = 200  # characters of such a value
_BATCH: Final = 10_000
_INSTALLS: Final = 200  # of one row

_NAMES: Final = (
    layout.CRASH_ID, layout.SUBMITTED, layout.ESTIMATED,
    "signature", "proto_signature", "os_name", "reason", "build", "install_time",
)  # fmt: skip

# Names of columns are our own; values are parameters.
_READ: Final = """
SELECT signature, proto_signature, coalesce(os_name, '') AS system, coalesce(reason, '') AS reason,
       coalesce(build, '') AS build, count(*) AS crash_count, min(crash_id),
       list_slice(list_sort(list(DISTINCT install_time)), 1, {installs})
FROM ({crashes})
WHERE signature IS NOT NULL AND proto_signature IS NOT NULL
GROUP BY signature, proto_signature, system, reason, build
ORDER BY crash_count DESC, signature, proto_signature, system, reason, build
"""


class Bounds(NamedTuple):
    """How much is kept, and how long it may take to read it."""

    stacks: int = 100_000
    of_a_signature: int = 100
    characters: int = 100_000_000  # of all stacks
    installs: int = 1_000_000
    seconds: float = 240.0


@dataclass
class DistinctStack:
    """One stack of one signature: its frames, its crashes, and where its installs are.

    *systems* has installs by system and reason, *builds* by build id. *crash_id* is one of its
    newest hour.
    """

    number: int
    signature: str
    frames: str
    crash_id: str
    first_day: date
    last_day: date
    crash_count: int = 0
    systems: dict[str, int] = field(default_factory=dict)
    builds: dict[str, int] = field(default_factory=dict)


@dataclass
class Collected:
    """The stacks, from *since* on; None when there is no file. *unread* hours could not be read.

    *left_out* crashes have a stack beyond the limits; *complete* says that no hour was left out.
    """

    stacks: dict[int, DistinctStack] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    crash_count: int = 0
    left_out: int = 0
    unread: int = 0
    complete: bool = True


def number_of(signature: str, frames: str) -> int:
    """Return what a stack is called: 63 bits of a hash of its signature and frames."""
    text = f"{signature}\0{frames}".encode("utf-8", "replace")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") >> 1


def collect(
    root: Path,
    start: datetime,
    end: datetime,
    bounds: Bounds = Bounds(),  # noqa: B008
) -> Collected:
    """Read the stacks of [start, end). Raises SearchUnavailable when there is no such folder."""
    hours = listing.scan(root, "public", start, end).hours
    collector = _Collector(bounds)
    inspection = Inspection()
    finish = time.monotonic() + bounds.seconds
    with open_duck(root, Limits(memory="1GB", threads=1)) as duck:
        for hour in sorted(hours, reverse=True):
            if time.monotonic() > finish or collector.is_full:
                collector.collected.complete = False
                break
            try:
                collector.add(hour, _rows(duck, inspection, hour, hours[hour]))
            except _Unreadable:
                collector.collected.unread += 1
    return collector.collected


def _rows(
    duck: duckdb.DuckDBPyConnection,
    inspection: Inspection,
    hour: datetime,
    paths: tuple[Path, ...],
) -> Iterator[tuple[Any, ...]]:
    """Read one hour, which may be in the file of its day. Raises _Unreadable."""
    try:
        files = inspection.identities(paths)
        inspection.read(duck, files)
        if inspection.find_damaged(files, _NAMES, "public"):
            raise _Unreadable
        groups = inspection.groups(dict.fromkeys(files, ((hour,), True)), _NAMES)
        statement = Statement()
        text = crashes(statement, Source(hour, hour + layout.ONE_HOUR, groups), _NAMES)
        cursor = duck.execute(_READ.format(crashes=text, installs=_INSTALLS), statement.values)
    except (FileNotFoundError, duckdb.Error):
        raise _Unreadable from None
    while rows := cursor.fetchmany(_BATCH):
        yield from rows


class _Unreadable(Exception):
    """An hour is damaged, or is replaced meanwhile: the next run reads it again."""


class _Collector:
    """Adds hours up, within bounds."""

    def __init__(self, bounds: Bounds) -> None:
        self.collected = Collected()
        self._bounds = bounds
        self._characters = 0
        self._of_signature: dict[str, int] = {}
        self._installs: set[int] = set()

    @property
    def is_full(self) -> bool:
        """Whether no further stack is taken."""
        full = len(self.collected.stacks) >= self._bounds.stacks
        return full or self._characters >= self._bounds.characters

    def add(self, hour: datetime, rows: Iterator[tuple[Any, ...]]) -> None:
        """Add the rows of one hour."""
        for signature, frames, system, reason, build, crash_count, crash_id, installs in rows:
            stack = self._stack(hour, signature, frames, crash_id)
            if stack is None:
                self.collected.left_out += crash_count
                continue
            stack.crash_count += crash_count
            stack.first_day = hour.date()
            self.collected.crash_count += crash_count
            new = self._new_installs(signature, installs, crash_count)
            if new:
                _count(stack.systems, f"{system or UNKNOWN}, {reason or UNKNOWN}", new)
                _count(stack.builds, build or UNKNOWN, new)
        self.collected.since = hour
        self.collected.until = self.collected.until or hour + layout.ONE_HOUR

    def _stack(
        self, hour: datetime, signature: str, frames: str, crash_id: str
    ) -> DistinctStack | None:
        number = number_of(signature, frames)
        stack = self.collected.stacks.get(number)
        if stack is None:
            of_signature = self._of_signature.get(signature, 0)
            if self.is_full or of_signature >= self._bounds.of_a_signature:
                return None
            day = hour.date()
            stack = DistinctStack(number, signature, frames, crash_id, day, day)
            self.collected.stacks[number] = stack
            self._of_signature[signature] = of_signature + 1
            self._characters += len(frames)
        return stack

    def _new_installs(self, signature: str, installs: list[int] | None, crash_count: int) -> int:
        """Count installs that the signature has not had yet; without any, crashes count."""
        if not installs:
            return min(crash_count, _INSTALLS)
        keys = {hash((signature, install)) for install in installs} - self._installs
        if len(self._installs) < self._bounds.installs:
            self._installs |= keys
        return len(keys)


def _count(counts: dict[str, int], value: str, number: int) -> None:
    name = value[:_LONGEST]
    if name not in counts and len(counts) >= MOST_VALUES:
        name = OTHERS
    counts[name] = counts.get(name, 0) + number


def shares(collected: Collected, most: int = 500) -> Mapping[str, Mapping[str, float]]:
    """Return which share of installs is on each system with reason, and in each build.

    The *most* frequent values of either; the shares are of all.
    """
    answer = {}
    for name in ("systems", "builds"):
        counts: dict[str, int] = {}
        for stack in collected.stacks.values():
            for value, count in getattr(stack, name).items():
                counts[value] = counts.get(value, 0) + count
        total = sum(counts.values())
        first = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]
        answer[name] = {value: count / total for value, count in first}
    return answer
