"""Jobs for the tests of the clock, and a clock that runs them without processes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cron.job import Done, Job, Run
from cron.period import Period, Slot, daily, every, hourly
from cron.schedule import Progress, due, wait_after

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def nothing(_run: Run) -> Done:
    return Done()


def make_job(
    name: str = "job", period: Period | None = None, *needs: str, backfill: bool = False
) -> Job:
    return Job(
        name, f"Does {name}.", period or daily("02:00"), nothing, needs=needs, backfill=backfill
    )


class FakeClock:
    """Runs a table of jobs by a time that the test sets; remembers which slots ran."""

    def __init__(self, *jobs: Job, now: datetime) -> None:
        self.jobs, self.now = jobs, now
        self.progress: dict[str, Progress] = {}
        self.ran: list[tuple[str, Slot]] = []
        self.done: list[tuple[str, Slot]] = []
        self.passed_over = 0
        self.fails: Callable[[str, Slot], bool] = lambda _name, _slot: False
        self.off: frozenset[str] = frozenset()

    def tick(self) -> None:
        """Run everything that is due."""
        while ready := due(self.jobs, self.progress, self.now, self.off):
            for candidate in ready:
                self._run(candidate.job, candidate.slot, candidate.passed_over)

    def names(self) -> list[str]:
        return [name for name, _ in self.ran]

    def days(self, name: str) -> list[str]:
        return [str(slot.day) for ran, slot in self.ran if ran == name]

    def _run(self, job: Job, slot: Slot, passed_over: int) -> None:
        self.ran.append((job.name, slot))
        self.passed_over += passed_over
        before = self.progress.get(job.name, Progress())
        if self.fails(job.name, slot):
            errors = before.errors + 1
            next_try = self.now + wait_after(job, errors)
            self.progress[job.name] = replace(before, errors=errors, next_try=next_try)
        else:
            self.done.append((job.name, slot))
            self.progress[job.name] = Progress(done_until=slot.end)


__all__ = ["DAY", "HOUR", "MONDAY", "FakeClock", "daily", "every", "hourly", "make_job"]
