"""Lists machines that are suspected to have broken memory, over the last seven days.

A week, because a broken machine crashes a few times a day. Each run replaces what its day had.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from cron import hardware
from cron.hardware import Counted, Reading
from cron.job import Done, Job, JobFailed, Run
from cron.jobs.search_segments import off
from cron.period import daily
from socorro.config import load
from socorro.postgres import Connection, execute, load_sql
from socorro.search import notes
from socorro.search.config import SearchConfig
from socorro.search.interface import SearchUnavailable, TooSlow
from socorro.search.segments import bulk
from socorro.search.segments.bulk import Bulk
from socorro.search.segments.follow import ENGINE
from socorro.search.segments.limits import Limits
from socorro.search.segments.writer import days

SQL = load_sql(__file__)
PERIOD: Final = timedelta(days=7)
KEPT: Final = timedelta(days=400)
LIMITS: Final = Limits(memory="1GB", threads=1, seconds=1200)
MOST_SUSPECTS: Final = 1000


def has_work(_db: Connection) -> bool:
    """Return whether there is anything to read."""
    return bool(days(load(SearchConfig).folder, "public"))


def work(run: Run) -> Done:
    """Scan the days that end with the slot's, and save whom they suspect."""
    start, end = run.slot.end - PERIOD, run.slot.end
    with run.database.transaction() as db:
        waiting = [hour for hour in notes.late_hours(db, ENGINE) if start <= hour < end]

    def read(opened: Bulk) -> tuple[Reading, list[str]]:
        return hardware.read(opened), [problem.text for problem in opened.problems]

    try:
        reading, problems = bulk.read(
            load(SearchConfig).folder.absolute(), hardware.query(start, end), LIMITS, read, waiting
        )
    except (SearchUnavailable, TooSlow) as error:
        raise JobFailed(str(error)) from None
    with run.database.transaction() as db:
        return Done(_save(db, run, reading, problems), problems)


def _save(db: Connection, run: Run, reading: Reading, problems: Sequence[str]) -> int:
    from socorro.stats.hardware_suspects import Machine, base_share, suspects

    share = base_share(reading.crashes, reading.flipped)
    machines = [Machine(one.crashes, one.flipped, one.signatures) for one in reading.counted]
    suspected = suspects(machines, share, reading.machines)[:MOST_SUSPECTS]
    day = run.slot.day
    execute(db, SQL["forget"], day=day, before=day - KEPT)
    execute(
        db,
        SQL["save_scan"],
        day=day,
        first=day - PERIOD + timedelta(days=1),
        crashes=reading.crashes,
        flipped=reading.flipped,
        machines=reading.machines,
        share=share,
        notes=list(problems),
    )
    for place, suspect in enumerate(suspected):
        machine: Counted = reading.counted[suspect.place]
        values = machine._asdict() | {"chance": suspect.chance, "place": place}
        execute(db, SQL["save_suspect"], day=day, **values)
    return len(suspected)


JOB = Job(
    name="hardware-suspects",
    does="Lists machines that are suspected to have broken memory.",
    period=daily("06:45"),
    work=work,
    needs=("search-segments",),
    seconds=1800,
    off=off,
    has_work=has_work,
)
