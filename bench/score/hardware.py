"""Hardware suspects: the flaky machines of the sample data, and machines that are all sound."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import numpy as np

from bench.score import Bar
from cli.fakedata.rows import REPORT_COLUMNS, DayRows
from cli.fakedata.truth import truth_of
from cli.fakedata.world import World
from socorro.stats.hardware_suspects import LEAST_SHARE, Machine, base_share, suspects

LAST: Final = date(2026, 11, 23)
SEEDS: Final = (1, 2)
SOUND: Final = 300  # worlds without a broken machine
_PLACES: Final = [
    REPORT_COLUMNS.index(name) for name in ("os_version", "cpu_info", "app_notes", "fields")
]
_MICROCODE: Final = re.compile(r'"cpu_microcode_version": "([^"]*)"')
_MEMORY: Final = re.compile(r'"total_physical_memory": (\d+)')
_ADDRESS, _SIGNATURE = REPORT_COLUMNS.index("address"), REPORT_COLUMNS.index("signature")
_ONE_BIT: Final = re.compile("0x0*[1248]0{3,15}")
Key = tuple[str, ...]


def bars(quick: bool) -> Iterator[Bar]:
    """Yield precision and recall on planted machines, and how often a sound world names any."""
    for seed in SEEDS[:1] if quick else SEEDS:
        yield _planted(seed, 200 if quick else 20_000)
    worlds = 5 if quick else SOUND
    random = np.random.default_rng(SEEDS[0])
    wrong = sum(_sound(random) for _ in range(worlds))
    reached = f"{wrong / worlds:.1%} of {worlds} worlds"
    yield Bar("3,000 sound machines", "any named <= 1 %", reached, wrong <= 0.01 * worlds, "1")


def _planted(seed: int, per_day: int) -> Bar:
    world = World(seed, LAST - timedelta(days=6), LAST, per_day)
    crashes: dict[Key, int] = defaultdict(int)
    flipped: dict[Key, list[str]] = defaultdict(list)
    for cells in _reports(world):
        fields = cells[_PLACES[-1]]
        matches = (_MICROCODE.search(fields), _MEMORY.search(fields))
        key = (*(cells[place] for place in _PLACES[:-1]), *(m[1] if m else "" for m in matches))
        crashes[key] += 1
        if _ONE_BIT.fullmatch(cells[_ADDRESS]):
            flipped[key].append(cells[_SIGNATURE])
    keys = list(flipped)
    machines = [Machine(crashes[key], len(flipped[key]), len(set(flipped[key]))) for key in keys]
    share = base_share(sum(crashes.values()), sum(map(len, flipped.values())))
    named = {keys[suspect.place][3] for suspect in suspects(machines, share, len(crashes))}
    flaky = {machine["cpu_microcode_version"] for machine in truth_of(world)["flaky_hardware"]}
    right = len(named & flaky)
    reached = f"{right}/{len(named)}, {right}/{len(flaky)} of {len(crashes):,} machines"
    bar = "precision and recall 1.00"
    return Bar("flaky machines of the sample data", bar, reached, named == flaky, str(seed))


def _reports(world: World) -> Iterator[list[str]]:
    for day in world.days:
        day_rows = DayRows(world, day)
        for hour in range(24):
            for line in day_rows.hour(hour):
                yield line.split("\t")


def _sound(random: np.random.Generator) -> bool:
    """Whether any machine is named where one-bit addresses come by chance; the worst signatures."""
    crashes = random.geometric(1 / 40, 3000)
    flipped = random.binomial(crashes, LEAST_SHARE)
    machines = [Machine(int(n), int(k), int(k)) for n, k in zip(crashes, flipped, strict=True)]
    return bool(suspects(machines, base_share(int(crashes.sum()), int(flipped.sum()))))
