"""Collects the facts of health: from Postgres and from the health ports, side by side."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import psycopg2

from socorro.health.config import HealthConfig
from socorro.health.facts import Facts, Records
from socorro.health.judge import Health, judge
from socorro.health.ports import read_ports
from socorro.postgres import Connection, Database
from socorro.queries import bad_reports, cron, health, server_status
from socorro.search import notes
from socorro.search.config import EngineName

DAYS = 7  # of the ledger
LEDGER_AFTER = timedelta(hours=8)  # after midnight the clock has compared the day before
ONE_DAY = timedelta(days=1)
ROWS = 288  # of five minutes: a day


def check(database: Database, config: HealthConfig, engine: EngineName) -> Health:
    """Return the health of the line. Raises nothing for what is away: that is a finding."""
    with ThreadPoolExecutor(1) as pool:
        instances = pool.submit(read_ports, config.addresses(), config.answer_seconds)
        facts = _in_postgres(database, engine)
        return judge(replace(facts, instances=instances.result()), config)


def _in_postgres(database: Database, engine: EngineName) -> Facts:
    try:
        with database.transaction() as db:
            return Facts(records=read_records(db, engine))
    except psycopg2.ProgrammingError as error:
        return Facts(database="the database schema is out of date", database_error=_text(error))
    except psycopg2.Error as error:
        return Facts(database_error=_text(error))


def _text(error: psycopg2.Error) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def read_records(db: Connection, engine: EngineName) -> Records:
    """Return what Postgres knows."""
    now: datetime = health.now(db)
    days = ledger_days(now)
    lag = notes.lag(db, engine)
    return Records(
        now=now,
        last_hour=health.last_hour(db),
        queue=health.queue(db),
        jobs=cron.jobs(db),
        runs=health.runs(db),
        ledger=health.ledger_days(db, days),
        expected_days=days,
        search_seconds=lag.seconds,
        search_hours=lag.hours,
        bad=bad_reports.reasons(db, now - ONE_DAY, now),
        history=server_status.latest(db, ROWS),
        database_bytes=health.database_bytes(db),
    )


def ledger_days(now: datetime) -> Sequence[date]:
    """Return the last days that the ledger has compared by *now*, newest first."""
    last = (now.astimezone(UTC) - LEDGER_AFTER).date() - ONE_DAY
    return [last - back * ONE_DAY for back in range(DAYS)]
