"""Brings stored crashes over to today's signatures: `socorro reprocess --signatures-only`.

The processors do the work, with the ruleset that needs no dump and no walk. So each crash is saved
under the lease of its job, its hour is counted again, and new crashes go first. A few thousand
crashes are queued at a time. Whoever stops the command leaves these in the queue; the next run goes
on with crashes whose signature is of another version.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

import click

from cli.commands.group import echo, midnight, plural
from cli.commands.progress import progress_bar
from processor.config import ProcessorConfig
from socorro import jobs
from socorro.config import load
from socorro.crash_id import CrashId
from socorro.postgres import Database
from socorro.queries import reprocessing
from socorro.rulesets import Ruleset
from socorro.signature.generate import version

AHEAD: Final = 2000  # crashes that are queued at once
BATCH: Final = 500
POLL_SECONDS: Final = 0.2
HINT_SECONDS: Final = 30.0  # without any progress


class Choice(NamedTuple):
    """Which crashes: days of submission, UTC, *first* to *last*; None: no filter."""

    first: date
    last: date
    signature: str | None = None
    product: str | None = None
    limit: int | None = None

    @property
    def days(self) -> list[date]:
        """The days, newest first."""
        return [self.last - timedelta(n) for n in range((self.last - self.first).days + 1)]


class Progress:
    """Follows crashes from the queue to their end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open: set[CrashId] = set()
        self._moved = time.monotonic()
        self.done = 0
        self.failed = 0

    def queue(self, crash_ids: Sequence[CrashId]) -> None:
        """Queue crashes; those that wait or run already stay as they are."""
        with self._database.transaction() as db:
            jobs.offer(
                db,
                crash_ids,
                priority=jobs.LOW,
                ruleset=Ruleset.REGENERATE_SIGNATURE,
                reprocess=True,
            )
        self._open.update(crash_ids)

    def wait(self, most: int) -> Iterator[int]:
        """Wait until at most *most* crashes are open; yield how many ended meanwhile."""
        while len(self._open) > most:
            with self._database.transaction() as db:
                states = jobs.states(db, sorted(self._open))
            failed = {crash_id for crash_id, state in states if state == jobs.JobState.FAILED}
            still_open = {crash_id for crash_id, _ in states} - failed
            ended = len(self._open) - len(still_open)
            self.failed += len(failed)
            self.done += ended - len(failed)
            self._open = still_open
            yield ended
            self._hint(ended)
            if len(still_open) > most:
                time.sleep(POLL_SECONDS)

    def _hint(self, ended: int) -> None:
        now = time.monotonic()
        if ended:
            self._moved = now
        elif now - self._moved > HINT_SECONDS:
            self._moved = now
            seconds = f"{HINT_SECONDS:.0f} s"
            echo(f"nothing processed for {seconds}: is a processor running?", err=True)


def bring_over(database: Database, choice: Choice, dry_run: bool) -> None:
    """Give crashes of other signature versions a new signature; exit 1 when some failed."""
    new = version(load(ProcessorConfig).signature_style)
    total = _count(database, choice, new)
    if dry_run:
        echo(f"{plural(total, 'crash')} would be brought over to signature version {new}")
        return
    progress = Progress(database)
    with progress_bar() as bar:
        task = bar.add_task("making signatures", total=total)
        for batch in _batches(database, choice, new):
            progress.queue(batch)
            for ended in progress.wait(AHEAD):
                bar.update(task, advance=ended)
        for ended in progress.wait(0):
            bar.update(task, advance=ended)
    crashes = plural(progress.done, "crash")
    echo(f"{crashes} brought over to signature version {new}, {progress.failed:,} failed")
    if progress.done:
        echo("`socorro reprocess --report` shows the changes; the clock counts the hours again")
    if progress.failed:
        raise SystemExit(1)


def _count(database: Database, choice: Choice, new: str) -> int:
    """Count the crashes, a day at a time: a statement has a time limit."""
    total = 0
    for day in choice.days:
        with database.transaction() as db:
            total += reprocessing.count(
                db,
                midnight(day),
                midnight(day) + timedelta(days=1),
                signature=choice.signature,
                product=choice.product,
                other_than=new,
            )
        if choice.limit is not None and total >= choice.limit:
            return choice.limit
    return total


def _batches(database: Database, choice: Choice, new: str) -> Iterator[list[CrashId]]:
    left = choice.limit
    for day in choice.days:
        for batch in reprocessing.batches(
            database, midnight(day), midnight(day) + timedelta(days=1),
            signature=choice.signature, product=choice.product, other_than=new,
            most=BATCH, limit=left,
        ):  # fmt: skip
            yield batch
            left = None if left is None else left - len(batch)


def check_alone(
    crash_ids: Sequence[CrashId], missing_symbols: bool, report: bool, ruleset: str
) -> None:
    """Refuse what --signatures-only cannot be combined with."""
    if crash_ids or missing_symbols or report or ruleset != Ruleset.DEFAULT:
        raise click.UsageError(
            "--signatures-only goes with --signature, --product, --since, --until, --limit and"
            " --dry-run only"
        )
