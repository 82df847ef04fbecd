"""Invented worlds of daily counts in which explosions were planted, to score detectors with.

Harsher than sample data: rates drift, days and weekdays differ, also by signature, some machines
crash many times, two of five signatures live for some versions only, versions come out every 28
days and crash differently, and the throttle changes once.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SIGNATURES: Final = 3000
WARM: Final = 56  # days before the first one that is judged
CRASHES: Final = 19_000  # a day
ADI: Final = 1e6
CYCLE: Final = 28  # days from version to version
CLUMPS: Final = ((1.0, 0.55), (1.15, 0.25), (1.5, 0.15), (2.5, 0.05))
"""Crashes of one install and day, and the share of signatures."""
KINDS: Final = ("fast", "big", "slow", "low", "small", "novel", "past")
OF_A_KIND: Final = 7  # plants of a kind
SLOW_DAYS, GROWTH = 21, 1.12


class Plant(NamedTuple):
    """An explosion: days [first, after) of a signature."""

    kind: str
    signature: int
    first: int
    after: int


class World(NamedTuple):
    """Counts of a line: S signatures, V versions, D days.

    crashes, installs (S, D); adi, throttle (V, D) and (D,); seen (S, V, D): occurred by that day.
    """

    crashes: Floats
    installs: Floats
    adi: Floats
    throttle: Floats
    seen: NDArray[np.bool_]
    plants: list[Plant]

    @property
    def exposure(self) -> Floats:
        """ADI times the share that is processed, (V, D)."""
        exposure: Floats = self.adi * self.throttle
        return exposure


def make(
    seed: int, days: int, planted: bool, wild: float = 1.0, signatures: int = SIGNATURES
) -> World:
    """Return a world with *days* to judge; *wild* times as restless."""
    random = np.random.default_rng(seed)
    length = WARM + days
    adi = _adi(random, length)
    throttle = np.where(np.arange(length) < WARM + random.integers(-20, days), 1.0, 1.25)
    clump = random.choice([c for c, _ in CLUMPS], signatures, p=[p for _, p in CLUMPS])
    rates = _rates(random, signatures, adi, clump)
    effects = _effects(random, signatures, length, wild)
    means = rates[:, :, None] * (adi * throttle)[None] * effects[:, None, :]
    plants = _plants(random, means.sum(axis=1), days) if planted else []
    _grow(random, means, plants, clump, adi)
    counts = random.poisson(means)
    seen = np.maximum.accumulate(counts > 0, axis=2)
    installs = counts.sum(axis=1)
    more = random.negative_binomial(np.maximum(installs, 1), (1 / clump)[:, None])
    crashes = installs + np.where(installs > 0, more, 0)
    return World(crashes.astype(float), installs.astype(float), adi, throttle, seen, plants)


def _adi(random: np.random.Generator, length: int) -> Floats:
    """Return (V, D): a version every 28 days, which most users have after a week or two."""
    days = np.arange(length)
    births = np.arange(-3 * CYCLE, length, CYCLE) + 5
    left, shares = np.ones(length), []
    for birth in births[::-1]:
        age = days - birth
        part = np.where(age >= 0, left * (1 - np.exp(-(np.maximum(age, 0) + 0.6) / 5)), 0)
        shares.append(part)
        left = left - part
    total = ADI * np.where(days % 7 >= 5, 0.85, 1.0) * random.normal(1, 0.01, length)
    return np.array(shares[::-1]) * total


def _rates(random: np.random.Generator, signatures: int, adi: Floats, clump: Floats) -> Floats:
    """Return (S, V): installs that crash per ADI."""
    versions = len(adi)
    weight = (np.arange(signatures) + 2.7) ** -1.02 * random.lognormal(0, 0.25, signatures)
    born = random.integers(-2, versions, signatures)
    died = born + random.integers(1, 6, signatures)
    immortal = (random.random(signatures) > 0.4) | (np.arange(signatures) < 12)
    version = np.arange(versions)
    alive = immortal[:, None] | ((version >= born[:, None]) & (version < died[:, None]))
    rates: Floats = weight[:, None] * alive * random.lognormal(0, 0.15, (signatures, versions))
    scale = CRASHES * signatures / SIGNATURES / (rates @ adi.mean(axis=1)).sum()
    rates *= scale / clump[:, None]
    return rates


def _effects(random: np.random.Generator, signatures: int, length: int, wild: float) -> Floats:
    """Return (S, D): drift, good and bad days, weekdays."""
    drift = random.normal(0, 0.015 * wild, (signatures, length)).cumsum(axis=1)
    drift -= drift.mean(axis=1, keepdims=True)
    day = random.normal(0, 0.04 * wild, length) + random.normal(0, 0.05 * wild, drift.shape)
    weekend = np.arange(length) % 7 >= 5
    own = random.choice([0.0, -0.9, 0.5], signatures, p=[0.85, 0.1, 0.05])
    effects: Floats = np.exp(drift + day + weekend * (own[:, None] - 0.07))
    return effects


def _plants(random: np.random.Generator, means: Floats, days: int) -> list[Plant]:
    """Choose signatures of the right size for each kind, and their days."""
    usual = means[:, WARM:].mean(axis=1)
    lively = means[:, WARM - 28 :].min(axis=1) > 0
    sizes = {
        "fast": (3, 100),
        "big": (100, 1e9),
        "slow": (3, 100),
        "small": (4, 7),
        "past": (3, 100),
    }
    lengths = {"fast": 3, "big": 3, "slow": SLOW_DAYS, "low": 2, "small": 3, "novel": 3, "past": 3}
    free = set(range(len(means)))
    plants = []
    for kind in KINDS:
        low, high = sizes.get(kind, (0.2, 0.5))
        fitting = [s for s in sorted(free) if low <= usual[s] < high and lively[s]]
        for chosen in random.permutation(fitting)[:OF_A_KIND]:
            first = (
                WARM - random.integers(10, 30)
                if kind == "past"
                else WARM + random.integers(0, max(1, days - lengths[kind]))
            )
            after = min(int(first) + lengths[kind], WARM + days)
            plants.append(Plant(kind, int(chosen), int(first), after))
            free.discard(int(chosen))
    return plants


def _grow(
    random: np.random.Generator, means: Floats, plants: list[Plant], clump: Floats, adi: Floats
) -> None:
    """Add the planted explosions to what is expected, in place; (S, V, D)."""
    for kind, signature, first, after in plants:
        days = np.arange(first, after)
        own = means[signature].sum(axis=0)
        usual = max(own[WARM:].mean(), 1e-9)
        shares = adi[:, days] / adi[:, days].sum(axis=0)
        if kind in ("fast", "past"):
            means[signature][:, days] *= random.uniform(5, 20)
        elif kind == "big":
            means[signature][:, days] *= random.uniform(2, 4)
        elif kind == "slow":
            means[signature][:, days] *= GROWTH ** np.arange(1, len(days) + 1)
        elif kind == "small":
            means[signature][:, days] *= 40 / clump[signature] / usual
        elif kind == "low":
            means[signature][:, days] = shares * np.array([12.0, 28.0])
        else:
            means[signature][:, :first] = 0
            means[signature][:, days] = shares * 20.0
