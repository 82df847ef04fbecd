"""Similar stacks: is the right bug first, more often than by FaST, and what does a look-up cost?"""

import resource
import time
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.score import Bar, Speed
from bench.score.similar_stacks import Program, Report
from socorro.stats.similar import Floats, Index, Stack

SEEDS: Final = (11, 12, 13, 14)  # 1 to 3 were looked at while the generator was written
REPORTS: Final = 1200
BUGS: Final = 300
FIRST: Final = 200  # ranked from this report on
ROUNDS: Final = 2000  # of the bootstrap
LOOK_UP: Final = 0.010  # seconds

Ranks = NDArray[np.float64]


def bars(quick: bool) -> Iterator[Bar]:
    """Yield how high the right bug is ranked, against FaST in either view, on the same reports."""
    seeds = SEEDS[:1] if quick else SEEDS
    count = 120 if quick else REPORTS
    worlds = [_ranks(Program(seed, BUGS).reports(count)) for seed in seeds]
    shown = ", ".join(map(str, seeds))
    ours, *fast, signature = (np.concatenate([world[n] for world in worlds]) for n in range(1, 5))
    bugs = np.concatenate([world[0] + 10_000 * n for n, world in enumerate(worlds)])
    best = max(fast, key=lambda ranks: float(ranks.mean()))
    low, high = _bootstrap(bugs, ours - best)
    yield Bar(
        "mean average precision, FaST in its better view",
        "ours above it, 95 % by bootstrap of bugs",
        f"{best.mean():.3f} -> {ours.mean():.3f}, difference {low:+.3f} to {high:+.3f}"
        f" (signature alone {signature.mean():.3f})",
        low > 0, shown,
    )  # fmt: skip
    yield Bar(
        "mean average precision", ">= 0.88", f"{ours.mean():.3f}", bool(ours.mean() >= 0.88), shown
    )
    stacks = 1000 if quick else 100_000
    index, _, _ = _filled(stacks)
    p95 = float(np.quantile(_look_ups(index, 20 if quick else 200)[1], 0.95))
    yield Bar(
        f"look-up among {stacks:,} stacks, CPU, p95", "<= 10 ms", f"{1000 * p95:.1f} ms",
        p95 <= LOOK_UP, "1",
    )  # fmt: skip


def _ranks(reports: list[Report]) -> tuple[Ranks, ...]:
    """Return of each report whose bug came before: the bug, and 1 / its rank by each method."""
    index = Index.build([Stack(report.names, report.signature) for report in reports])
    place = np.argsort(index.numbers)
    bugs = np.array([report.bug for report in reports])
    rows: list[tuple[float, ...]] = []
    for at in range(FIRST if len(reports) > 2 * FIRST else 50, len(reports)):
        earlier = bugs[:at]
        if bugs[at] not in earlier:
            continue
        report = reports[at]
        scores = index.score(report.names, report.signature)
        same = np.array([report.signature == other.signature for other in reports[:at]], float)
        rows.append(
            (
                float(bugs[at]),
                *(_rank(score[place][:at], earlier, bugs[at]) for score in scores),
                _rank(same, earlier, bugs[at]),
            )
        )
    table = np.array(rows)
    return tuple(table.T)


def _rank(scores: Floats, bugs: NDArray[np.int64], right: int) -> float:
    """Return 1 / the rank of the right bug by its best report; ties count as their middle."""
    best = np.full(int(bugs.max()) + 1, -np.inf)
    np.maximum.at(best, bugs, scores)
    above = int((best > best[right] + 1e-12).sum())
    level = int((np.abs(best - best[right]) <= 1e-12).sum())
    return 1 / (above + (level + 1) / 2)


def _bootstrap(bugs: Ranks, differences: Ranks) -> tuple[float, float]:
    _, numbers = np.unique(bugs, return_inverse=True)
    sums, counts = np.bincount(numbers, differences), np.bincount(numbers)
    draws = np.random.default_rng(1).multinomial(
        len(counts), np.full(len(counts), 1 / len(counts)), ROUNDS
    )
    low, high = np.quantile(draws @ sums / (draws @ counts), [0.025, 0.975])
    return float(low), float(high)


def speeds(quick: bool) -> Iterator[Speed]:
    """Yield what the index and a look-up cost."""
    for stacks in (1000,) if quick else (100_000, 300_000):
        index, seconds, cpu = _filled(stacks)
        size = f"{stacks:,} of 22 frames"
        yield Speed("index, made", size, seconds, cpu, _peak())
        yield Speed("index, bytes", size, 0.0, 0.0, len(index.to_bytes()) / 2**20)
        walls, cpus = _look_ups(index, 20 if quick else 200)
        bar = f"<= {LOOK_UP:.3f} s" if stacks == 100_000 else ""
        for what, share in (("look-up, median", 0.5), ("look-up, p95", 0.95)):
            wall, cpu = (float(np.quantile(times, share)) for times in (walls, cpus))
            yield Speed(what, f"{stacks:,} stacks", wall, cpu, _peak(), bar if share > 0.5 else "")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _frames(seed: int, count: int) -> list[list[str]]:
    """Return stacks of 22 frames out of 130,000, the commonest in more than half of them."""
    random = np.random.default_rng(seed)
    sums = np.cumsum(np.arange(1, 130_001) ** -0.87)
    numbers = np.searchsorted(sums, random.random((count, 22)) * sums[-1])
    return [[f"f{number}" for number in row] for row in numbers.tolist()]


def _filled(count: int) -> tuple[Index, float, float]:
    stacks = [
        Stack(" | ".join(frames), f"signature {number % (count // 5)}")
        for number, frames in enumerate(_frames(1, count))
    ]
    wall, cpu = time.perf_counter(), time.process_time()
    index = Index.build(stacks)
    return index, time.perf_counter() - wall, time.process_time() - cpu


def _look_ups(index: Index, count: int) -> tuple[list[float], list[float]]:
    """Look up other stacks of the same kind; return the seconds of each, and those of CPU."""
    walls, cpus = [], []
    for frames in _frames(2, count + 1):
        query = [Stack(" | ".join(frames), "new")]
        wall, cpu = time.perf_counter(), time.thread_time()
        index.match(query, 20)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.thread_time() - cpu)
    return walls[1:], cpus[1:]  # the first one weighs all frames
