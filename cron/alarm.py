"""One line and an exit code about all jobs, as Nagios and its kin want it. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from socorro.queries.cron import CronJob

OK: Final = 0
WARNING: Final = 1
CRITICAL: Final = 2
_NAMES: Final = ("OK", "WARNING", "CRITICAL")
BROKEN_AFTER: Final = 3  # failures in a row: one may be the network's
LATE_SECONDS: Final = 3600.0


class Told(NamedTuple):
    """What to print and how to exit."""

    code: int
    text: str


def check(jobs: Sequence[CronJob], now: datetime) -> Told:
    """Say how the jobs are doing, the worst first."""
    found = sorted(
        ((severity(job, now), job) for job in jobs), key=lambda each: each[0], reverse=True
    )
    worst = found[0][0] if found else OK
    wrong = [f"{job.job} {_why(job, now)}" for code, job in found if code]
    on = sum(job.state(now) != "off" for job in jobs)
    return Told(worst, f"{_NAMES[worst]} - {'; '.join(wrong) or f'{on} jobs are well'}")


def severity(job: CronJob, now: datetime) -> int:
    """Return how bad it is."""
    state = job.state(now)
    if state in ("off", "ok", "running"):
        return OK
    if state == "stuck" or (state == "broken" and job.errors >= BROKEN_AFTER):
        return CRITICAL
    return CRITICAL if job.late_seconds(now) > LATE_SECONDS else WARNING


def _why(job: CronJob, now: datetime) -> str:
    state = job.state(now)
    if state == "broken":
        return f"failed {job.errors} times ({job.last_error_type}: {job.last_error})"
    if state == "waiting":
        return f"waits for {job.waits_for}"
    if state == "late":
        return f"is late by {job.late_seconds(now):.0f} s"
    return state
