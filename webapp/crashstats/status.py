"""The status page: is the line healthy, and is anything lost? As `socorro health` says it.

Everybody sees counts and times; hosts and the text of errors are for those who may reprocess
crashes. It works without Postgres: the health ports still say what they know.
"""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe

from socorro.accounts.permissions import REPROCESS_CRASHES
from socorro.health.durations import size, span
from socorro.health.facts import Records
from socorro.health.recent import recent_health
from socorro.postgres import Unavailable
from socorro.queries.cron import CronJob
from webapp.accounts import access
from webapp.context import context_of
from webapp.crashstats.status_charts import charts

MARKS = {0: "", 1: "▲", 2: "✕"}
STATES = {  # of a job, in words
    "ok": "on",
    "running": "running",
    "off": "off",
    "never ran": "never ran",
    "waiting": "waits",
    "late": "late",
    "broken": "fails",
    "stuck": "stuck",
    "ahead": "ahead of the clock",
}


class JobRow(NamedTuple):
    """One job of the clock; *note* says what is wrong with it, *error* is not for everybody."""

    job: CronJob
    state: str
    is_wrong: bool
    note: str
    error: str
    period: str


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Show whether the line is healthy."""
    context = context_of(request)
    health = (context.health or recent_health(context.database))()
    records, details = health.facts.records, _sees_details(request)
    page = {
        "health": health,
        "sentence": health.sentence.removeprefix(f"{health.level.word}:"),
        "mark": MARKS[health.level],
        "records": records,
        "charts": charts(records.history, records.now) if records else [],
        "jobs": [_row(job, records.now, details) for job in records.jobs] if records else [],
        "not_compared": _not_compared(records) if records else [],
        "search_lag": span(records.search_seconds) if records else "",
        "database_size": size(records.database_bytes) if records else "",
        "disks": [
            {"holds": disk.holds, "words": _free(disk.free_percent, disk.free_bytes)}
            for disk in health.facts.disks()
        ],
        "ports": health.facts.instances if details else (),
        "details": details,
    }
    response = render(request, "crashstats/status.html", page)
    response["Cache-Control"] = "no-store"
    return response


def line(request: HttpRequest) -> dict[str, Any]:
    """Give templates the health of the line, *line*; None where pages do not show it."""
    context = context_of(request)
    return {"line": SimpleLazyObject(context.health) if context.health else None}


def _sees_details(request: HttpRequest) -> bool:
    try:
        return access.has_permission(request, REPROCESS_CRASHES)
    except (OperationalError, InterfaceError, *Unavailable):
        return False  # nobody can be looked up


def _not_compared(records: Records) -> list[str]:
    days = {day.day for day in records.ledger}
    return [f"{day:%-d\N{NO-BREAK SPACE}%b}" for day in records.expected_days if day not in days]


def _free(percent: float, count: int) -> str:
    return f"{percent:.0f} % free ({size(count)})"


def _row(job: CronJob, now: datetime, details: bool) -> JobRow:
    state = job.state(now)
    late = 0.0 if job.off else job.late_seconds(now)
    notes = [f"{span(late)} late"] if late else []
    if state == "waiting":
        notes.append(f"for {job.waits_for}")
    if job.errors and not job.off:
        notes.append("failed once" if job.errors == 1 else f"failed {job.errors} times in a row")
    if job.off and details:
        notes.append(job.off)
    error = f"{job.last_error_type}: {job.last_error}" if job.errors and details else ""
    is_wrong = state not in ("ok", "running", "off")
    # "every 5 min" and "hourly at :05" keep their last two words together
    period = "\N{NO-BREAK SPACE}".join(job.period.rsplit(" ", 1))
    return JobRow(job, STATES[state], is_wrong, ", ".join(notes), error, period)
