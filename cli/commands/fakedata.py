"""`socorro fakedata`: adds weeks of sample data to the database, or removes them."""

import json
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import click
from rich.progress import Progress

from cli import services
from cli.commands import connections
from cli.commands.group import Command, Day, echo, plural, screen, today
from cli.commands.progress import progress_bar
from cli.fakedata import computed
from cli.fakedata import history as queries
from cli.fakedata.posts import annotations
from cli.fakedata.truth import truth_of
from cli.fakedata.world import World
from cli.submitter import NotSubmitted, Submitter, one_dump
from socorro.config import home, load
from socorro.counts import derived, explosions
from socorro.counts.config import UrlsConfig
from socorro.counts.counting import count_days
from socorro.counts.derived import AGGREGATES
from socorro.files import write_whole
from socorro.postgres import Database
from socorro.queries.cron import COUNTING, hold_jobs

DUMPS = Path(__file__).parents[2] / "tests" / "data" / "minidumps"
MOST_POSTS = 10_000
HOURS = 24
LOOK_AT = ("top-crashers", "changes", "crash-rate")


@click.command(
    cls=Command,
    epilog="""
$SOCORRO_HOME/fakedata/truth.json describes the patterns planted in the data (explosions,
regressions, malware, ...). The same seed and last day give the same crashes.

Examples:
  socorro fakedata --weeks 8
  socorro fakedata --weeks 2 --crashes-per-day 500 --seed 7 --end 2026-11-23
  socorro fakedata --post 300
  socorro fakedata --remove
""",
)
@click.option(
    "--weeks", default=8, show_default=True, type=click.IntRange(1, 104), help="Number of weeks."
)
@click.option(
    "--crashes-per-day", "per_day", default=20_000, show_default=True,
    type=click.IntRange(100, 10_000_000), help="Reports on an average day.",
)  # fmt: skip
@click.option(
    "--seed",
    default=1,
    show_default=True,
    type=click.IntRange(0),
    help="Random seed.",
)
@click.option(
    "--end", type=Day(), help="Last day, UTC; default: yesterday, and the hours of today so far."
)
@click.option("--remove", is_flag=True, help="Remove the sample data, and nothing else.")
@click.option(
    "--post",
    type=click.IntRange(1, MOST_POSTS),
    help="Post this many crashes with real dumps instead.",
)
@click.option("--url", help="Collector for --post; default: the one on this machine.")
@click.option(
    "--dumps", default=DUMPS, type=click.Path(file_okay=False, path_type=Path),
    help="Folder of *.dmp for --post; default: the test dumps of the checkout.",
)  # fmt: skip
def fakedata(
    weeks: int, per_day: int, seed: int, end: date | None, remove: bool, post: int | None,
    url: str | None, dumps: Path,
) -> None:  # fmt: skip
    """Fill the database with weeks of sample data.

    That is reports, builds, installs and bugs.
    """
    now = datetime.now(UTC)
    last = end or now.date() - timedelta(days=1)
    if remove:
        _remove()
    elif post:
        _post(World(seed, last, last, per_day), post, url, dumps)
    else:
        first = last - timedelta(days=weeks * 7 - 1)
        _load(World(seed, first, last, per_day), None if end else now)


def _load(world: World, until: datetime | None) -> None:
    with connections.postgres() as database:
        with database.transaction() as db:
            loaded = queries.loaded(db)
        if loaded:
            raise click.ClickException(
                f"the database already has sample data, {loaded.first_day} to {loaded.last_day}:"
                " remove it first (--remove)"
            )
        days = world.days + ([until.date()] if until else [])
        with _without_cron(database), progress_bar(is_spoken=True) as bar:
            task = bar.add_task("reports", total=world.per_day * len(days))
            count = queries.load(database, world, lambda n: bar.update(task, advance=n), until)
            bar.update(task, total=count)
            _count(database, days, bar)
            _compute(database, len(days), bar)
    path = home() / "fakedata" / "truth.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(truth_of(world), indent=2, ensure_ascii=False) + "\n", mode=0o644)
    last = f"{until:%Y-%m-%d %H}:00 UTC" if until else str(world.last)
    echo(f"{plural(count, 'report')}, {world.first} to {last}; planted patterns: {path}")
    echo(next_steps())


def next_steps() -> str:
    """Return where to look at sample data: the page, and three commands."""
    page = services.url(services.endpoint("webapp"), "/")
    commands = ", ".join(f"`socorro {name} Firefox`" for name in LOOK_AT)
    return f"Look at {page}, or try {commands}"


def _remove() -> None:
    with connections.postgres() as database:
        with database.transaction() as db:
            loaded = queries.loaded(db)
        if loaded is None:
            echo("nothing to remove")
            return
        with _without_cron(database), progress_bar(is_spoken=True) as bar:
            task = bar.add_task("removing", total=len(loaded.days))
            count = queries.remove(database, loaded, lambda _: bar.update(task, advance=1))
            _count(database, loaded.days, bar)
            queries.remove_versions(database)
            _compute(database, len(loaded.days), bar)
    (home() / "fakedata" / "truth.json").unlink(missing_ok=True)
    echo(f"{plural(count, 'report')} removed, {loaded.first_day} to {loaded.last_day}")


def _count(database: Database, days: list[date], bar: Progress) -> None:
    """Bring the counts up to date."""
    task = bar.add_task("counting", total=len(days))
    count_days(database, days, lambda _: bar.update(task, advance=1))
    urls, task = load(UrlsConfig), bar.add_task("deriving", total=len(AGGREGATES) * len(days))
    for _ in derived.update(database, today(), urls):
        bar.update(task, advance=1)
    judged = [day for day in days if day < today()][-explosions.BACK :]  # days that are over
    task = bar.add_task("explosions", total=len(judged))
    for _ in explosions.judge_days(database, judged):
        bar.update(task, advance=1)


def _compute(database: Database, days: int, bar: Progress) -> None:
    """Bring search up to date; the clock does the rest in the next minutes."""
    task = bar.add_task("search", total=days * HOURS)
    computed.write_search(database, lambda _: bar.update(task, advance=1))
    bar.update(task, completed=days * HOURS)
    computed.ask_again(database)


def _post(world: World, count: int, url: str | None, folder: Path) -> None:
    dumps = sorted(folder.rglob("*.dmp"))
    if not dumps:
        raise click.BadParameter(f"{folder} has no *.dmp files", param_hint="--dumps")
    submitter = Submitter(url or services.url(services.endpoint("collector"), "/submit"))
    rng = Random(f"{world.seed}/posts")  # noqa: S311
    refused = 0
    with progress_bar() as bar:
        task = bar.add_task("posting", total=count)
        for fields in annotations(world, rng, count):
            crash = one_dump(rng.choice(dumps), fields, as_json=True)
            try:
                refused += submitter.send(crash).crash_id is None
            except NotSubmitted as error:
                raise click.ClickException(str(error)) from None
            bar.update(task, advance=1)
    echo(
        f"{plural(count - refused, 'crash')} posted" + (f", {refused:,} refused" if refused else "")
    )


def _without_cron(database: Database) -> AbstractContextManager[None]:
    """Keep cron from counting and writing: it would do the same days at the same time."""
    return hold_jobs(database, (*COUNTING, computed.WRITING), _waits_for)


def _waits_for(job: str) -> None:
    screen().print(f"waiting for the scheduled job {job}")
