"""Writes the extracts of the day that ended, and removes old ones.

They hold what was counted: which reports are duplicates, and installs. So the day waits until all
its hours are counted. It does not wait for the file of installs, which may never come.
"""

from typing import Final

from cron.job import Done, Job, Run
from cron.period import daily
from socorro.config import load
from socorro.extracts import folder
from socorro.extracts.config import ExtractsConfig
from socorro.extracts.folder import Audience
from socorro.extracts.write import write
from socorro.postgres import execute

AUDIENCES: Final[tuple[Audience, ...]] = ("private", "public")


def work(run: Run) -> Done:
    """Write both files of each product; repeated for a day, it writes the same files."""
    config, done = load(ExtractsConfig), Done()
    with run.database.transaction() as db:
        execute(db, "SELECT day_is_counted(%(day)s, true)", day=run.slot.day)  # or raises
    for product in config.products:
        [written, _] = write(
            run.database, config.folder, run.slot.day, product, AUDIENCES,
            config.report_url, config.level,
        )  # fmt: skip
        done.rows += written.reports
    folder.sweep(config, run.now.date())
    return done


JOB = Job(
    name="extracts",
    does="Writes the reports of a day as files for analysts, and removes old ones.",
    period=daily("06:30"),  # after installs were imported
    work=work,
    needs=("counts", "duplicates-of-day"),
    backfill=True,
    seconds=3600,
)
