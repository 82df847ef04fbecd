"""Which build brought a crash: what a 90 % range of builds holds, and the verdict on fixes."""

import time
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.score import Bar, Speed
from socorro.stats.regression import FELL, locate, verify

SEED: Final = 4
BUILDS: Final = 30
COVERS: Final = 0.88


class Kind(NamedTuple):
    """A kind of world: events per build before and after, how builds and events scatter."""

    what: str
    before: float
    after: float
    differ: float = 0.0  # coefficient of variation of builds
    clump: float = 1.0  # events that come together, mean
    is_fixed: bool = False


KINDS: Final = (
    Kind("2 -> 20 a build", 2, 20),
    Kind("0.2 -> 2 a build", 0.2, 2),
    Kind("nothing -> 2 a build", 0, 2),
    Kind("2 -> 6 a build", 2, 6),
    Kind("5 -> 10 a build", 5, 10),
    Kind("50 -> 100, builds differ by 30 %", 50, 100, differ=0.3),
    Kind("0.5 -> 5, in clumps of 3", 0.5, 5, clump=3),
    Kind("0.5 -> 5, fixed later", 0.5, 5, is_fixed=True),
)


class World(NamedTuple):
    """Events and exposures by build; the rate rises at *bad* and falls again at *good*."""

    events: NDArray[np.int64]
    exposures: NDArray[np.float64]
    bad: int
    good: int


def bars(quick: bool) -> Iterator[Bar]:
    """Yield what ranges hold, how wide they are, and how often a constant rate is called a rise."""
    random = np.random.default_rng(SEED)
    worlds = 8 if quick else 1000
    for kind in KINDS:
        yield _covers(kind, [_world(random, kind) for _ in range(worlds)])
    for kind in (Kind("no change, 5 a build", 5, 5), Kind("no change, clumps of 3", 5, 5, clump=3)):
        results = [locate(*_world(random, kind)[:2]) for _ in range(worlds)]
        share = float(np.mean([result is not None and result.is_clear for result in results]))
        yield Bar(kind.what, "a rise said <= 5 %", f"{share:.1%}", share <= 0.05, str(SEED))
    for ratio in (0.02, 0.1, 0.2, 1.0):
        yield _bound(random, ratio, worlds)


def speeds(quick: bool) -> Iterator[Speed]:
    """Yield what the range of one signature costs."""
    random = np.random.default_rng(SEED)
    for builds in (60, 200):
        events = random.poisson(3, 20 if quick else builds)
        began, cpu = time.perf_counter(), time.process_time()
        locate(events, np.ones(events.size))
        seconds = time.perf_counter() - began
        yield Speed("range", f"{builds} builds", seconds, time.process_time() - cpu, 0.0)


def _world(random: np.random.Generator, kind: Kind) -> World:
    """Exposures are lognormal, and one build in ten is next to unused."""
    exposures = random.lognormal(0, 0.5, BUILDS)
    exposures[random.random(BUILDS) < 0.1] *= 0.01
    bad = int(random.integers(3, 18 if kind.is_fixed else 27))
    good = int(random.integers(bad + 3, 28)) if kind.is_fixed else BUILDS
    rates = np.full(BUILDS, float(kind.before))
    rates[bad:good] = kind.after
    if kind.differ:
        rates *= random.lognormal(-(kind.differ**2) / 2, kind.differ, BUILDS)
    clumps = random.poisson(rates * exposures / kind.clump)
    return World(clumps + random.poisson((kind.clump - 1) * clumps), exposures, bad, good)


def _covers(kind: Kind, worlds: list[World]) -> Bar:
    results = [(world, locate(world.events, world.exposures)) for world in worlds]
    ranges = [(world, result.bad) for world, result in results if result and result.is_clear]
    if not ranges:  # of a few quick worlds
        return Bar(kind.what, f"90 % range covers >= {COVERS:.0%}", "nothing claimed", False)
    held = float(np.mean([bad.first <= world.bad <= bad.last for world, bad in ranges]))
    width = float(np.mean([bad.last - bad.first + 1 for _, bad in ranges]))
    mode = float(np.mean([bad.likeliest == world.bad for world, bad in ranges]))
    text = (
        f"{held:.1%} of {len(ranges) / len(worlds):.0%} claimed, {width:.1f} builds wide,"
        f" likeliest one right {mode:.0%}"
    )
    return Bar(kind.what, f"90 % range covers >= {COVERS:.0%}", text, held >= COVERS, str(SEED))


def _bound(random: np.random.Generator, ratio: float, worlds: int) -> Bar:
    """Ten builds with 4 crashes each before, three after a fix that leaves *ratio* of the rate."""
    held = fixed = 0
    for _ in range(worlds):
        before, after = random.poisson(4, 10), random.poisson(4 * ratio * 2, 3)
        verdict = verify(before, np.ones(10), after, np.full(3, 2.0))
        held += verdict.high is None or verdict.high >= ratio
        fixed += verdict.outcome == "fixed"
    share, said = held / worlds, fixed / worlds
    met = share >= 0.945 and (ratio < FELL or said <= 0.05)
    text = f"{share:.1%}, called fixed {said:.0%}"
    return Bar(f"fix that leaves {ratio:.0%}", "bound holds >= 95 %", text, met, str(SEED))
