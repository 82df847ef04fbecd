"""Crashes per minute from POST to the row in `reports`, and where the time goes.

    python -m bench.journey                          2,000 crashes, files as crash store
    python -m bench.journey --store hbase --store file --count 500
    python -m bench.journey --symbolicated      each walk with 4 MB of symbols

It starts a line of its own (`socorro run` in a temporary home, on free ports), posts real dumps,
each as a crash of its own, and counts at every hop while they pass: answered by the collector,
put into the store, queued, reported. The space between two of these curves is the time that all
crashes together spent in that hop. Client and line share the machine. 2,300 crashes per minute
is what Mozilla's Socorro took in at peak in 2012.

On a busy machine only the processor time of a crash means something, which includes children and
Postgres: from it follows how many crashes a minute an idle machine handles.
"""

import argparse
import itertools
import os
import tempfile
import threading
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import psycopg2
import urllib3
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.table import Table

from cli.submitter import Submission, Submitter, one_dump
from socorro.symbols.index_walker import built
from tests.system.line import Line, running

TALK = 2300  # crashes per minute
SAMPLE_SECONDS = 0.5  # to look takes some milliseconds that crashes could have had
GIVE_UP_SECONDS = 120.0  # without any progress
HOPS = ("answered", "stored", "queued", "reported")
DATA = Path(__file__).parent.parent / "tests/data/minidumps"
ANNOTATIONS = {
    "ProductName": "Firefox",
    "Version": "140.0a1",
    "ReleaseChannel": "nightly",
    "BuildID": "20261120031153",
}


class Sample(NamedTuple):
    """How many crashes had passed each hop, *seconds* after the first POST."""

    seconds: float
    counts: tuple[int, ...]


class Journey:
    """Posts crashes to a line and watches them pass."""

    def __init__(self, line: Line, dumps: Sequence[Path], count: int, jobs: int) -> None:
        self._line, self._dumps, self._count, self._jobs = line, dumps, count, jobs
        self._http = urllib3.PoolManager(retries=False)
        self._answered: list[str] = []
        self._began = time.monotonic()

    def run(self) -> list[Sample]:
        """Post all; return the samples, the last one when every crash has its report."""
        self._began = time.monotonic()
        poster = threading.Thread(target=self._post, daemon=True)
        poster.start()
        samples = [Sample(0.0, (0,) * len(HOPS))]
        changed = self._began
        with psycopg2.connect(self._dsn()) as db:
            db.autocommit = True
            while samples[-1].counts[-1] < self._count:
                time.sleep(SAMPLE_SECONDS)
                samples.append(self._sample(db))
                if samples[-1].counts != samples[-2].counts:
                    changed = time.monotonic()
                if time.monotonic() - changed > GIVE_UP_SECONDS:
                    raise SystemExit(f"stuck at {dict(zip(HOPS, samples[-1].counts, strict=True))}")
        poster.join()
        return samples

    def stages(self) -> dict[str, float]:
        """Seconds per crash that each stage of the processor took."""
        seconds: dict[str, float] = {}
        for family in text_string_to_metric_families(self._metrics("processor")):
            for sample in family.samples:
                if sample.name == "socorro_processor_stage_seconds_sum":
                    seconds[sample.labels["stage"]] = sample.value / self._count
        return seconds

    def _post(self) -> None:
        submitter = Submitter(self._line.url("collector", "/submit"), self._jobs)
        dumps = itertools.islice(itertools.cycle(self._dumps), self._count)
        crashes = (one_dump(dump, ANNOTATIONS, as_json=True, unique=True) for dump in dumps)

        def send(crash: Submission) -> None:
            self._answered.append(submitter.send(crash).crash_id or "discarded")

        with ThreadPoolExecutor(self._jobs) as pool:
            list(pool.map(send, crashes))

    def _sample(self, db: "psycopg2.extensions.connection") -> Sample:
        with db.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM reports")
            [reported] = cursor.fetchone() or (0,)
        queued = self._total("monitor", "socorro_monitor_queued_total")
        stored = self._total("crashmover", "socorro_crashmover_moved_total")
        counts = (len(self._answered), stored, queued, int(reported))
        return Sample(time.monotonic() - self._began, counts)

    def _total(self, service: str, metric: str) -> int:
        """Return a metric without labels; the other metrics are not parsed."""
        for line in self._metrics(service).splitlines():
            name, _, value = line.partition(" ")
            if name == metric:
                return int(float(value))
        return 0

    def _metrics(self, service: str) -> str:
        return self._http.request("GET", self._line.url(service, "/metrics")).data.decode()

    def _dsn(self) -> str:
        settings = tomllib.loads((self._line.home / "running.toml").read_text())
        return str(settings["database"])


def time_in_hops(samples: Sequence[Sample]) -> list[float]:
    """Return the mean seconds a crash spent before each hop: the space between the curves."""
    areas = [0.0] * len(HOPS)
    for earlier, later in itertools.pairwise(samples):
        seconds = later.seconds - earlier.seconds
        total = samples[-1].counts[-1]
        for hop in range(1, len(HOPS)):
            areas[hop] += seconds * (earlier.counts[hop - 1] - earlier.counts[hop])
    return [area / total for area in areas]


def show(store: str, samples: Sequence[Sample], stages: dict[str, float]) -> None:
    """Print what was measured."""
    console = Console()
    total = samples[-1].counts[-1]
    table = Table(title=f"{total:,} crashes, store={store}", title_justify="left")
    for heading in (
        "hop",
        "all there after, s",
        "crashes/min",
        f"against {TALK:,}",
        "mean s in it",
    ):
        table.add_column(heading, justify="left" if heading == "hop" else "right")
    for hop, seconds_in in enumerate(time_in_hops(samples)):
        seconds = next(s.seconds for s in samples if s.counts[hop] >= total)
        rate = total / seconds * 60
        table.add_row(
            HOPS[hop], f"{seconds:.1f}", f"{rate:,.0f}", f"{rate / TALK:.2f}",
            f"{seconds_in:.2f}" if hop else "",
        )  # fmt: skip
    console.print(table)
    for stage, seconds in sorted(stages.items(), key=lambda item: -item[1]):
        console.print(f"  processor, {stage}: {seconds * 1000:.1f} ms per crash")


def processor_time(line: Line) -> dict[str, float]:
    """Return the seconds of processor time that each program of a line took, with ended children.

    Programs are the children of supervisor; what they started counts with them.
    """
    parents: dict[int, int] = {}
    spent: dict[int, float] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            stat = (process / "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        parents[int(process.name)] = int(stat[1])
        spent[int(process.name)] = sum(map(int, stat[11:15])) / os.sysconf("SC_CLK_TCK")
    programs: dict[str, float] = {}
    for process_id, seconds in spent.items():
        above = [process_id]
        while above[-1] in parents and above[-1] != line.process.pid:
            above.append(parents[above[-1]])
        if above[-1] == line.process.pid:
            name = _program(above[-3]) if len(above) > 2 else "socorro run"
            programs[name] = programs.get(name, 0.0) + seconds
    return programs


def _program(process_id: int) -> str:
    """Return the name of a program under supervisor: its module, else its file."""
    words = Path(f"/proc/{process_id}/cmdline").read_bytes().rstrip(b"\0").decode().split("\0")
    return words[words.index("-m") + 1] if "-m" in words else Path(words[0]).name


def show_processor_time(before: dict[str, float], after: dict[str, float], crashes: int) -> None:
    """Print the processor time of one crash, and how many a minute that allows."""
    milliseconds = {name: (after[name] - before.get(name, 0.0)) / crashes * 1000 for name in after}
    total = sum(milliseconds.values())
    longest_first = sorted(milliseconds.items(), key=lambda item: -item[1])
    listed = ", ".join(f"{name} {spent:.1f}" for name, spent in longest_first if spent >= 0.1)
    cores = os.cpu_count() or 1
    print(f"  processor time: {total:.1f} ms per crash ({listed})")
    print(f"  {cores} cores that do nothing else: {cores * 60_000 / total:,.0f} crashes/min")


def main() -> None:
    """Measure, with the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--store", action="append", choices=["file", "hbase"])
    parser.add_argument(
        "--symbolicated", action="store_true", help="only the dump whose symbols take 4 MB"
    )
    parser.add_argument("--plain", action="store_true", help="without the index walker")
    parser.add_argument("--symbols", type=Path, default=DATA / "symbols")
    parser.add_argument("--jobs", type=int, default=8, help="posts at once")
    parser.add_argument("dumps", nargs="*", type=Path, default=sorted(DATA.glob("*/*.dmp")))
    options = parser.parse_args()
    if options.symbolicated:
        options.dumps = [DATA / "rust-minidump/pipeline-inlines-macos-segv.dmp"]
    indexed = "yes" if built() and not options.plain else "no"
    print(f"load {os.getloadavg()[0]:.1f}, index walker: {indexed}")
    dumps, jobs = len(options.dumps), options.jobs
    print(f"{os.cpu_count()} cores, {dumps} different dumps, {jobs} posts at once")
    for store in options.store or ["file"]:
        with tempfile.TemporaryDirectory(prefix="journey-") as folder:
            home = Path(folder)
            (home / "symbols").symlink_to(options.symbols.absolute())
            more = {"SOCORRO_PROCESSOR_INDEX_WALKER": ""} if options.plain else {}
            with running(home, 120, STORE=store, **more) as line:
                journey = Journey(line, options.dumps, options.count, options.jobs)
                before = processor_time(line)
                samples = journey.run()
                show(store, samples, journey.stages())
                show_processor_time(before, processor_time(line), options.count)


if __name__ == "__main__":
    main()
