"""Day against day: how often a quiet day is called a change, and how often a change is seen.

Quiet are worlds of 50 days with weekdays, days that differ, series of crashes, drift and heavy
tails, and the lines of the sample data without the last two days, on which explosions are planted.
"""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, NamedTuple

import numpy as np

from bench.score import Bar
from cli.fakedata.rows import BURSTS, DUPLICATES
from cli.fakedata.trains import TRAINS, Train
from cli.fakedata.world import World
from socorro.stats.day_ratio import DayRatio, compare_days
from socorro.stats.rate_ratio import Exposed, compare

SEED: Final = 1
LAST: Final = date(2026, 11, 23)
DAYS: Final = 50
WORLDS: Final = 40
WEEK: Final = np.array([1.05, 1.07, 1.07, 1.06, 1.02, 0.86, 0.87])  # installs, Monday first
JUDGED: Final = 14  # days of each line of the sample data
SAMPLE_SEEDS: Final = (1, 2)
PER_DAY: Final = 20_000


class Kind(NamedTuple):
    """A kind of world: standard deviations of log rates, crashes in a series, heavy tails."""

    weekday: float
    day: float
    series: float
    drift: float
    heavy: bool


KINDS: Final = (
    Kind(0, 0, 1, 0, heavy=False),
    Kind(0, 0.03, 1, 0.01, heavy=False),
    Kind(0.1, 0.03, 1, 0.01, heavy=False),
    Kind(0.1, 0.05, 3, 0.01, heavy=True),
    Kind(0.02, 0.02, 1.5, 0.01, heavy=True),
)
VOLUMES: Final = (100, 500, 5000, 50_000)
Days = dict[date, Exposed]


def bars(quick: bool) -> Iterator[Bar]:
    """Yield how often "up" or "down" is said of quiet days, and of days that changed."""
    worlds = 1 if quick else WORLDS
    quiet = [compare_days(days, LAST) for days in _worlds(worlds, 1.0)]
    yield _quiet("quiet days, simulated", quiet, str(SEED))
    slight, clear = (_seen(max(1, worlds // 4), step) for step in (1.2, 1.5))
    reached = f"{clear:.0%} (of 1.2 times: {slight:.0%})"
    yield Bar("a day of 1.5 times the rate", ">= 75 % seen", reached, clear >= 0.75, str(SEED))
    seeds = SAMPLE_SEEDS[:1] if quick else SAMPLE_SEEDS
    lines = [line for seed in seeds for line in _sample_lines(seed, 300 if quick else PER_DAY)]
    judged = [LAST - timedelta(days=back) for back in range(2, 4 if quick else 2 + JUDGED)]
    said = [compare_days(days, day) for days in lines for day in judged]
    counts = sum(_by_counts(days, day) for days in lines for day in judged)
    named = ", ".join(map(str, seeds))
    yield _quiet("quiet days of the sample data", said, named, f"; by counts alone: {counts}")


def _quiet(what: str, ratios: list[DayRatio | None], seeds: str, more: str = "") -> Bar:
    said = sum(ratio is not None and ratio.is_clear for ratio in ratios)
    share = said / len(ratios)
    reached = f"{share:.1%} ({said} of {len(ratios):,}{more})"
    return Bar(what, '"up" or "down" said <= 5 %', reached, share <= 0.05, seeds)


def _seen(worlds: int, step: float) -> float:
    changed = [compare_days(days, LAST) for days in _worlds(worlds, step)]
    return sum(ratio is not None and ratio.is_clear for ratio in changed) / len(changed)


def _worlds(count: int, step: float) -> Iterator[Days]:
    """Yield so many worlds of each kind and volume; the rate of the last day is times *step*."""
    random = np.random.default_rng(SEED)
    for volume in VOLUMES:
        for kind in KINDS:
            for _ in range(count):
                yield _world(random, volume, kind, step)


def _world(random: np.random.Generator, volume: float, kind: Kind, step: float) -> Days:
    dates = [LAST - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    weekday = np.array([day.weekday() for day in dates])
    installs = 1e6 * np.exp(random.normal(0, 0.01, DAYS)) * WEEK[weekday]
    noise = (
        random.standard_t(4, DAYS) * kind.day / math.sqrt(2)
        if kind.heavy
        else random.normal(0, kind.day, DAYS)
    )
    rate = np.cumsum(random.normal(0, kind.drift, DAYS)) + noise
    rate += random.normal(0, kind.weekday, 7)[weekday]
    rate[-1] += math.log(step)
    crashes = _series(random, volume * installs / 1e6 * np.exp(rate), kind.series)
    return {
        day: Exposed(int(count), float(adi))
        for day, count, adi in zip(dates, crashes, installs, strict=True)
    }


def _series(
    random: np.random.Generator,
    means: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    length: float,
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Draw counts of crashes that come in geometric series of *length* on average."""
    starts = random.poisson(means / length)
    if length == 1:
        return starts
    return np.array(
        [count + random.negative_binomial(max(1, count), 1 / length) for count in starts]
    )


def _sample_lines(seed: int, per_day: int) -> Iterator[Days]:
    """Yield crashes and installs of each line of the sample data, as its generator draws them."""
    dates = [LAST - timedelta(days=back) for back in range(55, -1, -1)]
    world = World(seed, dates[0], LAST, per_day)
    random = np.random.default_rng(seed)
    by_train: dict[Train, Days] = {train: {} for train in TRAINS}
    for day in dates:
        expected: dict[tuple[str, str], float] = {}
        installs: dict[Train, int] = {}
        for cell in world.cells(day):
            line = cell.build.product, cell.build.channel
            expected[line] = expected.get(line, 0.0) + cell.weight
        for train, used in world.used(day):
            installs[train] = installs.get(train, 0) + used.adi
        for train, days in by_train.items():
            planted = sum(
                plant.counts.get(day, 0)
                for plant in world.plants
                if (plant.product, plant.channel) == (train.product, train.channel)
            )
            mean = max(0.0, expected[train.product, train.channel] - planted)
            repeated = random.poisson(mean * (DUPLICATES + BURSTS * 1.5))
            count = random.poisson(mean * (1 - DUPLICATES - BURSTS * 1.5)) + repeated + planted
            days[day] = Exposed(int(count), installs[train] * train.throttle)
    yield from by_train.values()


def _by_counts(days: Days, day: date) -> bool:
    ratio = compare(days[day - timedelta(days=1)], days[day])
    return ratio is not None and ratio.is_clear
