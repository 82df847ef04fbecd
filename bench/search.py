"""Search at full size: a generated week, and the questions of engineers, one at a time and warm.

    python -m bench.search                               140,000 and 17.5 million crashes
    python -m bench.search --crashes 1000000             one size only
    python -m bench.search --elasticsearch 500000        that size in both engines, side by side
    python -m bench.search --home /var/tmp/week          keep the generated segments for next time

17.5 million is a week of what Firefox sent in 2012; 140,000 a week of `socorro fakedata`. Each
size is measured in a process of its own. CPU is of all threads, in milliseconds of one question;
memory is the most that the process had while it answered that question.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from bench import search_data
from bench.search_data import DAYS, END, START
from bench.search_questions import FIELD, Question, questions
from cli.local import elasticsearch
from socorro.search.elasticsearch.engine import ElasticsearchEngine
from socorro.search.elasticsearch.feeder import Feeder
from socorro.search.interface import (
    Aggregation,
    Engine,
    Permitted,
    Query,
    TooSlow,
)
from socorro.search.segments import writer as segments
from socorro.search.segments.engine import SegmentsEngine

SIZES = (140_000, 17_500_000)
SAMPLE_WEEK = 200_000  # crashes; up to here, 60 ms are the goal of every question
SAMPLE_GOAL = 0.06
MOST_MEMORY = 1536  # MB
ROUNDS = 20
PUBLIC = Permitted()


class Spent(NamedTuple):
    """What a question took: seconds of p50 and p95, CPU seconds of one, MB at the peak."""

    p50: float
    p95: float
    cpu: float
    peak: float


Figures = dict[str, Spent | None]  # by name of the question; None: it was too slow


def ask_all(engine: Engine, processes: Sequence[int], rounds: int) -> Figures:
    """Ask every question *rounds* times; CPU and memory are those of the *processes*."""
    return {
        question.name: ask(engine, question, processes, rounds)
        for question in questions(most_frequent(engine))
    }


def ask(engine: Engine, question: Question, processes: Sequence[int], rounds: int) -> Spent | None:
    """Ask one question once to warm up, then measure it."""
    try:
        engine.search(question.query, PUBLIC)
        for process in processes:
            Path(f"/proc/{process}/clear_refs").write_text("5")  # its peak begins anew
        cpu = sum(_cpu(process) for process in processes)
        seconds = [_seconds(engine, question.query) for _ in range(rounds)]
    except TooSlow:
        return None
    cpu = sum(_cpu(process) for process in processes) - cpu
    p95 = statistics.quantiles(seconds, n=20)[-1] if rounds > 1 else seconds[0]
    return Spent(
        statistics.median(seconds),
        min(p95, max(seconds)),
        cpu / rounds,
        sum(_peak(process) for process in processes),
    )


def most_frequent(engine: Engine) -> str:
    """Return the signature that most crashes have."""
    count = Aggregation("terms", "signatures", FIELD["signature"], size=1)
    answer = engine.search(Query(START, END, number=0, aggregations=(count,)), PUBLIC)
    terms = answer.counts["signatures"]
    assert not isinstance(terms, int)
    return str(terms[0].value)


def _seconds(engine: Engine, query: Query) -> float:
    began = time.perf_counter()
    engine.search(query, PUBLIC)
    return time.perf_counter() - began


def _cpu(process: int) -> float:
    stat = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def _peak(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


# Engines


def measure_segments(root: Path, rounds: int) -> Figures:
    """Measure the segments in *root*, in this process."""
    engine = SegmentsEngine(root)
    try:
        return ask_all(engine, [os.getpid()], rounds)
    finally:
        engine.close()


def in_a_process(root: Path, rounds: int) -> Figures:
    """Measure the segments in *root* in a new process, for its memory."""
    command = [sys.executable, "-m", "bench.search", "--ask", str(root), "--rounds", str(rounds)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return {name: spent and Spent(*spent) for name, spent in json.loads(done.stdout).items()}


def measure_elasticsearch(root: Path, rounds: int) -> tuple[Figures, float]:
    """Feed a server that is started for it from the segments in *root*, and measure it.

    Return the figures, of its process, and how many crashes a second it was fed.
    """
    with tempfile.TemporaryDirectory() as folder, elasticsearch.running(Path(folder)) as server:
        feeder, began = Feeder(server.url), time.monotonic()
        files = [
            path for folder in segments.days(root, "public") for path in sorted(folder.iterdir())
        ]
        fed = feeder.feed(row for file in files for row in search_data.read(file))
        rate = fed.indexed / (time.monotonic() - began)
        feeder.close()
        engine = ElasticsearchEngine(server.url)
        try:
            return ask_all(engine, [server.pid], rounds), rate
        finally:
            engine.close()


# Tables


def measure(crashes: int, home: Path, options: argparse.Namespace, both: bool) -> None:
    """Write one size unless *home* has it, measure it and print what it took."""
    root = home / f"{crashes}-{options.days}-{options.signatures}"
    began, is_new = time.monotonic(), not root.exists()
    count = search_data.write(root, crashes, options.days, options.signatures)
    seconds = time.monotonic() - began
    merging = time.monotonic()
    merged = search_data.merge_days(root)
    merging = time.monotonic() - merging
    size = sum(path.stat().st_size for path in root.rglob("*.parquet"))
    print(f"\n{count:,} crashes, {size / 1e6:,.0f} MB of segments, {size / count:.0f} bytes each")
    if is_new:
        print(f"generated and written in {seconds:,.0f} s: {count / seconds:,.0f} crashes/s")
        print(f"days merged in {merging:,.0f} s: {merged / merging:,.0f} crashes/s")
    columns = {"segments": in_a_process(root, options.rounds)}
    if both:
        figures, rate = measure_elasticsearch(root, options.rounds)
        columns["Elasticsearch"] = figures
        print(f"Elasticsearch was fed {rate:,.0f} crashes/s")
    show(columns, count)


def show(columns: Mapping[str, Figures], crashes: int) -> None:
    """Print what each question took in each engine, and whether segments reach the goals."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("milliseconds, MB", no_wrap=True)
    for engine in columns:
        for name in (f"{engine} p50", "p95", "CPU", "peak"):
            table.add_column(name, justify="right")
    table.add_column("p95 goal", justify="right")
    for question in questions(""):
        spent = [figures[question.name] for figures in columns.values()]
        cells = [cell for figures in spent for cell in _cells(figures)]
        table.add_row(question.name, *cells, _judged(spent[0], question.goal, crashes))
    console = Console(width=120)
    console.print(table)
    measured = [spent for spent in columns["segments"].values() if spent]
    peak = max((spent.peak for spent in measured), default=0.0)
    verdict = "met" if peak <= MOST_MEMORY else "MISSED"
    print(f"segments: {peak:,.0f} MB at the peak of all; {verdict}: {MOST_MEMORY:,}")


def _cells(spent: Spent | None) -> list[str]:
    if spent is None:
        return ["too slow", "", "", ""]
    milliseconds = (spent.p50 * 1000, spent.p95 * 1000, spent.cpu * 1000)
    return [*(f"{value:,.0f}" for value in milliseconds), f"{spent.peak:,.0f}"]


def _judged(spent: Spent | None, goal: float, crashes: int) -> str:
    if crashes <= SAMPLE_WEEK:
        goal = SAMPLE_GOAL
    is_met = spent is not None and spent.p95 <= goal
    return f"{'met' if is_met else 'MISSED'}: {goal * 1000:,.0f}"


@contextmanager
def _kept_in(home: Path | None) -> Iterator[Path]:
    """Give the folder of the segments: *home*, or a new one that is removed afterwards."""
    with ExitStack() as stack:
        if home is None:
            home = Path(tempfile.mkdtemp(prefix="socorro-bench-"))
            stack.callback(shutil.rmtree, home, ignore_errors=True)
        home.mkdir(parents=True, exist_ok=True)
        yield home


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--crashes", type=int, action="append", help="of the week; may be repeated")
    parser.add_argument("--home", type=Path, help="folder that keeps the generated segments")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of each question ({ROUNDS})")
    parser.add_argument(
        "--elasticsearch", type=int, metavar="N", help="measure N crashes in both engines, too"
    )
    parser.add_argument(
        "--days", type=int, choices=range(2, DAYS + 1), default=DAYS, help="that have crashes"
    )
    parser.add_argument(
        "--signatures", type=int, metavar="N", default=search_data.SIGNATURES,
        help=f"distinct ones ({search_data.SIGNATURES:,})",
    )  # fmt: skip
    parser.add_argument("--ask", type=Path, metavar="ROOT", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Measure, with the options of the command line."""
    options = _options()
    if options.ask:
        print(json.dumps(measure_segments(options.ask, options.rounds)))
        return
    sizes = options.crashes or ([] if options.elasticsearch else SIZES)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    with _kept_in(options.home) as home:
        for crashes in sizes:
            measure(crashes, home, options, both=False)
        if options.elasticsearch:
            measure(options.elasticsearch, home, options, both=True)


if __name__ == "__main__":
    main()
