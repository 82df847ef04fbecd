"""A whole history: who uses what on which day, what it crashes with, and what was planted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import accumulate
from random import Random
from typing import Final

from cli.fakedata import machines, signatures, trains
from cli.fakedata.copy_text import cell
from cli.fakedata.machines import Machine
from cli.fakedata.plants import (
    CORE,
    EMPTY_SHARE,
    EMPTY_SHARE_LATER,
    GLUE,
    Garden,
    Plant,
    planted_bugs,
)
from cli.fakedata.signatures import Signature, Table
from cli.fakedata.trains import Build, Used

FIRST_BUG: Final = 900_000_000  # far above those of any bug tracker
BUGS: Final = 240
STATES: Final = (
    ("NEW", ""), ("NEW", ""), ("ASSIGNED", ""), ("REOPENED", ""), ("RESOLVED", "FIXED"),
    ("RESOLVED", "WORKSFORME"), ("VERIFIED", "FIXED"),
)  # fmt: skip
SOURCE: Final = "generated"
USUAL: Final = 20_000  # crashes a day; with fewer, fewer signatures and machines are seen
MACHINES: Final = 1200  # different ones per product and system


@dataclass(frozen=True, slots=True)
class Cell:
    """One build on one system on one day."""

    build: Build
    os_name: str
    weight: float  # crashes that are expected
    throttle: float
    table: Table
    machines: Sequence[Machine]
    empty_share: float  # of its crashes that give no stack
    head: str  # for COPY: product, product_id, version, build_id, release_channel
    stack: str  # modules of the build
    age_seconds: int  # since users got it


@dataclass(frozen=True, slots=True)
class Bug:
    """One bug, and a signature that it names."""

    bug_id: int
    status: str
    resolution: str
    summary: str
    since: datetime
    signature: str


class World:
    """Everything that a seed says about the days *first* to *last*."""

    def __init__(self, seed: int, first: date, last: date, per_day: int) -> None:
        if last < first:
            raise ValueError("the last day is before the first")
        self.seed, self.first, self.last, self.per_day = seed, first, last, per_day
        self.days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        self._scale = min(1.0, (per_day / USUAL) ** 0.5)
        garden = Garden(seed, self.days, per_day, self.machines)
        self.plants: list[Plant] = garden.plants()
        self.null_shift = garden.null_shift()

    @cached_property
    def signatures(self) -> Mapping[str, list[Signature]]:
        """Return the signatures of each product."""
        oldest, newest = trains.current(self.first) - 3, trains.current(self.last) + 2
        return {
            product: signatures.of_product(self.seed, product, oldest, newest, self._scale)
            for product in trains.PRODUCT_IDS
        }

    @lru_cache(maxsize=512)  # noqa: B019  (a world lives as long as the program)
    def table(self, product: str, major: int, os_name: str) -> Table:
        """Return what a version crashes with on a system."""
        return signatures.table(self.signatures[product], major, os_name)

    @lru_cache(maxsize=64)  # noqa: B019
    def machines(self, product: str, os_name: str) -> Sequence[Machine]:
        """Return the machines on which a product runs."""
        return machines.pool(self.seed, product, os_name, int(MACHINES * self._scale))

    def used(self, day: date) -> Iterator[tuple[trains.Train, Used]]:
        """Yield the installs of a day by train, build and system."""
        for train in trains.TRAINS:
            for installs in trains.used(train, day, self.per_day, self.seed):
                yield train, installs

    def cells(self, day: date) -> list[Cell]:
        """Return where the crashes of a day happen."""
        return [self._cell(train, installs, day) for train, installs in self.used(day)]

    def planted(self, day: date) -> int:
        """Return how many crashes of a day are planted."""
        return sum(plant.counts.get(day, 0) for plant in self.plants)

    def releases(self, last: date | None = None) -> Iterator[tuple[object, ...]]:
        """Yield the rows of `releases_raw`: builds that are or could be in use until *last*."""
        begin = self.first - timedelta(days=trains.MEMORY)
        for train in trains.TRAINS:
            for build in trains.builds(train.product, train.channel, begin, last or self.last):
                seen = datetime(*build.out.timetuple()[:3], 6, tzinfo=UTC)
                for os_name in trains.systems(train.product, train.channel):
                    yield (
                        build.product, build.announced_version, build.build_id, build.channel,
                        trains.PLATFORMS[os_name], build.beta_number,
                        trains.REPOSITORIES[build.channel], SOURCE, seen,
                    )  # fmt: skip

    def installs(self, day: date) -> Iterator[tuple[object, ...]]:
        """Yield the rows of `adi_raw` of a day."""
        for _, used in self.used(day):
            build = used.build
            yield (
                day, build.product, build.announced_version, build.build_id, build.channel,
                used.os_name, used.adi, SOURCE,
            )  # fmt: skip

    @cached_property
    def bugs(self) -> list[Bug]:
        """Return the bugs: of frequent signatures, and of the planted ones that are about bugs."""
        rng = Random(f"{self.seed}/bugs")  # noqa: S311
        frequent = sorted(
            (signature for of_product in self.signatures.values() for signature in of_product),
            key=lambda signature: -signature.weight,
        )
        rest = sorted({signature.text for signature in rng.sample(frequent[:900], BUGS)})
        planted = planted_bugs(self.plants)
        pairs = [*planted, *((len(planted) + n, text) for n, text in enumerate(rest))]
        return [self._bug(FIRST_BUG + number, text) for number, text in pairs]

    def _bug(self, bug_id: int, signature: str) -> Bug:
        rng = Random(f"{self.seed}/bugs/{bug_id}")  # noqa: S311
        status, resolution = rng.choice(STATES)
        day = self.first + timedelta(days=rng.randrange(-200, len(self.days)))
        since = datetime(*day.timetuple()[:3], rng.randrange(24), tzinfo=UTC)
        return Bug(bug_id, status, resolution, f"Crash in [@ {signature} ]", since, signature)

    def _cell(self, train: trains.Train, installs: Used, day: date) -> Cell:
        build = installs.build
        quality = Random(f"{self.seed}/quality/{build.product}/{build.build_id}")  # noqa: S311
        expected = installs.adi * train.rate / 100 * train.throttle * quality.lognormvariate(0, 0.1)
        product_id = trains.PRODUCT_IDS[build.product]
        head = (build.product, product_id, build.version, build.build_id, build.channel)
        ids = (machines.module(name, build.build_id) for name in (CORE, GLUE))
        return Cell(
            build, installs.os_name, expected, train.throttle,
            self.table(build.product, build.major, installs.os_name),
            self.machines(build.product, installs.os_name), self._empty_share(build),
            "\t".join(map(cell, head)), ";".join(ids), max(1, (day - build.out).days) * 86400,
        )  # fmt: skip

    def _empty_share(self, build: Build) -> float:
        after = self.null_shift[1]
        shifted = (
            (build.product, build.channel, build.major) == ("Firefox", "beta", after.major)
            and build.beta_number >= after.beta_number
        )  # fmt: skip
        return EMPTY_SHARE_LATER if shifted else EMPTY_SHARE


def sums(cells: Sequence[Cell]) -> list[float]:
    """Return the running sums of what is expected, to draw cells by."""
    return list(accumulate(cell.weight for cell in cells))
