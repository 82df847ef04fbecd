"""`socorro submit`: send crashes as clients do."""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli import services
from cli.commands.group import Command, screen
from cli.submitter import Answer, CollectorAway, NotSubmitted, Submission, Submitter, one_dump

BATCH = 1000  # submissions prepared at a time


@click.command(
    cls=Command,
    epilog="""
Examples:
  socorro submit -F ProductName=Firefox -F Version=140.0 crash.dmp
  socorro submit --json crash.extra crash.dmp
  socorro submit -F ProductName=Firefox --repeat 1000 --jobs 8 *.dmp > ids.txt
""",
)
@click.argument(
    "dumps", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("-F", "fields", multiple=True, metavar="NAME=VALUE", help="An annotation.")
@click.option(
    "--json",
    "extra",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Annotations from a JSON object, sent as one part `extra` as today's Firefox does.",
)
@click.option("--url", help="The collector; default: the one that runs here.")
@click.option(
    "--repeat",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Send each dump so often; above 1 every post is a crash of its own (CrashEventID).",
)
@click.option(
    "--jobs", default=1, show_default=True, type=click.IntRange(1, 256), help="Posts at once."
)
def submit(
    dumps: tuple[Path, ...],
    fields: tuple[str, ...],
    extra: Path | None,
    url: str | None,
    repeat: int,
    jobs: int,
) -> None:
    """Send each DUMP as one crash; print the crash ids, one per line."""
    annotations = {**_from_json(extra), **dict(_pair(field) for field in fields)}
    submitter = Submitter(url or services.url(services.endpoint("collector"), "/submit"), jobs)
    crashes = (
        one_dump(dump, annotations, as_json=extra is not None, unique=repeat > 1)
        for _ in range(repeat)
        for dump in dumps
    )
    if not _Sending(submitter, jobs).send(crashes, repeat * len(dumps)):
        raise SystemExit(1)


class _Sending:
    """Sends with several threads and tells how it goes."""

    def __init__(self, submitter: Submitter, jobs: int) -> None:
        self._submitter, self._jobs = submitter, jobs
        self._console = screen()
        self._away = threading.Event()  # the collector: the rest is not tried

    def send(self, crashes: Iterator[Submission], total: int) -> bool:
        """Send all; print ids to stdout; say whether every crash was answered."""
        outcomes: Counter[str] = Counter()
        began = time.monotonic()
        with self._bar() as bar, ThreadPoolExecutor(self._jobs) as pool:
            task = bar.add_task("submitting", total=total, rate=0.0)
            while (batch := list(islice(crashes, BATCH))) and not self._away.is_set():
                for answer in pool.map(self._one, batch):
                    outcomes[_count_as(answer)] += 1
                    rate = outcomes.total() / (time.monotonic() - began)
                    bar.update(task, advance=1, rate=rate)
        self._sum_up(outcomes, time.monotonic() - began)
        return outcomes["not taken"] == 0 and outcomes.total() == total

    def _bar(self) -> Progress:
        return Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[rate]:.0f}/s"), TimeRemainingColumn(),
            console=self._console, transient=True, disable=not self._console.is_terminal,
            redirect_stdout=sys.stdout.isatty(),  # a pipe gets the ids, not the bar
        )  # fmt: skip

    def _one(self, crash: Submission) -> Answer | str:
        """Send one crash; return the answer, or why there is none ("" when not tried)."""
        if self._away.is_set():
            return ""
        try:
            return self._submitter.send(crash)
        except CollectorAway as error:
            first = not self._away.is_set()
            self._away.set()
            return str(error) if first else ""
        except NotSubmitted as error:
            return str(error)
        except OSError as error:
            return f"{error.filename}: {error.strerror}"

    def _sum_up(self, outcomes: Counter[str], seconds: float) -> None:
        if outcomes.total() > 1 or set(outcomes) - {"accepted"}:
            counts = ", ".join(f"{count} {what}" for what, count in sorted(outcomes.items()))
            self._console.print(f"{counts}; {seconds:.1f} s, {outcomes.total() / seconds:.0f}/s")


def _count_as(answer: Answer | str) -> str:
    """Print what became of one crash; return the word it is counted under."""
    if isinstance(answer, str):
        if answer:
            click.echo(f"Error: {answer}", err=True)
        return "not taken"
    if answer.crash_id is None:
        return f"discarded ({answer.discarded})"
    click.echo(answer.crash_id)
    return "accepted"


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="-F")
    return name, value


def _from_json(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        document = json.loads(path.read_bytes())
        if not isinstance(document, dict):
            raise TypeError("not an object")
    except (ValueError, TypeError) as error:
        raise click.BadParameter(f"{path}: no JSON object ({error})", param_hint="--json") from None
    return {name: v if isinstance(v, str) else json.dumps(v) for name, v in document.items()}
