"""Removes crashes that were kept long enough from the store, then their rows.

The store comes first: a crash that is in it and has no row would be queued again. What would go is
listed before anything does, and cron/guard.py decides whether it may: nothing brings it back.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from cron.guard import Judgement, enforce, judge, record, refusal
from cron.job import Done, Job, JobFailed, Run, number
from cron.period import daily
from cron.plausible import Share
from socorro.config import load
from socorro.counts.partitions import drop_partitions
from socorro.crash_id import CrashId, day_of, is_deferred
from socorro.crashstore.interface import CrashStore
from socorro.postgres import execute, load_sql, rows
from socorro.retention import RetentionConfig
from socorro.search import notes as search_notes
from socorro.search import source
from socorro.search.config import SearchConfig
from socorro.search.segments.writer import SegmentsUnwritable, Writer, expired

SQL = load_sql(__file__)
NAME: Final = "retention"
LOG_DAYS: Final = 90
RANKS: Final = timedelta(days=60)  # they can be made again
_BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
_AGAIN: Final = timedelta(days=2)


@dataclass(frozen=True)
class Cutoffs:
    """What was submitted before these moments goes; deferred crashes from *deferred_since* on."""

    day: datetime
    crashes: datetime
    personal: datetime
    deferred: datetime
    deferred_since: datetime

    def kinds(self) -> dict[str, date]:
        """Return the cutoffs as they are recorded."""
        return {
            "crashes": self.crashes.date(),
            "personal": self.personal.date(),
            "deferred": self.deferred.date(),
        }


class Weeks(NamedTuple):
    """Weekly partitions of a table: those that would go, and how many there are."""

    parent: str
    going: list[str]
    existing: int


def work(run: Run) -> Done:
    """Remove what is too old on the day of the run."""
    config = load(RetentionConfig)
    with run.store() as store:
        judgement = judge(run, NAME, config, store)
        cutoffs = _cutoffs(run, judgement, config)
        notes = enforce(run, NAME, judgement, _shares(run, store, cutoffs), config)
        removed = _delete(store, store.submitted(_BEGINNING, cutoffs.crashes))
        never_processed = _delete(store, _unseen(store, cutoffs))
    table_rows, dropped = _forget(run, judgement, cutoffs)
    if dropped:
        notes.append(f"{dropped} partitions dropped")
    if days := _forget_search(run):
        notes.append(f"{days} days of search files removed")
    if removed or never_processed:
        notes.append(
            f"{removed:,} crashes removed from the store, and {never_processed:,} deferred ones"
        )
    return Done(removed + never_processed + table_rows, notes)


def preview(run: Run) -> Iterator[str]:
    """Yield what a run would remove, one text line each."""
    config = load(RetentionConfig)
    with run.store() as store:
        judgement = judge(run, NAME, config, store)
        cutoffs = _cutoffs(run, judgement, config)
        going = Counter(map(day_of, store.submitted(_BEGINNING, cutoffs.crashes)))
        deferred = Counter(map(day_of, _unseen(store, cutoffs)))
        reason = refusal(judgement, _shares(run, store, cutoffs), config)
    if reason:
        yield f"would be refused: {reason}"
    for day, count in sorted(going.items()):
        yield f"{day}: {_crashes(count)}"
    for day, count in sorted(deferred.items()):
        yield f"{day}: {_crashes(count)}, deferred and not processed"
    going_weeks = _weeks(run, cutoffs)
    for weeks in going_weeks:
        yield from (f"partition {name}" for name in weeks.going)
    yield from _search_preview(run, going_weeks)


def _crashes(count: int) -> str:
    return f"{count:,} crash{'' if count == 1 else 'es'}"


def _cutoffs(run: Run, judgement: Judgement, config: RetentionConfig) -> Cutoffs:
    today = judgement.midnight
    crashes = today - timedelta(weeks=config.crash_weeks)
    deferred = today - timedelta(weeks=config.deferred_weeks)
    # Deferred crashes that somebody viewed were processed, and are kept like others.
    since = crashes
    if last := judgement.cutoffs.get("deferred"):
        since = max(crashes, datetime(last.year, last.month, last.day, tzinfo=UTC) - _AGAIN)
    elif run.since:
        since = max(crashes, deferred - (run.now - run.since + _AGAIN))
    personal = max(crashes, today - timedelta(weeks=config.personal_weeks))
    return Cutoffs(today, crashes, personal, deferred, since)


def _shares(run: Run, store: CrashStore, cutoffs: Cutoffs) -> Iterator[Share]:
    """Yield how much of each kind would go. Reads no more than the removal does."""
    going = {day_of(crash_id) for crash_id in store.submitted(_BEGINNING, cutoffs.crashes)}
    kept = store.counters("day", cutoffs.crashes, run.now)
    yield Share("days of crashes", len(going), len(going) + len(kept))
    going = {day_of(crash_id) for crash_id in _unseen(store, cutoffs)}
    kept = store.counters("day", cutoffs.deferred, run.now)
    yield Share("days of deferred crashes", len(going), len(going) + len(kept))
    for weeks in _weeks(run, cutoffs):
        yield Share(f"weeks of {weeks.parent}", len(weeks.going), weeks.existing)


def _weeks(run: Run, cutoffs: Cutoffs) -> list[Weeks]:
    with run.database.transaction() as db:
        return rows(
            db, SQL["weeks"], Weeks,
            crashes=cutoffs.crashes, personal=cutoffs.personal, now=run.now,
        )  # fmt: skip


def _unseen(store: CrashStore, cutoffs: Cutoffs) -> Iterator[CrashId]:
    """Yield deferred crashes that nobody viewed for as long as they are kept."""
    for crash_id in store.unprocessed(cutoffs.deferred_since, cutoffs.deferred):
        if is_deferred(crash_id):
            yield crash_id


def _delete(store: CrashStore, crash_ids: Iterable[CrashId]) -> int:
    removed = 0
    for crash_id in crash_ids:
        store.delete(crash_id)
        removed += 1
    return removed


def _forget(run: Run, judgement: Judgement, cutoffs: Cutoffs) -> tuple[int, int]:
    """Remove rows of crashes that are gone; return how many, and how many partitions went."""
    crashes, personal = cutoffs.crashes, cutoffs.personal
    with run.database.transaction() as db:
        dropped = len(drop_partitions(db, "reports_user_info", personal))
        dropped += len(drop_partitions(db, "reports", crashes))
    with run.database.transaction() as db:
        count = number(db, SQL["drop_symbols"], before=crashes)
        count += number(db, SQL["drop_urls"], before=personal.date())
        count += number(db, SQL["drop_ranks"], before=(cutoffs.day - RANKS).date())
        count += execute(db, SQL["forget_modules"], before=crashes.date())
        count += execute(db, SQL["forget_correlations"], before=crashes.date())
        count += execute(db, SQL["forget_jobs"], before=crashes)
        count += execute(db, SQL["forget_alerts"], before=crashes)
        count += execute(db, SQL["forget_log"], before=cutoffs.day - timedelta(days=LOG_DAYS))
        search_notes.forget(db, crashes - timedelta(weeks=1))
        record(db, run, NAME, judgement, cutoffs.kinds())
    return count, dropped


def _forget_search(run: Run) -> int:
    """Remove the files of search whose reports, or personal data, were dropped; return the days.

    They follow what was dropped, now or before: so the guard is that of the reports.
    """
    with run.database.transaction() as db:
        dropped = source.dropped(db)
    try:
        return Writer(load(SearchConfig).folder).drop_days(dropped)
    except SegmentsUnwritable as error:
        raise JobFailed(str(error)) from None


def _search_preview(run: Run, going_weeks: Iterable[Weeks]) -> Iterator[str]:
    with run.database.transaction() as db:
        dropped = source.dropped(db)
    ends = {weeks.parent: max(map(_end_of, weeks.going)) for weeks in going_weeks if weeks.going}
    reports = _later(dropped.reports, ends.get("reports"))
    personal = _later(dropped.personal, ends.get("reports_user_info"), reports)
    for day in expired(load(SearchConfig).folder, source.Dropped(reports, personal)):
        yield f"search files of {day.parent.name} fields of {day.name}"


def _end_of(partition: str) -> datetime:
    return datetime.strptime(partition[-8:], "%Y%m%d").replace(tzinfo=UTC) + timedelta(weeks=1)


def _later(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment), default=None)


JOB = Job(
    name=NAME,
    does="Removes crashes, personal data, reports and logs that were kept long enough.",
    period=daily("05:00"),
    work=work,
    seconds=4 * 3600,
    preview=preview,
)
