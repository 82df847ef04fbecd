"""Which machines crash because their memory is broken?

A bit that flips in a null pointer gives an address with a single bit set, in whatever code happens
to use it. So of each machine (processor, microcode, system, graphics and memory together) the
crashes at one-bit addresses are counted, and held against their share of all crashes by a
binomial test, with Bonferroni's correction for the number of machines that were looked at (Dunn,
JASA 56, 1961, 52-64). A machine is named only when its one-bit crashes have several signatures: a
bug has one, broken memory has many (Nightingale, Douceur, Orgovan, EuroSys 2011, on how hardware
fails on consumer machines).

A suspicion, not a proof: a program that computes addresses like 1 << n looks like that, too.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from scipy.special import betainc

LEAST_SHARE: Final = 0.002  # of one-bit addresses among all crashes, however few were seen
LEAST_SIGNATURES: Final = 3
ERROR: Final = 0.01  # chance that any machine is named although none is broken


class Machine(NamedTuple):
    """One machine: its crashes, those at one-bit addresses, and the signatures of these."""

    crashes: int
    flipped: int
    signatures: int


class Suspect(NamedTuple):
    """The place of a machine in what was judged; *chance*: p-value, times the machines tested."""

    place: int
    chance: float


def base_share(crashes: int, flipped: int) -> float:
    """Return which share of crashes is at one-bit addresses without any broken machine."""
    return max(LEAST_SHARE, flipped / crashes) if crashes else LEAST_SHARE


def suspects(machines: Sequence[Machine], share: float, tested: int | None = None) -> list[Suspect]:
    """Return the machines that are suspected, the least likely chance first.

    *machines* may leave out those without any one-bit crash; *tested* is the number of all. *share*
    is that of base_share().
    """
    if not machines:
        return []
    crashes, flipped, signatures = np.array(machines, dtype=float).T
    flipped = np.minimum(flipped, crashes)
    # P(X >= k) of a binomial X
    chance = np.where(
        flipped > 0, betainc(np.maximum(flipped, 1), crashes - flipped + 1, share), 1.0
    )
    corrected = np.minimum(1.0, chance * max(len(machines), tested or 0))
    suspected = np.flatnonzero((corrected <= ERROR) & (signatures >= LEAST_SIGNATURES))
    order = sorted(suspected, key=lambda place: (corrected[place], -flipped[place], place))
    return [Suspect(int(place), float(corrected[place])) for place in order]
