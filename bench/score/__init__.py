"""Scores of the statistics: what a method must reach, and what it reaches, where truth is clear.

Each module of this package scores one method of socorro/stats. It has `bars(quick)`, which yields
what was reached against a bar, and may have `speeds(quick)`, which yields what a size costs.
*quick* means small worlds, to see that nothing is broken; its figures mean little.
"""

from typing import NamedTuple


class Bar(NamedTuple):
    """One bar: *what* is measured, the bar, what was reached, whether it is met, and the seeds."""

    what: str
    bar: str
    reached: str
    met: bool
    seeds: str = ""


class Speed(NamedTuple):
    """What a size costs: seconds, seconds of CPU, and MB at the peak."""

    what: str
    size: str
    seconds: float
    cpu: float
    peak: float
    bar: str = ""
