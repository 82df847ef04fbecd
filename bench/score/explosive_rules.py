"""Rules of others that explosive signatures were searched with: the baselines to beat.

Each takes a world and returns a score (S, D) per signature and day; its authors alarm at LIMITS.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from bench.score.exploding_world import Floats, World

MILLION: Final = 1e6
BUSY: Final = 1000  # crashes a day that the rule of 2013 asks for


def formula_2012(world: World) -> Floats:
    """The rise of a day, or of three, as a multiple of its usual rise (docs/counts.md)."""
    adi = world.adi.sum(axis=0)
    rates = _windows(world.crashes * MILLION / adi, 10)  # (S, D, 10), today last
    clamp = 30 * MILLION / adi
    today, before = rates[:, :, -1], rates[:, :, :-1]
    mean9 = before.mean(axis=2)
    one = (today - mean9) / np.maximum(before.max(axis=2) - mean9, clamp)
    mean3 = rates[:, :, -3:].mean(axis=2)
    mean7, deviation7 = rates[:, :, :7].mean(axis=2), rates[:, :, :7].std(axis=2, ddof=1)
    three = (mean3 - mean7) / np.maximum(deviation7, clamp)
    return np.maximum(np.where(today > 10, one, -1), np.where(mean3 > 10, three, -1))


def slope_2013(world: World) -> Floats:
    """The relative slope from day to day, in deviations of the slopes of the nine days before."""
    counts = np.maximum(world.crashes, 1e-5)
    slopes = np.zeros_like(counts)
    slopes[:, 1:] = counts[:, 1:] / counts[:, :-1] - 1
    windows = _windows(slopes, 10)
    before = windows[:, :, :-1]
    spread = np.maximum(before.std(axis=2, ddof=1), 1e-9)
    return np.where(
        world.crashes > BUSY, (windows[:, :, -1] - before.mean(axis=2)) / spread, -np.inf
    )


def sentry(world: World) -> Floats:
    """Sentry's escalating issues, by days instead of hours: count / limit."""
    windows = _windows(world.crashes, 8)
    before, today = windows[:, :, :-1], windows[:, :, -1]
    mean, deviation = np.maximum(before.mean(axis=2), 1e-9), before.std(axis=2)
    spike = before.max(axis=2) * np.clip(5 * np.exp(-0.65 * deviation / mean), 2, 5)
    bursty = mean + mean * np.clip((mean + 5 * deviation) / mean, 5, 8)
    scores: Floats = today / np.maximum(np.maximum(spike, bursty), 1)
    return scores


def ubuntu(world: World) -> Floats:
    """Ubuntu's phased updates: the count in deviations of two weeks; a new one in threes."""
    windows = _windows(world.crashes, 15)
    before, today = windows[:, :, :-1], windows[:, :, -1]
    deviation = before.std(axis=2, ddof=1)
    return np.where(deviation > 0, today / np.maximum(deviation, 1e-9), today / 3)


RULES: Final[Mapping[str, Callable[[World], Floats]]] = {
    "formula of 2012": formula_2012,
    "slope of 2013": slope_2013,
    "Sentry's": sentry,
    "Ubuntu's": ubuntu,
}
LIMITS: Final = {"formula of 2012": 1.0, "slope of 2013": 5.69, "Sentry's": 1.0, "Ubuntu's": 1.0}
"""From which score on its authors alarm; 5.69 is t(0.9999) for nine degrees of freedom."""


def _windows(values: Floats, length: int) -> Floats:
    """Return (S, D, length): the days up to each day; days before the first one are 0."""
    padded = np.pad(values, ((0, 0), (length - 1, 0)))
    windows: Floats = sliding_window_view(padded, length, axis=1)
    return windows
