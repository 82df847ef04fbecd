"""Finds the installs whose crashes have modules of two builds, over the last seven days.

A week, because builds are told apart by what each of them usually has, and a nightly of yesterday
has few crashes. Each run replaces what its day had.
"""

from datetime import timedelta
from typing import Final

from cron.job import Done, Job, JobFailed, Run
from cron.jobs.search_segments import off
from cron.period import daily
from socorro.config import load
from socorro.search.config import SearchConfig
from socorro.search.interface import SearchUnavailable, TooSlow
from socorro.search.segments.writer import days
from socorro.stack_modules import mixes, stacks, tables
from socorro.stack_modules.config import MixesConfig
from socorro.stack_modules.symbols import Uploaded
from socorro.symbols.config import SymbolsConfig
from socorro.symbols.store import SymbolStore

DAYS: Final = 7


def work(run: Run) -> Done:
    """Scan the days that end with the slot's, and save what they say."""
    day, symbols = run.slot.day, load(SymbolsConfig)
    first = day - timedelta(days=DAYS - 1)
    uploaded = Uploaded(SymbolStore(symbols.store, symbols.file_bytes))
    folder = load(SearchConfig).folder
    if not days(folder, "public"):
        return Done(notes=["no crashes yet"])
    try:
        with stacks.read_stacks(folder, first, day) as read:
            scan = mixes.find_mixes(read, uploaded, load(MixesConfig).excused)
    except (SearchUnavailable, TooSlow) as error:
        raise JobFailed(str(error)) from None
    with run.database.transaction() as db:
        return Done(tables.save_mixes(db, day, first, read, scan), list(scan.notes))


JOB = Job(
    name="frankeninstalls",
    does="Finds installs whose crashes have modules of two builds.",
    period=daily("06:15"),
    work=work,
    needs=("search-segments",),
    seconds=1800,
    off=off,
)
