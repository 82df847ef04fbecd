"""What do the crashes of a signature have in common that other crashes do not have?

Each row is an install that crashed, each attribute a column of bits. For every attribute, its share
with the signature is compared with its share with all other signatures of the same product and
channel. A difference is a finding when

- at least COUNT installs and DIFFERENCE of share stand behind it: the support difference of
  Castelluccio, Sansone, Lorenzo, "Automatically analyzing groups of crashes for finding
  correlations", ESEC/FSE 2017, after Bay and Pazzani, "Detecting group differences: mining contrast
  sets", 2001;
- chance is no explanation: chi-square, or Fisher's exact test where fewer than five are expected,
  at a false discovery rate of 1 % over all attributes (Benjamini and Hochberg, 1995).

The interval of a difference is Newcombe's (Statistics in Medicine 17, 1998, 873-890, method 10).

Then findings are given reasons. Columns of which 95 % are the same are one finding under several
names. And a finding has a common cause when little of its difference is left within the values of
the system, version, and so on, or of a stronger finding: the standardised difference of Mantel and
Haenszel (1959), with weights n1 n0 / (n1 + n0). It is not judged where such an attribute leaves
hardly anything to compare: what is with all crashes of the signature, and with no other, would
explain everything. A finding is weak, and not claimed, when less than DIFFERENCE is left, or so
little that it may be nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socorro.stats.bits import pack, size_of, span
from socorro.stats.shares import Check, Integers, difference, discoveries, p_values, standardised

State = Literal["kept", "weak", "explained"]

COUNT: Final = 5  # installs with the attribute, at the least
DIFFERENCE: Final = 0.15
SAME: Final = 0.95  # of two columns: one finding
LEFT: Final = 0.05  # or a third of the difference: less is explained
THIRD: Final = 1 / 3
MOST: Final = 100  # columns of a signature that are given reasons
MOST_CAUSES: Final = 30  # findings that may explain others: the strongest
MOST_VALUES: Final = 200  # of a context; rarer ones are one
_AT_ONCE: Final = 64  # columns


class Item(NamedTuple):
    """One attribute and its value: a column."""

    attribute: str
    value: str


class Finding(NamedTuple):
    """An attribute that is more frequent with the signature than with others, or rarer.

    *having* of *installs* have it, and *other_having* of *other_installs*. *names* are its columns.
    *checks* are the judged common causes, the strongest first; *state* says
    whether the first of them explains it, or leaves too little.
    """

    names: tuple[Item, ...]
    having: int
    installs: int
    other_having: int
    other_installs: int
    difference: float
    low: float
    high: float
    p: float
    state: State = "kept"
    checks: tuple[Check, ...] = ()

    @property
    def left(self) -> float:
        """The difference that no common cause explains."""
        return self.checks[0].left if self.checks else self.difference


class Answer(NamedTuple):
    """The findings of a signature, kept ones first, and the number of attributes compared.

    *more* findings are not among them, because there are more than MOST.
    """

    findings: Sequence[Finding]
    tested: int
    more: int = 0


@dataclass(frozen=True)
class Crashes:
    """Installs that crashed, each once for a signature: the rows.

    signatures  code of the signature of each row; -1 where it is none that is looked at
    rows, columns  of each bit that is set, each once
    items       the columns; of columns that are alike, the first one names the finding
    contexts    what may be a common cause: code of each row by attribute, coarse ones first
    """

    signatures: Integers
    rows: Integers
    columns: Integers
    items: Sequence[Item]
    contexts: Mapping[str, Integers]


class Correlator:
    """Compares signatures with the others; the rows of each signature are put side by side."""

    def __init__(self, crashes: Crashes) -> None:
        order = np.argsort(crashes.signatures, kind="stable")
        places = np.empty(order.size, dtype=np.int64)
        places[order] = np.arange(order.size)
        self._owners = crashes.signatures[order]
        self._levels = {name: level for level, name in enumerate(crashes.contexts)}
        self.items = crashes.items
        self.size = order.size
        self.bits = pack(places[crashes.rows], crashes.columns, order.size, len(crashes.items))
        self.totals = self.counts(0, order.size)
        self.contexts = {
            name: _few(np.asarray(codes, dtype=np.int64)[order])
            for name, codes in crashes.contexts.items()
        }
        self._tables: dict[tuple[int, str], Integers] = {}

    def of(self, signature: int) -> Answer:
        """Return what is more or less frequent with a signature, by its code."""
        start, end = np.searchsorted(self._owners, [signature, signature + 1])
        one = _Signature(self, int(start), int(end))
        columns, tested = one.differing()
        findings = one.explained(one.merged(columns[:MOST]))
        return Answer(findings, tested, max(0, len(columns) - MOST))

    def counts(self, start: int, end: int) -> Integers:
        """Return how many of the rows [start, end) each column has."""
        its = span(start, end)
        counts = np.empty(len(self.items), dtype=np.int64)
        for some in range(0, len(self.items), _AT_ONCE):
            words = self.bits[some : some + _AT_ONCE, its.words] & its.mask
            counts[some : some + _AT_ONCE] = np.bitwise_count(words).sum(axis=1, dtype=np.int64)
        return counts

    def rows(self, column: int, start: int, end: int) -> Integers:
        """Return which of the rows [start, end) have a column."""
        its = span(start, end)
        words = self.bits[column, its.words] & its.mask
        return np.flatnonzero(np.unpackbits(words.view(np.uint8))) + its.first

    def table(self, column: int, context: str) -> Integers:
        """Return how many rows with a column there are by code of a context."""
        if (column, context) not in self._tables:
            codes = self.contexts[context]
            rows = self.rows(column, 0, self.size)
            self._tables[column, context] = _counts(codes[rows], int(codes.max()) + 1)
        return self._tables[column, context]

    def level(self, column: int) -> int:
        """Return how coarse the attribute of a column is: contexts first, all others last."""
        return self._levels.get(self.items[column].attribute, len(self._levels))


class _Group(NamedTuple):
    """Columns that are one finding; the first one stands for all."""

    columns: tuple[int, ...]
    finding: Finding


class _Signature:
    """One signature, the rows [start, end), against the others."""

    def __init__(self, crashes: Correlator, start: int, end: int) -> None:
        self._crashes, self._start, self._end = crashes, start, end
        self._span = span(start, end)
        self._installs, self._others = end - start, crashes.size - (end - start)
        self._count = crashes.counts(start, end)
        self._other = crashes.totals - self._count
        self._contexts = {
            name: (_counts(codes[start:end], size := int(codes.max()) + 1), _counts(codes, size))
            for name, codes in crashes.contexts.items()
            if codes.size
        }

    def differing(self) -> tuple[Integers, int]:
        """Return the columns with a difference that is no chance, largest first; and of how many.

        Of the same size, more comes before less, then the columns are in their order.
        """
        if not self._installs or not self._others:
            return np.empty(0, dtype=np.int64), 0
        size = self._count / self._installs - self._other / self._others
        more = np.where(size > 0, self._count, self._other)
        columns = np.flatnonzero((more >= COUNT) & (np.abs(size) >= DIFFERENCE))
        tested = int(np.count_nonzero(self._crashes.totals))
        columns = columns[discoveries(self._p(columns), tested)]
        order = sorted(
            columns.tolist(),
            key=lambda column: (
                -round(abs(float(size[column])), 9), size[column] < 0, column,
            ),
        )  # fmt: skip
        return np.array(order, dtype=np.int64), tested

    def _p(self, columns: Integers) -> NDArray[np.float64]:
        return p_values(self._count[columns], self._installs, self._other[columns], self._others)

    def merged(self, columns: Integers) -> list[_Group]:
        """Put columns that are nearly the same into one finding."""
        groups: list[list[int]] = []
        for column in columns.tolist():
            for group in groups:
                if self._alike(group[0], column):
                    group.append(column)
                    break
            else:
                groups.append([column])
        return [self._group(tuple(sorted(group))) for group in groups]

    def _alike(self, one: int, other: int) -> bool:
        """Say whether two columns are nearly the same, with the signature and with the others.

        The old half of a mixed installation is on all its crashes, and otherwise goes with the old
        version: that these are alike elsewhere says nothing about the mix.
        """
        both = self._crashes.bits[one] & self._crashes.bits[other]
        mine = size_of(both[self._span.words] & self._span.mask)
        return _nearly(mine, int(self._count[one]), int(self._count[other])) and _nearly(
            size_of(both) - mine, int(self._other[one]), int(self._other[other])
        )

    def _group(self, columns: tuple[int, ...]) -> _Group:
        column = columns[0]
        count, other = int(self._count[column]), int(self._other[column])
        finding = Finding(
            tuple(self._crashes.items[column] for column in columns),
            count, self._installs, other, self._others,
            *difference(count, self._installs, other, self._others),
            p=float(self._p(np.array([column]))[0]),
        )  # fmt: skip
        return _Group(columns, finding)

    def explained(self, groups: Sequence[_Group]) -> list[Finding]:
        """Return the findings with their common causes: those that remain first."""
        judged: list[Finding] = []
        stronger: list[int] = []
        for columns, finding in groups:
            column = columns[0]
            checks = [self._within_context(column, name) for name in self._above(column)]
            checks += [
                self._within(column, cause) for cause in stronger if self._may(cause, column)
            ]
            judged.append(_judge(finding, [check for check in checks if check]))
            if judged[-1].state == "kept" and len(stronger) < MOST_CAUSES:
                stronger.append(column)
        return sorted(judged, key=_rank)

    def _above(self, column: int) -> list[str]:
        """Return the contexts that may be the cause of a column: those that are coarser."""
        return list(self._contexts)[: self._crashes.level(column)]

    def _may(self, cause: int, column: int) -> bool:
        """Say whether a finding may be the cause of another: a module is none of the system's."""
        return self._crashes.level(cause) <= self._crashes.level(column)

    def _within_context(self, column: int, name: str) -> Check | None:
        installs, sizes = self._contexts[name]
        rows = self._crashes.rows(column, self._start, self._end)
        count = _counts(self._crashes.contexts[name][rows], sizes.size)
        other = self._crashes.table(column, name) - count
        return standardised(name, count, installs, other, sizes - installs)

    def _within(self, column: int, cause: int) -> Check | None:
        """Return what is left of a column where a stronger one is, and where it is not."""
        both = self._crashes.bits[column] & self._crashes.bits[cause]
        mine = size_of(both[self._span.words] & self._span.mask)
        other = size_of(both) - mine
        item = self._crashes.items[cause]
        return standardised(
            f"{item.attribute} = {item.value}",
            np.array([mine, self._count[column] - mine]),
            np.array([self._count[cause], self._installs - self._count[cause]]),
            np.array([other, self._other[column] - other]),
            np.array([self._other[cause], self._others - self._other[cause]]),
        )


def _nearly(both: int, one: int, other: int) -> bool:
    return both >= SAME * (one + other - both)


def _judge(finding: Finding, checks: Sequence[Check]) -> Finding:
    sign = 1 if finding.difference > 0 else -1
    ordered = tuple(sorted(checks, key=lambda check: (sign * check.left, check.within)))
    left = sign * ordered[0].left if ordered else abs(finding.difference)
    state: State = "kept"
    if left < max(LEFT, abs(finding.difference) * THIRD):
        state = "explained"
    elif left < DIFFERENCE or (ordered and ordered[0].low <= 0 <= ordered[0].high):
        state = "weak"
    return finding._replace(state=state, checks=ordered)


def _rank(finding: Finding) -> tuple[int, float, tuple[Item, ...]]:
    states = ("kept", "weak", "explained")
    by_size = abs(finding.left if finding.state != "explained" else finding.difference)
    return states.index(finding.state), -round(by_size, 9), finding.names


def _few(codes: Integers) -> Integers:
    """Return codes from 0 on; the rarest are one when there are many."""
    _, small, sizes = np.unique(codes, return_inverse=True, return_counts=True)
    rank = np.empty(sizes.size, dtype=np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(sizes.size)
    return np.minimum(rank[small], MOST_VALUES - 1)


def _counts(values: Integers, size: int) -> Integers:
    return np.bincount(values, minlength=size).astype(np.int64)
