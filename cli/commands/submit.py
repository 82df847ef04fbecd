"""`socorro submit`: sends crashes as clients do."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import click
from rich.progress import MofNCompleteColumn, TextColumn

from cli import services
from cli.commands.group import Command, echo, screen
from cli.commands.progress import progress_bar
from cli.submitter import (
    Answer,
    CollectorUnavailable,
    NotSubmitted,
    Submission,
    Submitter,
    one_dump,
)

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
    help="Annotations from a JSON object, sent in one field `extra`, as Firefox does.",
)
@click.option("--url", help="Collector; default: the one on this machine.")
@click.option(
    "--repeat",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Posts of each dump; above 1, each is a separate crash (CrashEventID).",
)
@click.option(
    "--jobs",
    default=1,
    show_default=True,
    type=click.IntRange(1, 256),
    help="Number of simultaneous posts.",
)
def submit(
    dumps: tuple[Path, ...],
    fields: tuple[str, ...],
    extra: Path | None,
    url: str | None,
    repeat: int,
    jobs: int,
) -> None:
    """Send minidumps as crashes; print their crash ids.

    Each DUMP is one crash. Prints one id per line.
    """
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
    """Sends with several threads and shows progress."""

    def __init__(self, submitter: Submitter, jobs: int) -> None:
        self._submitter, self._jobs = submitter, jobs
        self._unavailable = threading.Event()  # the collector: the rest is not tried

    def send(self, crashes: Iterator[Submission], total: int) -> bool:
        """Send all; print ids to stdout; return whether every crash was answered."""
        outcomes: Counter[str] = Counter()
        began = time.monotonic()
        rate_column = TextColumn("{task.fields[rate]:.0f}/s")
        bar = progress_bar(MofNCompleteColumn(), rate_column)
        with bar, ThreadPoolExecutor(self._jobs) as pool:
            task = bar.add_task("submitting", total=total, rate=0.0)
            while (batch := list(islice(crashes, BATCH))) and not self._unavailable.is_set():
                for answer in pool.map(self._one, batch):
                    outcomes[_count_as(answer)] += 1
                    rate = outcomes.total() / (time.monotonic() - began)
                    bar.update(task, advance=1, rate=rate)
        self._sum_up(outcomes, time.monotonic() - began)
        return outcomes["failed"] == 0 and outcomes.total() == total

    def _one(self, crash: Submission) -> Answer | str:
        """Send one crash; return the answer, or the error ("" when not tried)."""
        if self._unavailable.is_set():
            return ""
        try:
            return self._submitter.send(crash)
        except CollectorUnavailable as error:
            first = not self._unavailable.is_set()
            self._unavailable.set()
            return str(error) if first else ""
        except NotSubmitted as error:
            return str(error)
        except OSError as error:
            return f"{error.filename}: {error.strerror}"

    def _sum_up(self, outcomes: Counter[str], seconds: float) -> None:
        if outcomes.total() > 1 or set(outcomes) - {"accepted"}:
            counts = ", ".join(f"{count} {what}" for what, count in sorted(outcomes.items()))
            screen().print(f"{counts}; {seconds:.1f} s, {outcomes.total() / seconds:.0f}/s")


def _count_as(answer: Answer | str) -> str:
    """Print the outcome of one crash; return the word it is counted under."""
    if isinstance(answer, str):
        if answer:
            echo(f"Error: {answer}", err=True)
        return "failed"
    if answer.crash_id is None:
        return f"discarded ({answer.discarded})"
    echo(answer.crash_id)
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
        raise click.BadParameter(
            f"{path} is not a JSON object ({error})", param_hint="--json"
        ) from None
    return {name: v if isinstance(v, str) else json.dumps(v) for name, v in document.items()}
