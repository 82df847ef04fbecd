"""The clock as a service: checks every few seconds what is due, and runs it.

The process that runs jobs forks, so it has no threads: a second process serves health and metrics.

One clock is enough; two do no harm, and `socorro cron run` from a crontab can replace it.
"""

import time
from functools import partial

from cron import state
from cron.config import CronConfig
from cron.guard import Refused
from cron.job import Job
from cron.runner import Runner, progress_of
from cron.schedule import is_ahead, next_slot
from cron.table import find_table
from socorro import log, metrics
from socorro.config import SharedConfig, load
from socorro.health.collect import ledger_days
from socorro.postgres import Database, Unavailable
from socorro.queries import cron as queries
from socorro.queries import health
from socorro.service import NO_DESCRIPTORS_SECONDS, Backoff, Stop, no_descriptors, run_workers
from socorro.serving.health import Check
from socorro.serving.server import serve_health

LONGEST_WAIT = 15.0  # seconds, while Postgres is away


class Stuck(Exception):
    """The clock has not checked what is due for too long."""


class Ahead(Exception):
    """Jobs wait for a time that is more than their period away, because the clock was set back."""


def main() -> None:
    """Run the service until SIGTERM."""
    shared, config = load(SharedConfig), load(CronConfig)
    log.set_up("cron", shared.log_format, shared.log_level)
    table = _table(config)
    stop = Stop().on_signals()
    database = Database(config.dsn(shared), size=3, name="cron")
    runner = Runner(table, config, database)

    def child(number: int) -> None:
        stop_child = Stop().on_signals()
        if number == 0:
            run(runner, stop_child)
            return
        serve_health(
            config.host, config.port, checks(runner, config, database), "cron",
            measure=partial(measure, database),
        )  # fmt: skip
        while not stop_child.wait(60):
            pass

    log.get().info("started", jobs=len(table))
    run_workers(2, child, stop)
    log.get().info("stopped")


def run(runner: Runner, stop: Stop) -> None:
    """Run jobs until *stop*; without Postgres, or file descriptors, wait and try again."""
    backoff = Backoff(most=LONGEST_WAIT)
    while not stop:
        try:
            runner.declare()
            backoff.reset()
            runner.run_until(stop)
            runner.end()
        except Unavailable as error:
            seconds = backoff.next()
            text = str(error).strip().partition("\n")[0]
            log.get().warning("Postgres is away", error=text, again_in_seconds=seconds)
            stop.wait(seconds)
        except OSError as error:
            if not no_descriptors(error):
                raise
            log.get().warning("no file descriptors left", again_in_seconds=NO_DESCRIPTORS_SECONDS)
            stop.wait(NO_DESCRIPTORS_SECONDS)


def _table(config: CronConfig) -> tuple[Job, ...]:
    try:
        return find_table(config.jobs)
    except ValueError as error:
        raise SystemExit(f"SOCORRO_CRON_JOBS: {error}") from None


def checks(runner: Runner, config: CronConfig, database: Database) -> dict[str, Check]:
    """Return the checks of the heartbeat: Postgres answers, the clock is not stuck, jobs run."""
    return {
        "database": database.check,
        "clock": partial(check_clock, runner, config.patience_seconds),
        "jobs": partial(check_jobs, runner, database),
    }


def measure(database: Database) -> None:
    """Set the gauges of the jobs that are on, and of the ledger of the last seven days."""
    with database.transaction() as db:
        now, rows = state.now(db), queries.jobs(db)
        ledger = health.ledger_days(db, ledger_days(now))
    for job in rows:
        if not job.off:
            metrics.cron_late_seconds.labels(job.job).set(job.late_seconds(now))
            metrics.cron_failures.labels(job.job).set(job.errors)
            metrics.cron_stuck.labels(job.job).set(job.state(now) == "stuck")
            if job.last_success:
                metrics.cron_success_time.labels(job.job).set(job.last_success.timestamp())
    metrics.ledger_crashes.labels("missing").set(sum(day.missing for day in ledger))
    metrics.ledger_crashes.labels("doubled").set(sum(day.doubled for day in ledger))


def check_jobs(runner: Runner, database: Database) -> None:
    """Raise Ahead or Refused when jobs do not run, or remove nothing, because of the clock."""
    with database.transaction() as db:
        now, rows = state.now(db), {row.job: row for row in queries.jobs(db)}
    progress = progress_of(rows)
    jobs = [job for job in runner.jobs_on if job.name in rows]
    names = [job.name for job in jobs if is_ahead(job, progress[job.name], now)]
    if names:
        raise Ahead(f"done beyond the time, as the clock was set back: {', '.join(names)}")
    for job in jobs:
        is_due = next_slot(job, progress[job.name], now)
        if is_due and rows[job.name].last_error_type == Refused.__name__:
            raise Refused(f"{job.name}: {rows[job.name].last_error}")


def check_clock(runner: Runner, patience: float) -> None:
    """Raise Stuck when the clock last checked what is due more than *patience* seconds ago."""
    seconds = time.monotonic() - runner.last_heartbeat
    if seconds > patience:
        raise Stuck(f"has not checked what is due for {seconds:.0f} seconds")
