"""Facets, nested aggregations and histograms as parameters name them, to Aggregations.

_facets=product                       counts by product
_facets=_cardinality.build_id         how many different builds
_aggs.product=release_channel         channels within each product
_aggs.product.version=_cardinality.install_time
_histogram.date=product               products within each interval of time
_histogram_interval.date=1h
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from socorro.search.errors import quote
from socorro.search.interface import Aggregation, SearchField
from socorro.search.names import Fields

MOST_AGGREGATIONS: Final = 50
DEEPEST: Final = 3  # levels, the outermost among them
MOST_COUNTS: Final = 1_000_000  # in one answer
MOST_INTERVALS: Final = 10_000
UNKNOWN_INTERVALS: Final = 1_000  # taken for a histogram whose range is not in the query
_UNITS: Final = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_INTERVAL = re.compile(r"(\d{1,6})?\s*(?:(m|h|d|w)|(minute|hour|day|week)s?)", re.ASCII)
_NUMBER = re.compile(r"\d{1,15}(\.\d{1,15})?", re.ASCII)

Kind = Literal["terms", "histogram", "cardinality"]
Interval = str | float


@dataclass
class _Node:
    """One aggregation while its inner ones are still collected."""

    kind: Kind
    searched: SearchField
    inner: "dict[str, _Node]" = field(default_factory=dict)


class Aggregations:
    """Collects what parameters count, and merges what has the same name."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._outer: dict[str, _Node] = {}
        self._intervals: dict[str, Interval] = {}
        self._count = 0

    def add(self, steps: list[str]) -> None:
        """Count by the first step, within it by the second, and so on. Raises ValueError."""
        if len(steps) > DEEPEST:
            raise ValueError(f"This nests {len(steps)} levels: at most {DEEPEST}.")
        level = self._outer
        for step in steps:
            name, node = self._node(step)
            if name not in level:
                self._count += 1
                if self._count > MOST_AGGREGATIONS:
                    raise ValueError(f"The search counts too much: at most {MOST_AGGREGATIONS}.")
            node = level.setdefault(name, node)
            level = node.inner
            if node.kind == "cardinality" and step is not steps[-1]:
                raise ValueError(f"Nothing can be counted within {quote(step)}.")

    def add_interval(self, name: str, text: str) -> None:
        """Keep the interval of a histogram. Raises ValueError."""
        searched = self._fields[name]
        read = read_interval if searched.type == "date" else _read_number
        self._intervals[searched.name] = read(text)

    def __bool__(self) -> bool:
        return bool(self._outer)

    def build(self, size: int, span: timedelta) -> tuple[Aggregation, ...]:
        """Return the aggregations with *size* terms each; with 0, those by terms are left out.

        *span* is the time that the query covers. Raises ValueError when there would be too many
        counts in the answer.
        """
        outer = tuple(self._build(name, node, size) for name, node in self._outer.items())
        outer = tuple(item for item in outer if size or item.kind != "terms")
        for aggregation in outer:
            self._check(aggregation, span)
        return outer

    def _build(self, name: str, node: _Node, size: int) -> Aggregation:
        inner = tuple(self._build(key, child, size) for key, child in node.inner.items())
        inner = tuple(item for item in inner if size or item.kind != "terms")
        interval = None
        if node.kind == "histogram":
            default: Interval = "1d" if node.searched.type == "date" else 1.0
            interval = self._intervals.get(node.searched.name, default)
        return Aggregation(node.kind, name, node.searched, interval, size, inner)

    def _check(self, aggregation: Aggregation, span: timedelta) -> None:
        if _intervals(aggregation, span) > MOST_INTERVALS:
            raise ValueError(
                f"{aggregation.name} would have more than {MOST_INTERVALS:,} intervals: "
                f"make _histogram_interval longer or the dates narrower."
            )
        if _counts(aggregation, span) > MOST_COUNTS:
            raise ValueError(
                f"{aggregation.name} may have more than {MOST_COUNTS:,} counts: "
                "make _facets_size smaller, or nest less."
            )

    def _node(self, step: str) -> tuple[str, _Node]:
        kind: Kind = "terms"
        for prefix, its_kind in _PREFIXES.items():
            if step.startswith(prefix):
                kind, step = its_kind, step.removeprefix(prefix)
        searched = self._fields[step]
        if kind == "terms" and searched.type == "date":
            raise ValueError(f"{step} is a date: count it by _histogram.{step}.")
        if kind == "histogram" and searched.type not in ("date", "integer", "number"):
            raise ValueError(f"{step} has no intervals: a histogram takes a number or a date.")
        name = step if kind == "terms" else f"{kind}_{step}"
        return name, _Node(kind, searched)


_PREFIXES: Final[Mapping[str, Kind]] = {"_cardinality.": "cardinality", "_histogram.": "histogram"}


def check_one_list(aggregations: Sequence[Aggregation]) -> None:
    """Raise ValueError when the counts are no single table, which CSV is."""
    if len(aggregations) != 1:
        raise ValueError("CSV without hits is one facet: name one, with _facets_size above 0.")
    level = list(aggregations)
    while level:
        level = [item for outer in level for item in outer.inner if item.kind != "cardinality"]
        if len(level) > 1:
            raise ValueError("CSV is one list: nest one facet in another, not two.")


def read_interval(text: str) -> str:
    """Return an interval of time as the engines take it: 1h, 10m, 2w. Raises ValueError."""
    match = _INTERVAL.fullmatch(text.strip().lower())
    number = int(match[1] or 1) if match else 0
    unit = (match[2] or match[3])[0] if match else "d"
    if not timedelta() < number * _UNITS[unit] <= timedelta(days=366):
        raise ValueError(f"{quote(text)} is no interval of time (write e.g. 10m, 1h, 1d or 1w).")
    return f"{number}{unit}"


def length_of(interval: str) -> timedelta:
    """Return how long an interval like 6h is."""
    return int(interval[:-1]) * _UNITS[interval[-1]]


def _read_number(text: str) -> float:
    number = text.strip()
    if not _NUMBER.fullmatch(number) or not float(number):
        raise ValueError(f"{quote(text)} is no interval: write a number above 0.")
    return float(number)


def _intervals(aggregation: Aggregation, span: timedelta) -> int:
    """Return how many intervals or terms an aggregation may have."""
    if aggregation.kind == "cardinality":
        return 1
    if aggregation.kind == "terms":
        return aggregation.size
    if aggregation.field.name == "submitted_timestamp" and isinstance(aggregation.interval, str):
        return span // length_of(aggregation.interval) + 2
    return UNKNOWN_INTERVALS


def _counts(aggregation: Aggregation, span: timedelta) -> int:
    inner = sum(_counts(item, span) for item in aggregation.inner)
    return _intervals(aggregation, span) * max(1, inner)
