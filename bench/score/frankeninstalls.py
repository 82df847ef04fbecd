"""Frankeninstalls: how many crashes of mixed installs are recognised, and how many others are not.

A world has builds of very different sizes, files that change with each build, files in many
languages, files that no build changes, libraries of the system (one of them updated during the
week), and injected libraries. Installs crash once or often. A mixed install has one file of an
older build.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from resource import RUSAGE_SELF, getrusage
from typing import NamedTuple

import numpy as np

from bench.score import Bar, Speed
from socorro.stats.frankeninstalls import Count, find_foreign

SEEDS = (1, 2, 3, 4)
LEAST = 0.95
PACKED = "glue of -1"  # the file that a vendor packs, of a build that is in use, too
LANGUAGES = np.array([0.5, 0.2, 0.1, 0.08, 0.05, 0.03, 0.02, 0.01, 0.005, 0.005])


@dataclass(frozen=True)
class World:
    """One product and system: *mixed* of all installs, *more* (build, share) of one build's."""

    sizes: tuple[int, ...] = (20_000, 9000, 4000, 1500, 700, 300, 60, 50, 40)
    mixed: float = 0.0035
    more: tuple[int, float] | None = None
    unseen: bool = False  # the older build of mixes has no crash of its own
    symbols: bool = False
    repack: float = 0.0  # of the largest build's installs, from a vendor with an older file


class Score(NamedTuple):
    """Of mixed crashes: how many are recognised; of recognised ones: how many are mixed."""

    precision: float
    recall: float
    mixes: int


class Installs(NamedTuple):
    """Installs as columns: build, number of crashes, whether mixed, and the id of each file."""

    build: np.ndarray
    crashes: np.ndarray
    mixed: np.ndarray
    files: dict[str, np.ndarray]  # ids; "" when not on the stack


CASES = {
    "mixes in all builds, by crashes alone": World(),
    "the same, symbols uploaded": World(symbols=True),
    "30 % of a build mixed, symbols uploaded": World(more=(1, 0.3), symbols=True),
    "older build never seen, symbols uploaded": World(unseen=True, symbols=True),
    "builds of 40 to 60 crashes, rare languages": World(
        sizes=(3000, 60, 55, 50, 48, 45, 42, 40), mixed=0.01
    ),
    "vendor packs an older file, excused once": World(repack=0.01),
}


def bars(quick: bool) -> Iterator[Bar]:
    """Yield precision and recall of each hard case, over all seeds together."""
    seeds = SEEDS[:1] if quick else SEEDS
    for name, case in CASES.items():
        smaller = tuple(max(40, size // 8) for size in case.sizes)
        world = replace(case, sizes=smaller) if quick else case
        results = [score(world, seed) for seed in seeds]
        mixes = sum(one.mixes for one in results)
        precision = float(np.mean([one.precision for one in results]))
        recall = sum(one.recall * one.mixes for one in results) / mixes
        yield Bar(
            name,
            f"precision, recall >= {LEAST}",
            f"{precision:.3f}, {recall:.3f} ({mixes:,} mixed)",
            bool(precision >= LEAST and recall >= LEAST),
            ", ".join(map(str, seeds)),
        )


def speeds(quick: bool) -> Iterator[Speed]:
    """Yield what a day of 2.5 million crashes costs, after it was counted."""
    builds, files = (10, 50) if quick else (60, 400)
    counts = [
        Count(f"b{build}", "amd64", f"f{file}", f"{file}-{build // (1 + file % 9)}-{n}", 1 + n)
        for build in range(builds)
        for file in range(files)
        for n in range(20)
    ]
    began, cpu = time.perf_counter(), time.process_time()
    find_foreign(counts)
    yield Speed(
        "find_foreign", f"{len(counts):,} counts", time.perf_counter() - began,
        time.process_time() - cpu, getrusage(RUSAGE_SELF).ru_maxrss / 1024,
    )  # fmt: skip


def score(world: World, seed: int) -> Score:
    """Return what the rules reach in one world; what a vendor packs is excused."""
    installs = _installs(world, np.random.default_rng(seed))
    uploaded = {
        (file, debug_id)
        for file in ("core", "glue")
        for debug_id in np.unique(installs.files[file])
        if world.symbols and debug_id
    }
    marked = np.zeros(len(installs.build), bool)
    for one in find_foreign(_counts(installs), uploaded):
        if (one.build, one.debug_id) != ("0", PACKED):
            marked |= (installs.build == int(one.build)) & (
                installs.files[one.file] == one.debug_id
            )
    crashes = installs.crashes
    both, mixes = crashes[marked & installs.mixed].sum(), int(crashes[installs.mixed].sum())
    return Score(both / max(1, crashes[marked].sum()), both / mixes, mixes)


def _installs(world: World, random: np.random.Generator) -> Installs:
    builds = np.repeat(np.arange(len(world.sizes)), world.sizes)
    times = random.geometric(np.where(random.random(len(builds)) < 0.05, 0.1, 0.9))
    day = np.minimum(6, random.exponential(2.0, len(builds)).astype(int) + builds % 5)
    language = random.choice(len(LANGUAGES), len(builds), p=LANGUAGES)
    files = _files(builds, day, language, random)
    mixed = random.random(len(builds)) < world.mixed
    if world.more:
        mixed |= (builds == world.more[0]) & (random.random(len(builds)) < world.more[1])
    repacked = (builds == 0) & (random.random(len(builds)) < world.repack) & ~mixed
    files["glue"][repacked] = PACKED
    if world.repack:  # the build that the vendor took it from is in use as well
        builds[builds == len(world.sizes) - 1] = -1
        files["glue"][builds == -1] = PACKED
        mixed &= builds >= 0
    older = np.full(len(builds), 99) if world.unseen else np.minimum(builds + 1, 5)
    mixed &= older != builds
    which = random.choice(["core", "glue"], len(builds))
    for file in ("core", "glue"):
        chosen = mixed & (which == file)
        files[file][chosen] = np.char.add(f"{file} of ", older[chosen].astype(str))
    return Installs(builds, times, mixed, files)


def _files(
    builds: np.ndarray, day: np.ndarray, language: np.ndarray, random: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return the id of each file in each install, "" where it is not on the stack."""
    system = random.choice(4, len(builds), p=[0.4, 0.35, 0.15, 0.1])
    updated = random.random(len(builds)) < np.clip(day / 4, 0, 1)
    texts = {
        "core": np.char.add("core of ", builds.astype(str)),
        "glue": np.char.add("glue of ", builds.astype(str)),
        "words": np.char.add(
            np.char.add("words of ", builds.astype(str)), np.char.add(" in ", language.astype(str))
        ),
        "same": np.full(len(builds), "same"),
        "same words": np.char.add("same in ", language.astype(str)),
        "ntdll": np.char.add("ntdll ", system.astype(str)),
        "patched": np.char.add("patched ", (system + 4 * updated).astype(str)),
        "hook": np.char.add("hook ", updated.astype(str)),
    }
    present = {"words": 0.5, "same words": 0.5, "hook": 0.05, "patched": 0.7}
    answer = {}
    for name, ids in texts.items():
        ids = ids.astype("U40")
        ids[random.random(len(builds)) >= present.get(name, 1.0)] = ""
        answer[name] = ids
    return answer


def _counts(installs: Installs) -> Iterator[Count]:
    for file, ids in installs.files.items():
        names, codes = np.unique(ids, return_inverse=True)
        pairs, numbers = np.unique((installs.build + 1) * len(names) + codes, return_counts=True)
        for pair, number in zip(pairs, numbers, strict=True):
            build, code = divmod(int(pair), len(names))
            yield Count(str(build - 1), "amd64", file, str(names[code]), int(number))
