"""Lists modules on stacks that look suspicious, over the last 28 days.

Four weeks, because what is new is told from what was there before. Each run replaces what its day
had.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final

from cron.job import Done, Job, JobFailed, Run
from cron.jobs.search_segments import off
from cron.period import daily
from socorro.config import load
from socorro.search.config import SearchConfig
from socorro.search.interface import SearchUnavailable, TooSlow
from socorro.search.segments.writer import days
from socorro.stack_modules import stacks, suspects, tables

DAYS: Final = 28


def work(run: Run) -> Done:
    """Scan the days that end with the slot's, and save what they say."""
    day = run.slot.day
    first = day - timedelta(days=DAYS - 1)

    def signed(product: str, names: Collection[str]) -> Mapping[str, bool]:
        with run.database.transaction() as db:
            return tables.certificates(db, product, names, first, day)

    folder = load(SearchConfig).folder
    if not days(folder, "public"):
        return Done(notes=["no crashes yet"])
    try:
        with stacks.read_stacks(folder, first, day) as read:
            suspicious, notes = suspects.find_suspects(read, day, signed)
    except (SearchUnavailable, TooSlow) as error:
        raise JobFailed(str(error)) from None
    with run.database.transaction() as db:
        return Done(tables.save_suspects(db, day, first, read, suspicious, notes), notes)


JOB = Job(
    name="suspicious-modules",
    does="Lists modules on stacks that look suspicious.",
    period=daily("06:30"),
    work=work,
    needs=("search-segments",),
    seconds=1800,
    off=off,
)
