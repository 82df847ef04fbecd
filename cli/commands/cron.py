"""`socorro cron`: shows and runs the hourly, daily and weekly jobs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from cli.commands import connections
from cli.commands.cron_preview import preview
from cli.commands.group import Command, Day, Group, echo, midnight, plural, results
from cli.commands.tables import plain_table
from cron import alarm, crontab, state
from cron.config import CronConfig
from cron.job import Force, Job
from cron.period import Slot
from cron.runner import Runner, progress_of
from cron.schedule import Due, may_try, next_slot, waits_for
from cron.table import find_table
from socorro import log
from socorro.config import SharedConfig, home, load
from socorro.postgres import Database, Unavailable
from socorro.queries import cron as queries
from socorro.service import Stop

UNKNOWN = 3  # Nagios's exit code for an unknown state


def jobs() -> tuple[Job, ...]:
    """Return the table of jobs."""
    try:
        return find_table(load(CronConfig).jobs)
    except ValueError as error:
        raise click.ClickException(f"SOCORRO_CRON_JOBS: {error}") from None


class JobName(click.ParamType[Job]):
    """The name of a job."""

    name = "job"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Job:
        """Return the job that *value* names."""
        matches = [job for job in jobs() if value in (job, job.name)]
        if matches:
            return matches[0]
        return self.fail(f"{value!r} is not a job (see `socorro cron list`)", param, ctx)


@click.group(
    cls=Group,
    epilog="""
Examples:
  socorro cron list
  socorro cron run --job partitions --force
  socorro cron install
""",
)
def cron() -> None:
    """Show and run the hourly, daily and weekly jobs."""


@cron.command(
    "list",
    cls=Command,
    epilog="""
Examples:
  socorro cron list
  socorro cron list --json
  socorro cron list --check        one line for Nagios: exit code 0 ok, 1 warning, 2 critical
""",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--check", is_flag=True, help="Print one line and set the exit code, for Nagios.")
def list_jobs(as_json: bool, check: bool) -> None:
    """Show every job: its state, its last success, its next run."""
    try:
        listed, now = _read()
    except Unavailable as error:
        if not check:
            raise
        echo(f"UNKNOWN - Postgres does not answer: {str(error).strip().splitlines()[0]}")
        raise SystemExit(UNKNOWN) from None
    if check:
        alarm_state = alarm.check(listed, now)
        echo(alarm_state.text)
        raise SystemExit(alarm_state.code)
    if as_json:
        echo(json.dumps([_as_json(row, now) for row in listed], indent=2))
    else:
        _show(listed, now)


@cron.command(
    "log",
    cls=Command,
    epilog="""
Examples:
  socorro cron log
  socorro cron log --job bugs --most 5
""",
)
@click.option("--job", type=JobName(), help="Only this job.")
@click.option(
    "--most", default=30, show_default=True, type=click.IntRange(1, 1000),
    help="Maximum number of runs.",
)  # fmt: skip
def show_log(job: Job | None, most: int) -> None:
    """Show the last runs, newest first."""
    with connections.postgres() as database, database.transaction() as db:
        logged = queries.log(db, job.name if job else None, most)
    table = _table("ended", "job", "slot", "outcome", "rows", "seconds", "notes")
    for row in logged:
        seconds = (row.ended_at - row.started_at).total_seconds()
        color = {"done": "", "failed": "red", "killed": "red"}.get(row.outcome, "yellow")
        outcome = f"[{color}]{row.outcome}[/]" if color else row.outcome
        notes = "; ".join(row.notes[:3]).replace("[", r"\[")
        table.add_row(
            _time(row.ended_at), row.job, _time(row.slot), outcome, f"{row.rows:,}",
            f"{seconds:.1f}", notes,
        )  # fmt: skip
    _print(table)


@cron.command(
    "run",
    cls=Command,
    epilog="""
It can run from a crontab, instead of the service or beside it: each job still runs once.

Examples:
  socorro cron run                              everything that is due
  socorro cron run --job bugs                   this job, if it is due
  socorro cron run --job bugs --force           this job, now
  socorro cron run --job adi --day 2026-11-23   again for one day
  socorro cron run --job retention --dry-run    show what it would remove
""",
)
@click.option("--job", type=JobName(), help="Only this job.")
@click.option(
    "--force", is_flag=True,
    help="Run it even if it is not due, needs other jobs first, or refuses to remove that much.",
)  # fmt: skip
@click.option("--day", type=Day(), help="Run it for this day, UTC, even if it is not due.")
@click.option("--dry-run", is_flag=True, help="Only show what jobs would remove.")
def run_jobs(job: Job | None, force: bool, day: date | None, dry_run: bool) -> None:
    """Run due jobs once and wait for them; exit 1 if one fails."""
    if (force or day) and job is None:
        raise click.UsageError("--force and --day need a --job")
    shared, config = load(SharedConfig), load(CronConfig)
    if dry_run:
        preview([job] if job else jobs(), shared, config, force)
        return
    log.set_up("cron", "console" if Console().is_terminal else shared.log_format, shared.log_level)
    stop = Stop().on_signals()
    with _runner(shared, config) as runner:
        if job is None:
            runner.run_all(stop)
            failed = [name for name, outcome in runner.outcomes.items() if outcome == "failed"]
        else:
            failed = _run_one(runner, job, force, day, stop)
    if failed or stop:
        raise SystemExit(1)


@cron.command(
    "reset",
    cls=Command,
    epilog="""
Examples:
  socorro cron reset --job bugs                       try again now, forget its errors
  socorro cron reset --job module-list --since 2026-11-01   run it again from that day on
""",
)
@click.option("--job", type=JobName(), required=True)
@click.option("--since", type=Day(), help="Run it again from this day on, UTC.")
def reset(job: Job, since: date | None) -> None:
    """Forget that a job failed and, with --since, that it ran."""
    moment = None if since is None else midnight(since)
    with connections.postgres() as database, database.transaction() as db:
        state.declare(db, jobs(), load(CronConfig))
        state.reset(db, job.name, moment)
    echo(f"{job.name}: reset" + (f", will run again from {since} on" if since else ""))


_FILE = click.option(
    "--file", type=click.Path(dir_okay=False, path_type=Path),
    help="A crontab file; default: the crontab of this user.",
)  # fmt: skip
_USER = click.option("--user", help="User column for --file, as files in /etc/cron.d have.")


@cron.command(
    cls=Command,
    epilog="""
The service (`socorro run`, or python -m cron) does the same, more promptly. Both together do no
harm: a job runs once.

Examples:
  socorro cron install
  socorro cron install --minutes 1
  socorro cron install --file /etc/cron.d/socorro --user socorro
""",
)
@_FILE
@_USER
@click.option(
    "--minutes", default=5, show_default=True, type=click.IntRange(1, 59),
    help="Minutes between runs.",
)  # fmt: skip
def install(file: Path | None, user: str | None, minutes: int) -> None:
    """Add `socorro cron run` to a crontab."""
    with _write_errors():
        tab = crontab.Crontab(file, user)
        is_new = tab.install(minutes, home() / "cron.log")
    for entry in tab.entries():
        echo(entry)
    echo("installed" if is_new else "already installed", err=True)


@cron.command(cls=Command)
@_FILE
@_USER
def remove(file: Path | None, user: str | None) -> None:
    """Remove the entry of `socorro cron install`; others stay."""
    with _write_errors():
        removed = crontab.Crontab(file, user).remove()
    echo(f"{removed} removed", err=True)


@cron.command(cls=Command)
@_FILE
@_USER
def show(file: Path | None, user: str | None) -> None:
    """Show the entry of `socorro cron install`."""
    with _write_errors():
        entries = crontab.Crontab(file, user).entries()
    for entry in entries:
        echo(entry)
    if not entries:
        echo("not installed: `socorro cron install`", err=True)
        raise SystemExit(1)


@contextmanager
def _write_errors() -> Iterator[None]:
    try:
        yield
    except crontab.CannotWrite as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def _runner(shared: SharedConfig, config: CronConfig) -> Iterator[Runner]:
    database = Database(shared.database, size=2, name="cron run")
    runner = Runner(jobs(), config, database)
    runner.declare()
    try:
        yield runner
    finally:
        runner.end()
        database.close()


def _run_one(runner: Runner, job: Job, force: bool, day: date | None, stop: Stop) -> list[str]:
    """Run one job; return its name when it failed."""
    if missing := job.off(load(CronConfig)):
        raise click.ClickException(f"{job.name} is off: {missing}")
    slots, strength = _slots(job, force, day)
    for slot in slots:
        outcome = runner.run_slot(job, slot, stop, strength)
        if outcome == "busy" and strength is Force.NONE:
            echo(f"{job.name}: already done, or running elsewhere")
        elif outcome == "busy":
            raise click.ClickException(f"{job.name} is running: try again later")
        if outcome == "failed":
            return [job.name]
    return []


def _slots(job: Job, force: bool, day: date | None) -> tuple[list[Slot], Force]:
    """Return which slots to run, and what may be overridden: a day alone overrides no guard."""
    if day is not None:
        start, strength = midnight(day), Force.GUARDS if force else Force.SLOT
        if job.period.length < timedelta(hours=1):
            return [job.period.at(start + timedelta(hours=23))], strength
        return job.period.between(start, start + timedelta(days=1)), strength
    with connections.postgres() as database, database.transaction() as db:
        now = state.now(db)
        progress = progress_of({row.job: row for row in queries.jobs(db)})
    mine = progress[job.name]
    due = next_slot(job, mine, now)
    if force:
        return [due.slot if due else job.period.latest(now)], Force.GUARDS
    if due is None:
        at = job.period.due(job.period.at(mine.done_until or now))
        raise click.ClickException(f"{job.name} is not due before {_time(at)} (see --force)")
    _require_free(job, due, mine, progress, now)
    return [due.slot], Force.NONE


def _require_free(job: Job, due: Due, mine: Any, progress: Any, now: datetime) -> None:
    off = frozenset(other.name for other in jobs() if other.off(load(CronConfig)))
    if other := waits_for(jobs(), due, progress, now, off):
        raise click.ClickException(f"{job.name} waits for {other} (see --force)")
    if not may_try(mine, now):
        raise click.ClickException(
            f"{job.name} failed and will be retried at {_time(mine.next_try)} (see --force)"
        )


def _read() -> tuple[list[queries.CronJob], datetime]:
    """Return all jobs, with those that no runner has seen yet, and the time."""
    config = load(CronConfig)
    with connections.postgres() as database, database.transaction() as db:
        now, rows = state.now(db), {row.job: row for row in queries.jobs(db)}
    return [_row(job, rows.get(job.name), config) for job in jobs()], now


def _row(job: Job, row: queries.CronJob | None, config: CronConfig) -> queries.CronJob:
    """Return the row of *job* with what is declared here and now."""
    return (row or queries.CronJob(job.name))._replace(
        does=job.does,
        period=job.period.text,
        needs=list(job.needs),
        off=job.off(config),
        limit_seconds=job.seconds,
    )


def _as_json(row: queries.CronJob, now: datetime) -> dict[str, object]:
    columns = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row._asdict().items()
    }
    return {**columns, "state": row.state(now), "late_seconds": row.late_seconds(now)}


def _show(listed: list[queries.CronJob], now: datetime) -> None:
    table = _table("job", "period", "done until", "last success", "next run", "state")
    for row in listed:
        table.add_row(
            row.job, row.period, _time(row.done_until), _time(row.last_success),
            "" if row.off else _time(row.next_run), _state(row, now),
        )  # fmt: skip
    _print(table)


def _state(row: queries.CronJob, now: datetime) -> str:
    state_ = row.state(now)
    text = {
        "off": f"[dim]off: {row.off}[/]",
        "ok": "[green]ok[/]",
        "running": "[green]running[/]",
        "never ran": "[yellow]never ran: is cron running?[/]",
        "waiting": f"[yellow]waiting for {row.waits_for}[/]",
        "late": f"[red]late by {_span(row.late_seconds(now))}[/]",
        "stuck": "[red]stuck: past its time limit[/]",
        "ahead": "[yellow]ahead: the clock was set back; see `socorro cron reset --since`[/]",
    }
    if state_ == "broken":
        error = f"{row.last_error_type}: {row.last_error}".replace("[", r"\[")
        times, at = plural(row.errors, "time"), _time(row.next_try)
        return f"[red]broken[/] {times}, next try at {at}: {error}"
    return text[state_]


def _table(*names: str) -> Table:
    table = plain_table()
    for name in names:
        right = name in ("rows", "seconds")
        table.add_column(
            name, no_wrap=name not in ("state", "notes"), justify="right" if right else "left"
        )
    return table


def _print(table: Table) -> None:
    console = results()
    if not console.is_terminal:
        console.width = 200  # a pipe has no width
    console.print(table)


def _time(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _span(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
