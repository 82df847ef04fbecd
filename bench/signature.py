"""Signatures per second, and how long the rules of one crash take.

    python -m bench.signature                        10 and 40 frames, 1 and 30 threads
    python -m bench.signature --seconds 5

Each crash has other frames than the one before it (a thousand stacks, in turn), so that names
that were seen before help only as far as they do in life. Threads share one interpreter: more of
them do not make it faster, they show that they do not make it slower. The rules are those of the
default ruleset over a real walk; the walk itself is not in it.
"""

import argparse
import itertools
import random
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from processor import stackwalk_json
from processor.pipeline import Change, Rule, View, run_rules
from processor.ruleset import RULESETS
from processor.stackwalk import OK, Walk
from socorro.signature.crash_data import CrashData
from socorro.signature.generate import generate
from tests.builders import make_crash

STACKS = 1000
CHECKOUT = Path(__file__).parent.parent
DATA = CHECKOUT / "tests/data/minidumps"
DUMP = "rust-minidump/pipeline-inlines-macos-segv.dmp"
SHARED = (
    "free", "memcpy", "mozilla::ipc::MessageChannel::Send(IPC::Message*)",
    "js::RunScript(JSContext*)", "std::vector<int, std::allocator<int> >::push_back(int&&)",
    "core::panicking::panic_fmt",
)  # fmt: skip
OWN = "ns{0}::Class<int, T{0}>::run(std::map<int, A{0}> const&) const"


def stack(frames: int, seed: int) -> CrashData:
    """Return a crash whose frames are skipped or joined but for the last: all are looked at."""
    chance = random.Random(seed)
    names = [
        {
            "frame": number,
            "function": chance.choice(SHARED) if number < frames - 1 else OWN.format(seed),
            "module": "libxul.so",
            "trust": "cfi",
            "file": "a.cpp",
            "line": number,
        }
        for number in range(frames)
    ]
    return CrashData(names, 0, os_name="Linux")


def rate(work: Callable[[int], Any], threads: int, seconds: float) -> float:
    """Return how often per second *work* was done by so many threads together."""
    done = [0] * threads
    stop = threading.Event()

    def run(thread: int) -> None:
        for number in itertools.count(thread * 7):
            if stop.is_set():
                return
            work(number)
            done[thread] += 1

    workers = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    begun = time.perf_counter()
    for worker in workers:
        worker.start()
    time.sleep(seconds)
    stop.set()
    for worker in workers:
        worker.join()
    return sum(done) / (time.perf_counter() - begun)


def signatures(seconds: float) -> Table:
    """Measure signatures per second."""
    table = Table("frames", "threads", "signatures/s", title="Signatures")
    for frames, threads in itertools.product((10, 40), (1, 30)):
        stacks = [stack(frames, seed) for seed in range(STACKS)]

        def one(number: int, stacks: Sequence[CrashData] = stacks) -> None:
            generate(stacks[number % STACKS])

        table.add_row(str(frames), str(threads), f"{rate(one, threads, seconds):,.0f}")
    return table


def rules(repeat: int) -> Table:
    """Measure the rules one by one, over the walk of a real crash."""
    spent: dict[str, float] = {}
    steps = [replace(step, act=_timed(step, spent)) for step in RULESETS["default"]]
    raw = make_crash()
    processed = {"id": raw.crash_id, "submitted": raw.submitted, "metadata": dict(raw.metadata)}
    processed |= {"extra_dumps": {}, "additional_minidumps": [], **Walk(OK, _walked()).document()}
    begun = time.perf_counter()
    for _ in range(repeat):
        run_rules(steps, raw.annotations, processed)
    whole = (time.perf_counter() - begun) / repeat
    table = Table("rule", "µs", title=f"Rules of a crash, without the walk: {whole * 1e3:.2f} ms")
    for name, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        table.add_row(name, f"{seconds / repeat * 1e6:,.0f}")
    return table


def _timed(step: Rule, spent: dict[str, float]) -> Callable[[View], Change]:
    def act(crash: View) -> Change:
        begun = time.perf_counter()
        try:
            return step.act(crash)
        finally:
            spent[step.name] = spent.get(step.name, 0.0) + time.perf_counter() - begun

    return act


def _walked() -> dict[str, Any]:
    walker, symbols = CHECKOUT / ".parts/bin/minidump-stackwalk", DATA / "symbols"
    command: list[str | Path] = [walker, "--json", "--symbols-path", symbols, DATA / DUMP]
    done = subprocess.run(command, capture_output=True, check=True)
    return stackwalk_json.parse(done.stdout)[0]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="for each row")
    parser.add_argument("--repeat", type=int, default=50, help="runs for each rule")
    options = parser.parse_args()
    console = Console()
    console.print(signatures(options.seconds))
    console.print(rules(options.repeat))


if __name__ == "__main__":
    main()
