"""Release trains: which builds there are, and how many installs use which of them on a day.

A release every four weeks on a Tuesday, a beta each Tuesday and Friday, a nightly every day, an
ESR that follows the releases. When release N comes out, beta is N + 1 and nightly N + 2.
"""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import Final, NamedTuple

ANCHOR: Final = date(2025, 6, 24)  # the Tuesday on which 140.0 came out
ANCHOR_VERSION: Final = 140
CYCLE: Final = 28  # days
ESR_EVERY: Final = 13  # versions
BETAS: Final = (0, 3, 7, 10, 14, 17, 21, 24)  # days of a cycle
DOT_RELEASE: Final = 9  # day of a cycle
MEMORY: Final = 150  # age in days of the oldest builds in use
WEEKDAYS: Final = (1.05, 1.07, 1.07, 1.06, 1.02, 0.86, 0.87)  # of installs, Monday first


class Build(NamedTuple):
    """One build of a product, for all its systems."""

    product: str
    channel: str
    version: str  # as reports say it
    announced_version: str  # as the release tree and clients say it
    beta_number: int
    major: int
    build_id: str
    out: date  # the day from which users get it


class Train(NamedTuple):
    """A product on a channel: its part of all crashes, and how crashy it is."""

    product: str
    channel: str
    share: float  # of the crashes that are processed
    rate: float  # crashes per 100 installs and day
    throttle: float
    days: float  # that half of the installs need to update, about


class Used(NamedTuple):
    """Installs of one build on one system on one day."""

    build: Build
    os_name: str
    adi: int


TRAINS: Final = (
    Train("Firefox", "release", 0.42, 0.9, 0.1, 5.0),
    Train("Firefox", "beta", 0.14, 1.6, 1.0, 1.2),
    Train("Firefox", "nightly", 0.12, 2.8, 1.0, 0.6),
    Train("Firefox", "esr", 0.07, 0.7, 1.0, 9.0),
    Train("Fenix", "release", 0.09, 0.8, 1.0, 5.0),
    Train("Fenix", "beta", 0.03, 1.4, 1.0, 1.5),
    Train("Fenix", "nightly", 0.03, 2.5, 1.0, 0.7),
    Train("Thunderbird", "release", 0.04, 0.5, 1.0, 6.0),
    Train("Thunderbird", "beta", 0.02, 1.2, 1.0, 1.5),
    Train("Thunderbird", "esr", 0.025, 0.5, 1.0, 9.0),
    Train("SeaMonkey", "release", 0.015, 1.0, 1.0, 20.0),
)
PRODUCT_IDS: Final = {
    "Firefox": "{11111111-0000-4000-8000-00000000f0f0}",
    "Fenix": "{11111111-0000-4000-8000-00000000fe00}",
    "Thunderbird": "{11111111-0000-4000-8000-00000000b1bd}",
    "SeaMonkey": "{11111111-0000-4000-8000-000000005ea0}",
}
SYSTEMS: Final = {
    "release": {"Windows NT": 0.85, "Mac OS X": 0.09, "Linux": 0.06},
    "beta": {"Windows NT": 0.80, "Mac OS X": 0.11, "Linux": 0.09},
    "nightly": {"Windows NT": 0.70, "Mac OS X": 0.14, "Linux": 0.16},
    "esr": {"Windows NT": 0.78, "Mac OS X": 0.06, "Linux": 0.16},
    "Fenix": {"Android": 1.0},
}
PLATFORMS: Final = {
    "Windows NT": "win64", "Mac OS X": "mac", "Linux": "linux-x86_64", "Android": "android-aarch64",
}  # fmt: skip
REPOSITORIES: Final = {
    "nightly": "mozilla-central", "beta": "mozilla-beta", "release": "mozilla-release",
    "esr": "mozilla-esr",
}  # fmt: skip


def released(version: int) -> date:
    """Return the day on which a version comes out."""
    return ANCHOR + timedelta(days=CYCLE * (version - ANCHOR_VERSION))


def current(day: date) -> int:
    """Return the version that is out on a day."""
    return ANCHOR_VERSION + (day - ANCHOR).days // CYCLE


def systems(product: str, channel: str) -> dict[str, float]:
    """Return the operating systems of a product, and the part of its installs on each."""
    return SYSTEMS.get(product) or SYSTEMS[channel]


def builds(product: str, channel: str, first: date, last: date) -> tuple[Build, ...]:
    """Return the builds that come out from *first* to *last*, oldest first."""
    released_builds = [
        build
        for version in range(current(first) - 1, current(last) + 3)
        for build in _of_version(product, channel, version)
        if first <= build.out <= last
    ]
    return tuple(sorted(released_builds, key=lambda build: build.build_id))


@lru_cache(maxsize=1024)
def _of_version(product: str, channel: str, version: int) -> tuple[Build, ...]:
    return tuple(_cycle(product, channel, version))


def _cycle(product: str, channel: str, version: int) -> Iterator[Build]:
    """Yield what the cycle that ends in the release of *version* (or begins with it) builds."""
    out = released(version)
    if product == "SeaMonkey":
        if version % 2 == 0:
            text = f"2.53.{(version - ANCHOR_VERSION) // 2 + 20}"
            yield _build(product, channel, text, text, 0, version, out)
    elif channel == "release":
        yield _build(product, channel, f"{version}.0", f"{version}.0", 0, version, out)
        fixed = f"{version}.0.1"
        out_day = out + timedelta(days=DOT_RELEASE)
        yield _build(product, channel, fixed, fixed, 0, version, out_day)
    elif channel == "esr":
        major = ANCHOR_VERSION + (version - ANCHOR_VERSION) // ESR_EVERY * ESR_EVERY
        text = f"{major}.{version - major}.0" if version > major else f"{major}.0"
        yield _build(product, channel, f"{text}esr", text, 0, major, out)
    elif channel == "beta":
        begin = released(version - 1)
        for number, day in enumerate(BETAS, 1):
            shown = f"{version}.0b{number}"
            out_day = begin + timedelta(days=day)
            yield _build(product, channel, shown, f"{version}.0", number, version, out_day)
    else:
        begin, text = released(version - 2), f"{version}.0a1"
        for day in range(CYCLE):
            out_day = begin + timedelta(days=day)
            yield _build(product, channel, text, text, 0, version, out_day)


def _build(
    product: str, channel: str, version: str, announced: str, beta: int, major: int, out: date
) -> Build:
    rng = Random(f"{product}/{channel}/{version}/{out}")  # noqa: S311
    clock = f"{rng.randrange(3, 10):02}{rng.randrange(60):02}{rng.randrange(60):02}"
    return Build(product, channel, version, announced, beta, major, f"{out:%Y%m%d}{clock}", out)


def usage(train: Train, day: date) -> list[tuple[Build, float]]:
    """Return the builds in use on a day, newest first, and the part of all installs on each."""
    candidates = builds(train.product, train.channel, day - timedelta(days=MEMORY), day)
    shares, left = [], 1.0
    for build in reversed(candidates):
        age = (day - build.out).days
        part = left * (1 - math.exp(-(age + 0.6) / train.days))
        shares.append((build, part))
        left -= part
        if left < 0.01:
            break
    return shares


def used(train: Train, day: date, crashes_per_day: int, seed: int) -> list[Used]:
    """Return how many installs of which build were used on a day; its crashes follow from them."""
    rng = Random(f"{seed}/adi/{train.product}/{train.channel}/{day}")  # noqa: S311
    base = crashes_per_day * train.share / train.throttle / (train.rate / 100)
    base *= WEEKDAYS[day.weekday()] * rng.gauss(1, 0.01)
    return [
        Used(build, os_name, max(1, round(base * part * share * rng.gauss(1, 0.01))))
        for build, part in usage(train, day)
        for os_name, share in systems(train.product, train.channel).items()
    ]
