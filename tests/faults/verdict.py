"""What was measured while a fault was at work, and what that is called. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import inf


class Verdict(Enum):
    """How a row ended; all but OK and SKIPPED make the battery fail."""

    OK = "ok"
    LOST = "LOST"
    DOUBLED = "DOUBLED"
    STALLED = "STALLED"
    NOT_RECOVERED = "NOT RECOVERED"
    WRONG = "WRONG"
    BROKEN = "BROKEN"  # the trial itself could not be carried out
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Expectation:
    """What a fault may do at most, seconds; None: processing stands still by its nature."""

    stall_seconds: float | None = 10.0
    recover_seconds: float = 60.0


@dataclass(frozen=True)
class Measured:
    """The figures of one row. *stalled* and *recovered* are seconds; inf: not within the wait."""

    answered: int = 0
    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    stalled: float | None = None
    recovered: float | None = None
    unsettled: tuple[str, ...] = ()  # crash ids that still wait when the wait is over
    wrong: tuple[str, ...] = ()  # further claims that did not hold, in words
    broken: str = ""
    skipped: str = ""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    measured: Measured
    verdicts: tuple[Verdict, ...]
    seconds: float = 0.0

    @property
    def is_ok(self) -> bool:
        """Say whether the fault did no more than it may."""
        return self.verdicts in ((Verdict.OK,), (Verdict.SKIPPED,))

    @property
    def is_harmless(self) -> bool:
        """Say whether the line can serve the next fault: no crash was lost, or stuck."""
        return self.is_ok or self.verdicts == (Verdict.WRONG,)


def judge(measured: Measured, expectation: Expectation) -> tuple[Verdict, ...]:
    """Return everything that is wrong, the worst first; OK alone when nothing is."""
    if measured.skipped:
        return (Verdict.SKIPPED,)
    limit = expectation.stall_seconds
    stalled = limit is not None and (measured.stalled or 0.0) > limit
    late = measured.recovered is not None and measured.recovered > expectation.recover_seconds
    claims = (
        (Verdict.LOST, bool(measured.lost)),
        (Verdict.DOUBLED, bool(measured.doubled)),
        (Verdict.STALLED, stalled),
        (Verdict.NOT_RECOVERED, bool(measured.unsettled) or late),
        (Verdict.WRONG, bool(measured.wrong)),
        (Verdict.BROKEN, bool(measured.broken)),
    )
    return tuple(verdict for verdict, holds in claims if holds) or (Verdict.OK,)


def exit_code(rows: Sequence[Row]) -> int:
    """Return 0 when every row is as it may be, 1 when one is not."""
    return 0 if all(row.is_ok for row in rows) else 1


def lost_ids(answered: set[str], *places: set[str]) -> tuple[str, ...]:
    """Return the ids that got an answer and are in none of the *places*."""
    return tuple(sorted(answered.difference(*places)))


def seconds_text(seconds: float | None, waited: float) -> str:
    """Return seconds for the table; of what did not happen, how long it was waited for."""
    if seconds is None:
        return ""
    return f"> {waited:.0f}" if seconds == inf else f"{seconds:.1f}"
