"""Reduces this machine's logs of accepted crashes to counts when they are old and proven even.

The ledger proves it: every crash of the day is in the crash store or set aside. A day that is not
even keeps its log, whatever its age, because the log names what is missing.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Final

from cron.guard import Judgement, enforce, judge, record, refusal
from cron.job import Done, Job, JobFailed, Run
from cron.period import daily
from socorro.config import load
from socorro.ledger import prune, read_rooms
from socorro.retention import RetentionConfig
from socorro.spool.config import SpoolConfig
from socorro.spool.spool import Spool, SpoolUnavailable

NAME: Final = "accepted-log"
DAYS_AT_ONCE: Final = 14  # per run: the ledger of a day reads all its crashes


def work(run: Run) -> Done:
    """Reduce the oldest logs; note the days that are not even."""
    config, spool = load(RetentionConfig), _spool(run)
    if not spool.root.is_dir():
        return Done()  # no collector on this machine
    try:
        return _prune(run, config, spool)
    except SpoolUnavailable as error:
        raise JobFailed(str(error)) from None


def preview(run: Run) -> Iterator[str]:
    """Yield which logs a run would look at, one text line each."""
    config, spool = load(RetentionConfig), _spool(run)
    if not spool.root.is_dir():
        return
    with run.store() as store:
        judgement = judge(run, NAME, config, store)
    if reason := refusal(judgement, [], config):
        yield f"would be refused: {reason}"
    yield from (str(spool.logs.log_of(day)) for day in _old(spool, judgement, config))


def _prune(run: Run, config: RetentionConfig, spool: Spool) -> Done:
    spool.require()
    pruned = 0
    with run.store() as store:
        judgement = judge(run, NAME, config, store)
        notes = enforce(run, NAME, judgement, [], config)
        read = partial(read_rooms, spool=spool, store=store, database=run.database)
        for day in _old(spool, judgement, config):
            if pruned == DAYS_AT_ONCE:
                break
            proof = prune(read, day, spool, config, judgement.day)
            if spool.logs.log_of(day).exists():
                notes.append(
                    f"{day}: log kept: {len(proof.missing):,} missing, {len(proof.doubled):,}"
                    f" doubled, {proof.spooled:,} in the spool"
                )
            else:
                pruned += 1
    with run.database.transaction() as db:
        record(db, run, NAME, judgement, {})
    return Done(pruned, notes)


def _old(spool: Spool, judgement: Judgement, config: RetentionConfig) -> list[date]:
    age = timedelta(weeks=config.accepted_weeks)
    return [day for day in spool.logs.days() if judgement.day - day >= age]


def _spool(run: Run) -> Spool:
    return Spool(load(SpoolConfig).spool, home=run.shared.home)


JOB = Job(
    name=NAME,
    does="Reduces old logs of accepted crashes to counts, when their days are proven even.",
    period=daily("04:30"),
    work=work,
    seconds=4 * 3600,
    preview=preview,
)
