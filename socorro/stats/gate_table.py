"""The verdicts of many pairs of builds at once, each as gate.judge() gives it.

A page of fifty builds cannot wait for fifty searches for a maximum: here all pairs go through each
step together, padded with cells without events, which say nothing.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from socorro.stats import gate
from socorro.stats.gate import Cells, Floats, Outcome

AT_ONCE: Final = 32  # pairs; of 28 days on 5 systems they take 20 MB


class Judged(NamedTuple):
    """Outcome, ratio and the ends of its interval; see gate.Verdict."""

    outcome: Outcome
    ratio: float | None
    low: float
    high: float | None


class _Table(NamedTuple):
    """Events, and the log of new over old exposure, of each pair (row) and cell."""

    old: Floats
    new: Floats
    odds: Floats

    def likelihood(self, log_ratios: Floats) -> Floats:
        """Return the log likelihood of each pair's ratios: one row of *log_ratios* for each."""
        # log p = logit - log(1 + e^logit), log (1 - p) = -log(1 + e^logit)
        terms = np.log1p(np.exp(self.odds)[:, :, None] * np.exp(log_ratios)[:, None, :])
        sums = np.einsum("bc,bcr->br", self.old + self.new, terms)
        of_odds = np.einsum("bc,bc->b", self.new, self.odds)
        of_ratios = self.new.sum(axis=1)[:, None] * log_ratios
        return np.asarray(of_odds[:, None] + of_ratios - sums, dtype=float)


def judge_all(
    compared: Sequence[Cells], least_dispersions: Sequence[float], margin: float = 1.1
) -> list[Judged]:
    """Judge each of *compared*, none of which is empty, with its least dispersion."""
    judged: list[Judged] = []
    for start in range(0, len(compared), AT_ONCE):
        chunk = slice(start, start + AT_ONCE)
        judged += _judge(compared[chunk], least_dispersions[chunk], margin)
    return judged


def _judge(compared: Sequence[Cells], least: Sequence[float], margin: float) -> list[Judged]:
    table = _padded(compared)
    best = _best(table)
    phi = np.maximum(least, _dispersions(table, best))
    grid = np.broadcast_to(gate.LOG_RATIOS, (len(compared), gate.LOG_RATIOS.size))
    likelihood = table.likelihood(grid) / phi[:, None]
    limits = table.likelihood(np.broadcast_to(np.log([1, margin]), (len(compared), 2)))
    limits = limits / phi[:, None]
    worse = gate.log_evidence(likelihood, limits[:, 0], gate.LOG_RATIOS > 0)
    not_worse = gate.log_evidence(likelihood, limits[:, 1], np.log(margin) > gate.LOG_RATIOS)
    least_likely = np.logaddexp.reduce(gate.LOG_WEIGHTS + likelihood, axis=1) - gate.THRESHOLD
    low = _end(table, best, -gate.FARTHEST, least_likely * phi)
    high = _end(table, best, gate.FARTHEST, least_likely * phi)
    has_events = table.old.sum(axis=1) + table.new.sum(axis=1) > 0
    return [
        Judged(
            gate.outcome(float(worse[row]), float(not_worse[row])),
            gate.ratio_of(float(best[row])) if has_events[row] else None,
            gate.ratio_of(float(low[row])) or 0.0,
            gate.ratio_of(float(high[row])),
        )
        for row in range(len(compared))
    ]


def _padded(compared: Sequence[Cells]) -> _Table:
    width = max(cells.old.size for cells in compared)
    table = np.zeros((3, len(compared), width))
    for row, cells in enumerate(compared):
        size = cells.old.size
        table[0, row, :size], table[1, row, :size] = cells.old, cells.new
        table[2, row, :size] = np.log(cells.new_exposure) - np.log(cells.old_exposure)
    return _Table(*table)


def _best(table: _Table) -> Floats:
    """Return the log of each pair's likeliest ratio, at most FARTHEST from 0."""
    events, new = table.old + table.new, table.new.sum(axis=1)
    low = np.full(len(new), -gate.FARTHEST)
    high = -low
    for _ in range(gate.STEPS):
        middle = (low + high) / 2
        expected = (events / (1 + np.exp(-(table.odds + middle[:, None])))).sum(axis=1)
        is_low = expected < new
        low, high = np.where(is_low, middle, low), np.where(is_low, high, middle)
    return np.asarray((low + high) / 2, dtype=float)


def _dispersions(table: _Table, best: Floats) -> Floats:
    """Return how much more than binomial the cells of each pair scatter; at least 1."""
    events = table.old + table.new
    new_share = 1 / (1 + np.exp(-(table.odds + best[:, None])))
    old_share = 1 / (1 + np.exp(table.odds + best[:, None]))
    variance = events * new_share * old_share
    squares = np.where(variance > 0, (table.new - events * new_share) ** 2, 0).sum(axis=1)
    used = (variance > 0).sum(axis=1)
    shown = np.maximum(used - 1, 1) * np.where(used > 0, variance.sum(axis=1), 1)
    return np.where(used > gate.LEAST_CELLS, np.maximum(1, squares * used / shown), 1.0)


def _end(table: _Table, best: Floats, outside: float, least: Floats) -> Floats:
    """Return the log ratio on the way to *outside* at which the likelihood falls to *least*."""
    near, far = best, np.full(len(best), outside)
    for _ in range(gate.STEPS):
        middle = (near + far) / 2
        is_inside = table.likelihood(middle[:, None])[:, 0] > least
        near, far = np.where(is_inside, middle, near), np.where(is_inside, far, middle)
    return near
