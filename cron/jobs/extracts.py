"""Writes the extracts of the day that ended, and removes old ones."""

from typing import Final

from cron.job import Done, Job, Run
from cron.period import daily
from socorro.config import load
from socorro.extracts import folder
from socorro.extracts.config import ExtractsConfig
from socorro.extracts.folder import Audience
from socorro.extracts.write import write

AUDIENCES: Final[tuple[Audience, ...]] = ("private", "public")


def work(run: Run) -> Done:
    """Write both files of each product; the same day gives the same files again."""
    config, done = load(ExtractsConfig), Done()
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
    period=daily("03:00"),
    work=work,
    backfill=True,
    seconds=3600,
)
