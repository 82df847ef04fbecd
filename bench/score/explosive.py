"""Explosive signatures: false alarms without explosions, and what is found of planted ones."""

import resource
import time
from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.score import Bar, Speed
from bench.score.exploding_world import SIGNATURES, WARM, Floats, World, make
from bench.score.explosive_rules import LIMITS, RULES
from bench.score.sample_counts import EMPTY, Counted, count
from cli.fakedata.world import World as Sample
from socorro.stats.explosive import CRASHES, DAYS, INSTALLS, LEAST, Judged, Line, judge

JUDGED: Final = 50  # days of a world
NULL_WORLDS, PLANTED_WORLDS = 30, 8
LOW_VOLUME: Final = ("low", "small", "novel")
SAMPLE_LAST: Final = date(2026, 11, 29)
SAMPLE_JUDGED: Final = 21  # days


class Alarm(NamedTuple):
    """A signature that exploded in the days [first, day] of a world."""

    world: int
    signature: int
    first: int
    day: int


class Score(NamedTuple):
    """The share of false alarms, and of plants that have an alarm while they last, by kind."""

    false: float
    recall: float
    kinds: dict[str, float]
    delay: float


def bars(quick: bool) -> Iterator[Bar]:
    """Yield false alarms in calm worlds, then what is found of plants, beside other rules."""
    days = 3 if quick else JUDGED
    signatures = 200 if quick else SIGNATURES
    yield _calm(1 if quick else NULL_WORLDS, days, signatures)
    worlds = [
        make(seed, days, planted=True, signatures=signatures)
        for seed in range(1, 2 if quick else PLANTED_WORLDS + 1)
    ]
    seeds = f"1-{len(worlds)}"
    installs = _score(worlds, _alarms(worlds, days, "installs", INSTALLS))
    crashes = _score(worlds, _alarms(worlds, days, "crashes", CRASHES))
    yield from _recall(f"installs, ratio {INSTALLS}", installs, seeds)
    yield from _recall(f"crashes, ratio {CRASHES}", crashes, seeds, low_volume=False)
    for name in RULES:
        yield _rule(name, worlds, min(installs.recall, crashes.recall), seeds)
    for seed in (1,) if quick else (1, 2):
        yield _sample(seed, 200 if quick else 20_000, 2 if quick else SAMPLE_JUDGED)


def speeds(quick: bool) -> Iterator[Speed]:
    """Yield what 50,000 signatures of 60 days cost, and those of a day of 2.5 million."""
    for crashes in (120_000, 2_500_000):
        line = _large(2000 if quick else 50_000, crashes)
        began, cpu = time.monotonic(), time.process_time()
        judge([line])
        yield Speed(
            "explosive signatures",
            f"{len(line.counts):,} x 60 days, {crashes:,} crashes a day",
            time.monotonic() - began,
            time.process_time() - cpu,
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "2 s",
        )


def _large(signatures: int, crashes: int) -> Line:
    random = np.random.default_rng(1)
    rates = (np.arange(signatures) + 2.7) ** -1.02
    means = np.repeat((rates * crashes / rates.sum())[:, None], 60, axis=1)
    counts = random.poisson(means).astype(float)
    seen = random.random((signatures, 12)) < 0.6
    seen[:, 0] = True
    nothing = np.zeros(counts.shape, dtype=bool)
    return Line(counts, np.full((12, 60), 1e6), seen, nothing, counts.sum(axis=0))


def _calm(worlds: int, days: int, signatures: int) -> Bar:
    dates = set()
    for seed in range(worlds):
        world = make(1000 + seed, days, planted=False, signatures=signatures)
        alarms = _alarms([world], days, "installs", INSTALLS)
        dates |= {(seed, alarm.day) for alarm in alarms}
    share = len(dates) / worlds / days
    what = f"no explosion, {worlds} worlds x {days} days"
    seeds = f"1000-{999 + worlds}"
    return Bar(what, "days with a false alarm <= 5%", f"{share:.1%}", share <= 0.05, seeds)


def _alarms(worlds: list[World], days: int, counted: str, ratio: float) -> list[Alarm]:
    """Judge day after day; alarms leave the history of later ones."""
    alarms = []
    for number, world in enumerate(worlds):
        counts: Floats = getattr(world, counted)
        alarmed = np.zeros(counts.shape, dtype=bool)
        for day in range(WARM, WARM + days):
            for row, item in _judge(world, counts, alarmed, day, ratio):
                first = day - item.window + 1
                alarmed[row, first : day + 1] = True
                alarms.append(Alarm(number, row, first, day))
    return alarms


def _judge(
    world: World, counts: Floats, alarmed: NDArray[np.bool_], day: int, ratio: float
) -> Iterator[tuple[int, Judged]]:
    span = slice(day + 1 - DAYS, day + 1)
    rows = np.flatnonzero(counts[:, day - 6 : day + 1].sum(axis=1) >= LEAST)
    present = int((counts[:, span].sum(axis=1) > 0).sum())
    line = Line(
        counts[rows, span], world.exposure[:, span], world.seen[rows, :, day],
        alarmed[rows, span], counts[:, span].sum(axis=0), present - len(rows),
    )  # fmt: skip
    for item in judge([line], ratio):
        if item.alarm:
            yield int(rows[item.row]), item


def _score(worlds: list[World], alarms: list[Alarm]) -> Score:
    planted = {
        (number, plant.signature): plant
        for number, world in enumerate(worlds)
        for plant in world.plants
    }
    delays: dict[tuple[int, int], int] = {}
    false = 0
    for world, signature, first, day in alarms:
        plant = planted.get((world, signature))
        if plant is None or day < plant.first or first >= plant.after:
            false += 1
        elif day < plant.after:
            delays.setdefault((world, signature), day - plant.first)
    searched = {place: plant.kind for place, plant in planted.items() if plant.kind != "past"}
    kinds = {
        kind: _share([place in delays for place, other in searched.items() if other == kind])
        for kind in dict.fromkeys(searched.values())
    }
    delay = float(np.median(list(delays.values()))) if delays else float("inf")
    recall = _share([place in delays for place in searched])
    return Score(false / max(1, len(alarms)), recall, kinds, delay)


def _share(hits: list[bool]) -> float:
    return sum(hits) / max(1, len(hits))


def _recall(what: str, score: Score, seeds: str, low_volume: bool = True) -> Iterator[Bar]:
    kinds = ", ".join(f"{kind} {share:.2f}" for kind, share in score.kinds.items())
    yield Bar(
        f"{what}: false alarms among alarms", "<= .05", f"{score.false:.3f}", score.false <= 0.05,
        seeds,
    )  # fmt: skip
    yield Bar(
        f"{what}: plants found", ">= .85",
        f"{score.recall:.3f} ({kinds}; median delay {score.delay:.0f} days)",
        score.recall >= 0.85, seeds,
    )  # fmt: skip
    if low_volume:
        rare = [share for kind, share in score.kinds.items() if kind in LOW_VOLUME]
        low = sum(rare) / max(1, len(rare))
        yield Bar(f"{what}: rare signatures", ">= .95", f"{low:.3f}", low >= 0.95, seeds)


def _rule(name: str, worlds: list[World], ours: float, seeds: str) -> Bar:
    """Score a rule as its authors use it, and at its best threshold with 5 % false alarms."""
    scores = [RULES[name](world) for world in worlds]
    plain = _score(worlds, _above(scores, LIMITS[name]))
    best = 0.0
    pooled = np.concatenate([score[:, WARM:].ravel() for score in scores])
    pooled = np.sort(pooled[pooled > LIMITS[name] / 10])[::-1]
    most = min(len(pooled), 5000)
    for place in np.unique(np.geomspace(1, most, 40).astype(int)) if most else ():
        score = _score(worlds, _above(scores, float(pooled[place - 1])))
        if score.false <= 0.05:
            best = max(best, score.recall)
    return Bar(
        f"{name}: plants found with 5 % false alarms", f"less than ours, {ours:.3f}",
        f"{best:.3f} (as published: {plain.recall:.3f} with {plain.false:.3f} false alarms)",
        best < ours, seeds,
    )  # fmt: skip


def _above(scores: list[Floats], limit: float) -> list[Alarm]:
    return [
        Alarm(number, int(row), int(day) + WARM, int(day) + WARM)
        for number, score in enumerate(scores)
        for row, day in np.argwhere(score[:, WARM:] >= limit)
    ]


def _sample(seed: int, per_day: int, days: int) -> Bar:
    world, lines = count(seed, SAMPLE_LAST, days + DAYS, per_day)
    alarms = _sample_alarms(lines, days)
    explosions = _planted(world, "fast", "slow", "low")
    others = alarms - explosions - _planted(world, "regression", "past") - {EMPTY}
    return Bar(
        f"sample data, seed {seed}, {days} days", f"{len(explosions)} found, no other alarm",
        f"{len(explosions & alarms)} found, {len(others)} others",
        explosions <= alarms and not others, str(seed),
    )  # fmt: skip


def _planted(world: Sample, *kinds: str) -> set[str]:
    return {
        plant.signature.text
        for plant in world.plants
        if plant.signature and plant.name.split("-")[0] in kinds
    }


def _sample_alarms(lines: list[Counted], days: int) -> set[str]:
    alarmed = [np.zeros((len(line.signatures), DAYS + days)) for line in lines]
    signatures = set()
    for day in range(DAYS, DAYS + days):
        judged = [line.until(day, before) for line, before in zip(lines, alarmed, strict=True)]
        for item in judge([line for line, _ in judged], INSTALLS):
            if item.alarm:
                row = judged[item.line][1][item.row]
                alarmed[item.line][row, day + 1 - item.window : day + 1] = 1
                signatures.add(lines[item.line].signatures[row])
    return signatures
