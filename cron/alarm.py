"""One text line and an exit code about all jobs, as Nagios reads them. Pure."""

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


class NagiosStatus(NamedTuple):
    """What to print, and the exit code."""

    code: int
    text: str


def check(jobs: Sequence[CronJob], now: datetime) -> NagiosStatus:
    """Return the status of all jobs: the worst counts, and is named first."""
    by_severity = sorted(
        ((severity(job, now), job) for job in jobs), key=lambda rated: rated[0], reverse=True
    )
    worst = by_severity[0][0] if by_severity else OK
    problems = [f"{job.job} {_problem(job, now)}" for code, job in by_severity if code]
    on = sum(job.state(now) != "off" for job in jobs)
    healthy = f"{on} job{'' if on == 1 else 's'} healthy"
    return NagiosStatus(worst, f"{_NAMES[worst]} - {'; '.join(problems) or healthy}")


def severity(job: CronJob, now: datetime) -> int:
    """Return the severity of a job's state: OK, WARNING or CRITICAL."""
    state = job.state(now)
    if state in ("off", "ok", "running"):
        return OK
    if state == "ahead" and job.is_far_ahead(now):
        return CRITICAL
    if state == "stuck" or (state == "broken" and job.errors >= BROKEN_AFTER):
        return CRITICAL
    return CRITICAL if job.late_seconds(now) > LATE_SECONDS else WARNING


def _problem(job: CronJob, now: datetime) -> str:
    state = job.state(now)
    if state == "broken":
        times = "once" if job.errors == 1 else f"{job.errors} times"
        return f"failed {times} ({job.last_error_type}: {job.last_error})"
    if state == "waiting":
        return f"is waiting for {job.waits_for}"
    if state == "late":
        return f"is {job.late_seconds(now):.0f} s late"
    return state
