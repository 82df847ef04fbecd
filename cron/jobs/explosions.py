"""Judges which signatures exploded: today so far, yesterday, and days that were not judged."""

import time
from datetime import timedelta
from typing import Final

from cron.job import Done, Job, Run
from cron.period import hourly
from socorro.alerts.events import Event, Kind, note
from socorro.counts import explosions
from socorro.postgres import Connection

SECONDS: Final = 300.0  # then the next run goes on with the days that are left


def work(run: Run) -> Done:
    """Judge the days that are due, the oldest first, each in a transaction of its own."""
    today = run.now.date()
    with run.database.transaction() as db:
        days = explosions.due(db, today)
    done, ends = Done(), time.monotonic() + SECONDS
    for number, day in enumerate(days):
        if number and time.monotonic() > ends:
            done.notes.append(f"{len(days) - number} days wait for the next run")
            break
        on_day = _note if day >= today - timedelta(days=1) else _ignore
        for judged in explosions.judge_days(run.database, [day], on_day):
            done.rows += len(judged.explosions)
    return done


def _note(db: Connection, judged: explosions.JudgedDay) -> None:
    """Note what exploded as events; one that lasts for days is one event."""
    for explosion in judged.explosions:
        where = f"{explosion.product} {explosion.channel}"
        event = Event(
            Kind.EXPLOSION, f"{where} {explosion.signature} {explosion.first_day}",
            f"{where}: {explosion.sentence}", explosion.product, explosion.signature,
        )  # fmt: skip
        note(db, event)


def _ignore(_db: Connection, _judged: explosions.JudgedDay) -> None:
    """Days of the past are judged for their lists, not to wake somebody."""


JOB = Job(
    name="explosions",
    does="Judges which signatures crash more than their own history explains.",
    period=hourly(minute=7),
    work=work,
    needs=("counts",),
    seconds=3600,
)
