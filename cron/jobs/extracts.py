"""Writes the extracts of the day that ended, and removes old ones.

They hold what was counted: which reports are duplicates, and installs. So the day waits until all
its hours are counted. It does not wait for the file of installs, which may never come.

Old files are removed by the guard of cron/guard.py: when the time is not plausible, the day is
written, nothing is removed, and the job fails with the reason.
"""

from collections.abc import Iterator
from typing import Final

from cron.guard import Judgement, enforce, judge, record, refusal
from cron.job import Done, Job, Run
from cron.period import daily
from cron.plausible import Share
from socorro import folders_seen
from socorro.config import load
from socorro.extracts import folder
from socorro.extracts.config import ExtractsConfig
from socorro.extracts.folder import Audience
from socorro.extracts.write import write
from socorro.postgres import execute
from socorro.retention import RetentionConfig

NAME: Final = "extracts"
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
    folders_seen.remember(config.folder, "extracts")
    done.notes += _remove_old(run, config)
    return done


def preview(run: Run) -> Iterator[str]:
    """Yield which files a run would remove, one text line each."""
    config, kept = load(ExtractsConfig), load(RetentionConfig)
    judgement = judge(run, NAME, kept, None)
    if reason := refusal(judgement, _shares(config, judgement), kept):
        yield f"would be refused: {reason}"
    yield from (str(file.path) for file in folder.expired(config, judgement.day))


def _remove_old(run: Run, config: ExtractsConfig) -> list[str]:
    """Remove old files; return notes. Raises Refused."""
    kept = load(RetentionConfig)
    judgement = judge(run, NAME, kept, None)
    notes = enforce(run, NAME, judgement, _shares(config, judgement), kept)
    folder.sweep(config, judgement.day)
    with run.database.transaction() as db:
        record(db, run, NAME, judgement, {})
    return notes


def _shares(config: ExtractsConfig, judgement: Judgement) -> list[Share]:
    going = {file.day for file in folder.expired(config, judgement.day)}
    return [Share("days of extracts", len(going), len(folder.days(config)))]


JOB = Job(
    name=NAME,
    does="Writes the reports of a day as files for analysts, and removes old ones.",
    period=daily("06:30"),  # after installs were imported
    work=work,
    needs=("counts", "duplicates-of-day"),
    backfill=True,
    seconds=3600,
    preview=preview,
)
