"""How long a trial waits for what was posted, on a clock of its own."""

import pytest

from tests.faults import places, trial
from tests.faults.registry import Fault
from tests.system.line import Line

PATIENCE = 15.0  # seconds
CRASHES = ["a", "b", "c", "d"]


class Clock:
    """Time that passes while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Backlog(trial.Trial):
    """A trial whose crashes are settled at the times given."""

    def __init__(self, line: Line, clock: Clock, settled_after: list[float]) -> None:
        super().__init__(line, Fault("kill", lambda _trial: None), 1, print)
        self._poster.answered.update(CRASHES)
        self._settled = dict(zip(CRASHES, settled_after, strict=False))
        self._clock = clock

    def _look(self, _seconds: float) -> places.Places:
        reports = {name: 1 for name, after in self._settled.items() if self._clock.now >= after}
        return places.Places(set(), set(), set(), reports, {})


@pytest.mark.parametrize(
    ("settled_after", "seconds"),
    [
        ([0, 0, 0, 0], 0),
        ([10, 20, 30, 40], 40),  # longer than its patience, as it goes on
        ([0, 10], 10 + PATIENCE),  # two are stuck
    ],
)
def test_a_backlog_is_waited_for_as_long_as_it_shrinks(
    monkeypatch: pytest.MonkeyPatch, settled_after: list[float], seconds: float
) -> None:
    clock, line = Clock(), Line.__new__(Line)
    line.ports = {"collector": 1}
    monkeypatch.setattr(trial, "time", clock)
    monkeypatch.setattr(trial, "PATIENCE", PATIENCE)

    Backlog(line, clock, settled_after).work_off()

    assert clock.now == pytest.approx(seconds, abs=3 * trial.LOOK_SECONDS)
