"""How many crashes each version's use lets expect of a day: ADI times the share that is processed.

ADI come a day late and have gaps, so the latest ones are taken for the days without, as the weekday
is used. A version without any ADI is taken to crash as often as the others. Where a product has
no ADI at all, a signature is compared with all crashes of its versions instead.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RECENT: Final = 14  # days; without ADI in these, ADI are not used
PRIOR: Final = 10.0  # crashes of the line that a version's share must outweigh
_WEEK = 7


class Exposure(NamedTuple):
    """*values* (V, D); whether they follow ADI, and the last day with any, None without."""

    values: Floats
    follows_adi: bool
    last: int | None


def exposure(adi: Floats, reports: Floats, estimated: Floats) -> Exposure:
    """Return the exposure of each version and day, from arrays (V, D), the oldest day first.

    *adi* is 0 where it is missing. *reports* are processed crashes, *estimated* all of them.
    """
    totals = adi.sum(axis=0)
    days = np.flatnonzero(totals > 0)
    last = int(days[-1]) if len(days) else None
    crashed = reports.sum(axis=0) > 0
    if (
        last is None
        or last < adi.shape[1] - RECENT
        or (crashed & (totals > 0)).sum() * 2 < crashed.sum()
    ):
        return Exposure(reports.astype(float), False, last)
    used = _filled(adi, reports) * _processed(reports, estimated)
    covered = (adi > 0) & (reports > 0)
    without = ~(adi > 0).any(axis=1)
    if covered.any() and without.any():
        used[without] = reports[without] * (used[covered].sum() / reports[covered].sum())
    return Exposure(used, True, last)


def _processed(reports: Floats, estimated: Floats) -> Floats:
    """Return the share of crashes that is processed, near the line's where there are few."""
    everything = reports.sum() / estimated.sum() if estimated.sum() > 0 else 1.0
    line = (reports.sum(axis=0) + PRIOR * everything) / (estimated.sum(axis=0) + PRIOR)
    shares: Floats = (reports + PRIOR * line) / (estimated + PRIOR)
    return shares


def _filled(adi: Floats, reports: Floats) -> Floats:
    """Return ADI with gaps filled: days without any, and versions that crash without theirs."""
    totals = adi.sum(axis=0)
    weekdays = _weekdays(totals)
    filled = adi.copy()
    for version, counts in enumerate(adi):
        days = np.flatnonzero(counts > 0)
        if not len(days):
            continue
        gaps = np.flatnonzero((counts == 0) & ((totals == 0) | (reports[version] > 0)))
        gaps = gaps[gaps > days[0]]  # before that, it was not out
        source = days[np.searchsorted(days, gaps) - 1]
        filled[version, gaps] = counts[source] * weekdays[gaps] / weekdays[source]
    return filled


def _weekdays(totals: Floats) -> Floats:
    """Return how much each day is used as its weekday, 1 on average."""
    weekday = np.arange(len(totals)) % _WEEK
    medians = np.zeros(_WEEK)
    for number in range(_WEEK):
        days = (weekday == number) & (totals > 0)
        medians[number] = np.median(totals[days]) if days.any() else 0
    medians = np.where(medians > 0, medians, medians[medians > 0].mean())
    spread: Floats = (medians / medians.mean())[weekday]
    return spread
