"""Daily counts of sample data (`socorro fakedata`), drawn without its rows.

The same builds, installs, signatures and plants as the rows have, and the same share of repeats;
millions of crashes in a second.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, NamedTuple

import numpy as np

from bench.score.exploding_world import Floats
from cli.fakedata.plants import Plant
from cli.fakedata.rows import BURSTS, PER_DRAW
from cli.fakedata.trains import TRAINS
from cli.fakedata.world import Cell, World
from socorro.stats.explosive import DAYS, LEAST, Line

Key = tuple[str, str]  # product, channel
EMPTY: Final = "EMPTY"  # all crashes without a stack


class Counted(NamedTuple):
    """One line: signatures (S), installs that crashed (S, V, D), ADI times throttle (V, D)."""

    key: Key
    signatures: list[str]
    counts: Floats
    exposure: Floats

    def until(self, day: int, alarmed: Floats) -> tuple[Line, list[int]]:
        """Return what is judged on a day, by its number, and which signatures it has."""
        first = max(0, day + 1 - DAYS)
        days = self.counts[:, :, first : day + 1]
        sums = days.sum(axis=1)
        rows = np.flatnonzero(sums[:, -7:].sum(axis=1) >= LEAST)
        others = int((sums.sum(axis=1) > 0).sum()) - len(rows)
        line = Line(
            sums[rows], self.exposure[:, first : day + 1], days[rows].sum(axis=2) > 0,
            alarmed[rows, first : day + 1] > 0, sums.sum(axis=0), others,
        )  # fmt: skip
        return line, rows.tolist()


def count(seed: int, last: date, days: int, per_day: int = 20_000) -> tuple[World, list[Counted]]:
    """Return a world of sample data and the counts of its lines, day 0 first."""
    world = World(seed, last - timedelta(days=days - 1), last, per_day)
    random = np.random.default_rng(seed)
    counts: dict[Key, dict[tuple[str, str], Floats]] = defaultdict(
        lambda: defaultdict(lambda: np.zeros(days))
    )
    exposure: dict[Key, dict[str, Floats]] = defaultdict(
        lambda: defaultdict(lambda: np.zeros(days))
    )
    for number, day in enumerate(world.days):
        for train, used in world.used(day):
            key = (train.product, train.channel)
            exposure[key][used.build.version][number] += used.adi * train.throttle
        for cell, texts in _crashes(world, day, random):
            line = counts[cell.build.product, cell.build.channel]
            for text in texts:
                line[text, cell.build.version][number] += 1
    lines = [
        _line(key, counts[key], exposure[key], days)
        for key in ((train.product, train.channel) for train in TRAINS)
    ]
    return world, lines


def _crashes(
    world: World, day: date, random: np.random.Generator
) -> Iterator[tuple[Cell, list[str]]]:
    """Yield where crashes happened, and the signature of each install."""
    cells = world.cells(day)
    weights = np.array([cell.weight for cell in cells])
    drawn = max(0.0, weights.sum() - world.planted(day)) / PER_DRAW
    for cell, number in zip(cells, random.poisson(drawn * weights / weights.sum()), strict=True):
        sums = np.array(cell.table.sums)
        chosen = sums.searchsorted(random.random(number) * sums[-1])
        chosen = np.where(random.random(number) < cell.empty_share, -1, chosen)
        chosen = chosen.repeat(1 + random.integers(1, 3, number) * (random.random(number) < BURSTS))
        signatures = cell.table.signatures
        yield cell, [signatures[place].text if place >= 0 else EMPTY for place in chosen]
    for plant in world.plants:
        yield from _planted(plant, plant.counts.get(day, 0), cells, random)


def _planted(
    plant: Plant, crashes: int, cells: list[Cell], random: np.random.Generator
) -> Iterator[tuple[Cell, list[str]]]:
    fitting = [
        cell
        for cell in cells
        if (cell.build.product, cell.build.channel) == (plant.product, plant.channel)
        and cell.os_name in plant.systems
        and (not plant.builds or cell.build.build_id in plant.builds)
    ]
    if not fitting or plant.signature is None:
        return
    weights = np.array([cell.weight for cell in fitting])
    for place in random.choice(len(fitting), crashes, p=weights / weights.sum()):
        yield fitting[place], [plant.signature.text]


def _line(
    key: Key, counts: dict[tuple[str, str], Floats], exposure: dict[str, Floats], days: int
) -> Counted:
    texts = sorted({text for text, _ in counts})
    versions = sorted(exposure)
    table = np.zeros((len(texts), len(versions), days))
    rows = {text: row for row, text in enumerate(texts)}
    places = {version: place for place, version in enumerate(versions)}
    for (text, version), by_day in counts.items():
        table[rows[text], places[version]] = by_day
    return Counted(key, texts, table, np.array([exposure[version] for version in versions]))
