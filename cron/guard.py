"""Guards the jobs that remove old data against a clock that is wrong.

Collects the evidence that cron/plausible.py judges, and keeps in Postgres how far a job got.
"""

import json
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from cron.job import JobFailed, Run
from cron.plausible import Evidence, Share, Stand, doubt, last_day, too_much
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Connection, execute, load_sql, rows, value
from socorro.retention import RetentionConfig

SQL = load_sql(__file__)
_RECENT: Final = timedelta(days=30)  # older crashes say nothing about today


class Refused(JobFailed):
    """Nothing was removed, because the time is not plausible or too much would go."""


class LastRun(NamedTuple):
    """How far a job got: the row of retention_stands."""

    day: date
    clock: datetime
    cutoffs: Mapping[str, str]


@dataclass(frozen=True)
class Judgement:
    """What a run may do: the day that it takes for today, and why it must not remove anything.

    *cutoffs* are those of the last run, by kind.
    """

    day: date
    doubt: str
    cutoffs: Mapping[str, date]

    @property
    def midnight(self) -> datetime:
        """The start of the day."""
        return datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC)

    def notes(self, run: Run) -> list[str]:
        """Return a note when the run stays behind its time."""
        behind = (run.now.date() - self.day).days
        if behind <= 0:
            return []
        return [
            f"removed only what was old on {self.day}, {behind} days ago: the rest in later runs"
        ]


def judge(run: Run, job: str, config: RetentionConfig, store: CrashStore | None) -> Judgement:
    """Return what this run of *job* may remove. By force, it is what is old today."""
    with run.database.transaction() as db:
        stands = rows(db, SQL["stand"], LastRun, job=job)
        newest = value(db, SQL["newest"], now=run.now)
    last = Stand(stands[0].day, stands[0].clock) if stands else _first(run)
    days = [newest.astimezone(UTC).date()] if newest else []
    if store:
        counted = store.counters("day", run.now - _RECENT, run.now)
        days += [day.date() for day in counted] or _any_day(store, run.now)
    evidence = Evidence(
        run.now, run.clock, _store_ahead(run.shared.store), max(days, default=None), last
    )
    cutoffs = stands[0].cutoffs if stands else {}
    return Judgement(
        run.now.date() if run.forced else last_day(evidence, config.step_days),
        doubt(evidence, config.step_days),
        {kind: date.fromisoformat(day) for kind, day in cutoffs.items()},
    )


def refusal(judgement: Judgement, shares: Iterable[Share], config: RetentionConfig) -> str:
    """Return why nothing may be removed; "" when it may."""
    return judgement.doubt or too_much(shares, config.step_days, config.largest_percent)


def enforce(
    run: Run, job: str, judgement: Judgement, shares: Iterable[Share], config: RetentionConfig
) -> list[str]:
    """Return notes about a run that may go on. Raises Refused when it may not."""
    reason = refusal(judgement, shares, config)
    if not reason:
        return judgement.notes(run)
    if run.forced:
        return [f"removed by --force, although {reason}"]
    raise Refused(
        f"nothing was removed: {reason}. `socorro cron run --job {job} --dry-run` shows what would"
        f" go; if that is right, `socorro cron run --job {job} --force` removes it"
    )


def record(
    db: Connection, run: Run, job: str, judgement: Judgement, cutoffs: Mapping[str, date]
) -> None:
    """Record how far this run of *job* got."""
    text = json.dumps({kind: str(day) for kind, day in cutoffs.items()})
    execute(db, SQL["record"], job=job, day=judgement.day, clock=run.now, cutoffs=text)


def _first(run: Run) -> Stand | None:
    """Return where a job stood that ran before there was a record of it."""
    return Stand(run.since.date(), run.since) if run.since else None


def _any_day(store: CrashStore, now: datetime) -> list[date]:
    """Return the day of a crash that is older than those which say something about today."""
    beginning = datetime(2000, 1, 1, tzinfo=UTC)
    return [day.date() for day in store.counters("day", beginning, now)]


def _store_ahead(url: str) -> timedelta | None:
    """Return how far the file system of a crash store is ahead of this machine's clock."""
    drafts = Path(urlsplit(url).path) / "drafts"
    if urlsplit(url).scheme != "file" or not drafts.is_dir():
        return None
    with tempfile.NamedTemporaryFile(dir=drafts, prefix="clock-") as file:
        file.write(b"now")
        file.flush()
        return timedelta(seconds=Path(file.name).stat().st_mtime - time.time())
