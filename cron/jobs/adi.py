"""Active daily installs of one day, from a CSV file or URL, into adi_raw.

Only rates need installs: counts do not wait for this job.
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
    """Return which setting is missing, "" when none is."""
    return "" if config.adi else "set SOCORRO_CRON_ADI"


def work(run: Run) -> Done:
    """Read the day's file, and replace the rows that it gave before."""
    day = run.slot.day
    location = run.config.adi.replace("{day}", str(day))
    text = _text(run, location, day)
    try:
        installs = adi.parse(text, day)
    except adi.BadTable as error:
        raise SourceFailed(f"no ADI for {day}: {shown(location)}: {error}") from None
    source = Path(urlsplit(location).path).name or "url"
    with run.database.transaction() as db:
        saved = adi.save(db, day, installs, source)
        execute(db, "SELECT update_adi(%(day)s, false)", day=day)
    return Done(saved, installs.notes)


def _text(run: Run, location: str, day: date) -> str:
    try:
        if location.startswith(("http://", "https://")):
            with Fetcher(run.config) as fetcher:
                return fetcher.text(location)
        path = Path(location.removeprefix("file://"))
        if path.stat().st_size > run.config.http_bytes:
            limit = f"{run.config.http_bytes:,} bytes (SOCORRO_CRON_HTTP_BYTES)"
            raise SourceFailed(f"{path} is larger than {limit}")
        return path.read_text("utf-8", "replace")
    except SourceMissing as error:
        raise SourceMissing(f"no ADI for {day}: {error}") from None
    except OSError as error:
        raise SourceFailed(f"no ADI for {day}: {location}: {error.strerror}") from None


JOB = Job(
    name="adi",
    does="Imports active daily installs.",
    period=daily("06:00"),
    work=work,
    needs=("versions",),
    backfill=True,
    off=off,
)
