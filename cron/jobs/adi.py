"""Active daily installs of one day, from a CSV file or URL, into adi_raw.

Nothing waits for it but what divides by installs: counts go on without.
"""

from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from cron import adi
from cron.config import CronConfig
from cron.fetch import Fetcher, SourceFailed, SourceMissing
from cron.job import Done, Job, Run
from cron.period import daily
from socorro.fetch import shown
from socorro.postgres import execute


def off(config: CronConfig) -> str:
    """Say what is missing."""
    return "" if config.adi else "set SOCORRO_CRON_ADI"


def work(run: Run) -> Done:
    """Read the day's file, and put its rows in place of those that it gave before."""
    day = run.slot.day
    where = run.config.adi.replace("{day}", str(day))
    text = _text(run, where, day)
    try:
        installs = adi.parse(text, day)
    except adi.NoTable as why:
        raise SourceFailed(f"no ADI for {day}: {shown(where)}: {why}") from None
    source = Path(urlsplit(where).path).name or "url"
    with run.database.transaction() as db:
        saved = adi.save(db, day, installs, source)
        execute(db, "SELECT update_adi(%(day)s, false)", day=day)
    return Done(saved, installs.notes)


def _text(run: Run, where: str, day: date) -> str:
    try:
        if where.startswith(("http://", "https://")):
            with Fetcher(run.config) as fetcher:
                return fetcher.text(where)
        path = Path(where.removeprefix("file://"))
        if path.stat().st_size > run.config.http_bytes:
            raise SourceFailed(f"{path} is too large (SOCORRO_CRON_HTTP_BYTES)")
        return path.read_text("utf-8", "replace")
    except SourceMissing as why:
        raise SourceMissing(f"no ADI for {day}: {why}") from None
    except OSError as why:
        raise SourceFailed(f"no ADI for {day}: {where}: {why.strerror}") from None


JOB = Job(
    name="adi",
    does="Imports active daily installs.",
    period=daily("06:00"),
    work=work,
    needs=("versions",),
    backfill=True,
    off=off,
)
