"""Suspicious modules: which of 14 planted families are listed, and which of 395 others."""

import random
import time
from collections.abc import Iterator
from datetime import date, timedelta
from resource import RUSAGE_SELF, getrusage
from typing import NamedTuple

from bench.score import Bar, Speed
from socorro.stats.known_names import NAMES
from socorro.stats.suspicious_modules import (
    CUT,
    Candidate,
    Sighting,
    Witness,
    candidates,
    suspect,
)

SEEDS = (1, 2, 3, 4, 5)
TODAY = date(2026, 11, 23)
SINCE = TODAY - timedelta(days=27)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
FAMILIES, OTHERS = 14, 395


class Planted(NamedTuple):
    """One family, or one harmless module: its sightings, its witness, and whether it is bad."""

    sightings: list[Sighting]
    signed: bool
    concentrated: bool
    is_bad: bool


def bars(quick: bool) -> Iterator[Bar]:
    """Yield how many families are listed, and how many others, with and without certificates."""
    seeds = SEEDS[:1] if quick else SEEDS
    for certificates, least in ((True, FAMILIES), (False, 9)):
        results = [listed(seed, certificates) for seed in seeds]
        bad = [one[0] for one in results]
        others = [one[1] for one in results]
        yield Bar(
            "certificates known" if certificates else "certificates unknown",
            f"{least} of {FAMILIES} families at cut {CUT:g}, no other of {OTHERS}",
            f"{min(bad)} to {max(bad)} families, {sum(others)} others",
            min(bad) >= least and not any(others),
            ", ".join(map(str, seeds)),
        )


def speeds(quick: bool) -> Iterator[Speed]:
    """Yield what very many modules cost."""
    source = random.Random(1)
    sightings = [
        Sighting(f"{_letters(source, 8)}.dll", f"{number:033X}", 5 + number % 9, 9, TODAY)
        for number in range(2000 if quick else 50_000)
    ]
    began, cpu = time.perf_counter(), time.process_time()
    candidates(sightings, TODAY, SINCE)
    yield Speed(
        "candidates", f"{len(sightings):,} modules", time.perf_counter() - began,
        time.process_time() - cpu, getrusage(RUSAGE_SELF).ru_maxrss / 1024,
    )  # fmt: skip


def listed(seed: int, certificates: bool) -> tuple[int, int]:
    """Return how many families and how many harmless modules reach CUT."""
    world = list(_world(random.Random(seed)))
    by_name = {one.name.lower(): entry for entry in world for one in entry.sightings}
    chosen = candidates((one for entry in world for one in entry.sightings), TODAY, SINCE)
    bad: set[tuple[str, ...]] = set()
    others: set[tuple[str, ...]] = set()
    for candidate in chosen:
        entry = by_name[candidate.names[0]]
        if suspect(candidate, _witness(entry, candidate, certificates)).points >= CUT:
            (bad if entry.is_bad else others).add(candidate.names)
    return len(bad), len(others)


def _witness(entry: Planted, candidate: Candidate, certificates: bool) -> Witness:
    share = 0.6 if entry.concentrated else 0.04
    return Witness(
        entry.signed if certificates else None, "a signature", round(candidate.installs * share)
    )


def _world(source: random.Random) -> Iterator[Planted]:
    for number in range(5):  # many names of one file
        yield _many(source, new=number % 2 == 0, concentrated=number % 2 == 1, is_bad=True)
    for number in range(4):  # one name, a new file on each machine for half of them
        yield _one(source, _letters(source, 10), number % 2, True, False, True, True)
    for number in range(5):
        name = _letters(source, 10) if number % 2 else _words(source)
        yield _one(source, name, 0, number % 4 != 3, False, True, True)
    for name in NAMES[:200]:  # of the system
        yield _one(source, name, 1, False, True, source.random() < 0.1, False)
    for _ in range(40):  # drivers: odd names, new versions, blamed often
        name = f"{_letters(source, 3)}wgf{source.randrange(10)}um{_letters(source, 1)}"
        yield _one(source, name, 1, False, True, True, False)
    for number in range(100):  # tools: new and signed, or unsigned with one reason more
        signed, kind = number % 3 == 0, number % 2
        name = _words(source)
        yield _one(source, name, 0, kind == 0, signed, signed or kind == 1, False)
    for _ in range(30):  # tools that are new, signed, and have odd names
        yield _one(source, _letters(source, 7), 0, True, True, False, False)
    for prefix in ("jna", "tmp", "sqlite-", "jansi-", "snappy-"):  # unpacked for each run
        for _ in range(5):
            yield _many(source, False, False, is_bad=False, prefix=prefix)


def _many(
    source: random.Random, new: bool, concentrated: bool, is_bad: bool, prefix: str = ""
) -> Planted:
    code = f"{source.getrandbits(128):032X}1"
    names = (
        f"{prefix}{source.randrange(10**9)}.dll" if prefix else f"{_letters(source, 8)}.dll"
        for _ in range(12)
    )
    sightings = [_sighting(source, name, code, 3, new) for name in names]
    return Planted(sightings, False, concentrated, is_bad)


def _one(
    source: random.Random, name: str, versions: int, new: bool, signed: bool, concentrated: bool,
    is_bad: bool,
) -> Planted:  # fmt: skip
    many = source.randrange(20, 60) if versions else 1
    sightings = [
        _sighting(
            source, f"{name}.dll", f"{source.getrandbits(128):032X}1", _installs(versions, is_bad),
            new or bool(number and source.random() < 0.5),
        )
        for number in range(many)
    ]  # fmt: skip
    return Planted(sightings, signed, concentrated, is_bad)


def _installs(versions: int, is_bad: bool) -> int:
    return (3 if is_bad else 15) if versions else 25


def _sighting(source: random.Random, name: str, code: str, installs: int, new: bool) -> Sighting:
    back = source.randrange(0, 10) if new else source.randrange(16, 27)
    return Sighting(name, code, installs, installs + 2, TODAY - timedelta(days=back))


def _letters(source: random.Random, count: int) -> str:
    return "".join(source.choices(LETTERS, k=count))


def _words(source: random.Random) -> str:
    """Return a name of two words; a number makes it the only one of its world."""
    return f"{source.choice(NAMES[-70:])}{source.choice(NAMES[-70:])}{source.randrange(10**6)}"
