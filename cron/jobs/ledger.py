"""Checks the ledger of each day after what was missing was queued; alerts if it is uneven.

The counts are kept for the page /status/ and `socorro health`, which may be on other machines.
It sees the spool of its own machine, as `socorro status` does there.
"""

from functools import partial

from cron.job import Done, Job, JobFailed, Run
from cron.period import daily
from socorro import alerts
from socorro.alerts import Event, Kind
from socorro.config import load
from socorro.ledger import Balance, ledger, read_rooms
from socorro.queries import health
from socorro.queries.health import LedgerDay
from socorro.retention import RetentionConfig
from socorro.spool.config import SpoolConfig
from socorro.spool.spool import Spool, SpoolUnavailable


def work(run: Run) -> Done:
    """Read where the day's crashes are; note an event when one is missing or has two reports."""
    spool = Spool(load(SpoolConfig).spool, home=run.shared.home)
    if not spool.root.is_dir():
        return Done(notes=["no spool on this machine"])
    day = run.slot.day
    try:
        with run.store() as store:
            read = partial(read_rooms, day, spool, store, run.database)
            balance = ledger(read, day, load(RetentionConfig), run.now.date())
    except SpoolUnavailable as error:
        raise JobFailed(str(error)) from None
    with run.database.transaction() as db:
        health.keep_ledger(db, as_day(balance))
    if balance.is_even:
        return Done(balance.stored)
    event = Event(Kind.UNEVEN_LEDGER, str(day), sentence(balance), path="/status/")
    with run.database.transaction() as db:
        alerts.note(db, event)
    return Done(balance.stored, [event.sentence])


def as_day(balance: Balance) -> LedgerDay:
    """Return a balance with counts in place of ids, as pages show it."""
    counts = {name: getattr(balance, name) for name in LedgerDay._fields}
    counts["expired"] += balance.forgotten  # a page names both by what they are: gone, on purpose
    for name in ("missing", "doubled", "damaged"):
        counts[name] = len(counts[name])
    return LedgerDay(**counts)


def sentence(balance: Balance) -> str:
    """Return what is wrong with a day."""
    wrong = [
        f"{count:,} {what}"
        for count, what in (
            (len(balance.missing), "missing"),
            (len(balance.doubled), "with more than one report"),
        )
        if count
    ]
    total = balance.accepted + balance.elsewhere
    return (
        f"Of {total:,} crashes accepted on {balance.day:%A}, {balance.day}, "
        f"{' and '.join(wrong)}: `socorro status --day {balance.day}` lists them."
    )


JOB = Job(
    name="ledger",
    does="Checks that each crash of a day is in one place; raises an alert if not.",
    period=daily("06:30"),
    work=work,
    needs=("reconcile",),
    backfill=True,
    seconds=2 * 3600,
)
