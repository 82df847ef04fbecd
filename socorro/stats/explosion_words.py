"""The sentence of an explosion, with its numbers."""

from datetime import date
from typing import Final, Literal, NamedTuple

Counted = Literal["crashes", "installs"]

_SMALLEST: Final = 0.0001
_WORDS: Final = {1: "", 3: " in three days", 7: " in seven days"}


class Evidence(NamedTuple):
    """What a signature had on the *window_days* that end with *day*, and what was expected.

    *tests* signatures were judged together; *p* is the chance of one of them. *counted*: what
    *events* are. *by_adi*: what is expected follows ADI.
    """

    day: date
    window_days: int
    events: int
    expected: float
    p: float
    tests: int
    history_days: int
    counted: Counted = "crashes"
    by_adi: bool = True


def sentence(evidence: Evidence) -> str:
    """Return what happened: "54 crashes on Tuesday, 24 November, where 8.3 were expected …"."""
    what = "crashes" if evidence.counted == "crashes" else "installs crashed"
    days = _WORDS.get(evidence.window_days, f" in {evidence.window_days} days")
    when = f"{days} up to" if days else " on"
    by = "at today's installs" if evidence.by_adi else "at today's crashes of its versions"
    if evidence.history_days:
        history = f"from its last {_plural(evidence.history_days)} {by}"
    else:
        history = "without any history"
    return (
        f"{evidence.events:,} {what}{when} {evidence.day:%A}, {evidence.day.day} "
        f"{evidence.day:%B}, where {rounded(evidence.expected)} were expected {history}; "
        f"of {evidence.tests:,} signatures {by_chance(evidence.p * evidence.tests)} would do so "
        "by chance"
    )


def rounded(number: float) -> str:
    """Return a number as sentences have it: 0.03, 8.3, 1,240."""
    return (
        f"{number:,.0f}" if number >= 100 else f"{number:.1f}" if number >= 1 else f"{number:.2g}"
    )


def by_chance(expected: float) -> str:
    """Return how many would do so by chance, in words."""
    return f"fewer than {_SMALLEST}" if expected < _SMALLEST else f"{expected:.1g}"


def _plural(days: int) -> str:
    return "day" if days == 1 else f"{days} days"
