"""The planted truth: what detectors shall find, how much of it there is, and where."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from cli.fakedata import machines, signatures, trains, words
from cli.fakedata.machines import Machine
from cli.fakedata.signatures import Signature

CORE, GLUE = "garnet.dll", "garnetglue.dll"
WINDOWS: Final = frozenset({"Windows NT"})
OTHERS: Final = frozenset({"Mac OS X", "Linux"})
FAST: Final = (
    ("Firefox", "release"),
    ("Firefox", "nightly"),
    ("Fenix", "release"),
    ("Thunderbird", "esr"),
)
SLOW: Final = (("Firefox", "release"), ("Firefox", "beta"))
LOW: Final = (("Firefox", "esr"), ("Firefox", "release"))
DAILY_GROWTH: Final = 1.12
EMPTY_SHARE, EMPTY_SHARE_LATER = 0.02, 0.09

Mean = Callable[[int], float]  # days before the last one -> crashes expected


@dataclass(frozen=True)
class Plant:
    """Crashes that are added to a day on purpose."""

    name: str
    product: str
    channel: str
    counts: Mapping[date, int]  # crashes by day
    signature: Signature | None = None  # None: whatever the machine crashes with
    builds: frozenset[str] = frozenset()  # empty: any
    machines: Sequence[Machine] = ()  # empty: any
    stack: str = ""  # in place of what the build has on its stacks
    urls: Sequence[str] = ()
    flips_bits: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)  # more for the truth file

    @property
    def systems(self) -> frozenset[str]:
        """The systems on which it happens."""
        if self.machines:
            return frozenset(machine.os_name for machine in self.machines)
        return self.signature.systems if self.signature else signatures.ALL_SYSTEMS


def planted_bugs(plants: Iterable[Plant]) -> list[tuple[int, str]]:
    """Return which planted bugs, by number, name which signatures."""
    named = {plant.name: plant.signature.text for plant in plants if plant.signature}
    one = [(0, named[f"one_bug-{number}"]) for number in (1, 2, 3)]
    return [*one, (1, named["two_bugs-1"]), (2, named["two_bugs-2"])]


def _jump(usual: float, peak: float) -> Mean:
    return lambda ago: usual if ago else peak


def _growth(usual: float, begin: int) -> Mean:
    return lambda ago: usual * DAILY_GROWTH ** max(0, begin - ago)


def poisson(rng: Random, mean: float) -> int:
    """Return a number of crashes when *mean* are expected."""
    if mean > 60:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    count, left, limit = 0, rng.random(), math.exp(-mean)
    while left > limit:
        count += 1
        left *= rng.random()
    return count


class Garden:
    """Makes the plants of one history."""

    def __init__(
        self,
        seed: int,
        days: Sequence[date],
        per_day: int,
        pool: Callable[[str, str], Sequence[Machine]],
    ) -> None:
        self._seed, self._days, self._per_day, self._pool = seed, days, per_day, pool
        self._rng = Random(f"{seed}/plants")  # noqa: S311
        self._names = words.functions(Random(f"{seed}/plants/names"))  # noqa: S311
        self._trains = {(train.product, train.channel): train for train in trains.TRAINS}

    def plants(self) -> list[Plant]:
        """Return all plants, by kind."""
        return [
            *self._fast(),
            *self._slow(),
            *self._low(),
            self._past(),
            self._regression(),
            self._frankeninstall(),
            self._malware(),
            self._correlated(),
            self._simpson(),
            *self._one_bug(),
            *self._two_bugs(),
            self._domain(),
            *self._flaky(),
        ]

    def null_shift(self) -> tuple[trains.Build, trains.Build]:
        """Return the last beta before more crashes came without a stack, and the first one with."""
        last = self._days[-1] - timedelta(days=2)
        betas = trains.builds("Firefox", "beta", last - timedelta(days=60), last)
        return betas[-2], betas[-1]

    def _mean(self, product: str, channel: str, share: float) -> float:
        """Return *share* of the crashes of a train and a day."""
        return self._per_day * self._trains[product, channel].share * share

    def _draw(self, name: str, mean: Mean) -> dict[date, int]:
        """Return crashes by day; *mean* says how many are expected so many days before the last."""
        last = self._days[-1]
        counts = {}
        for day in self._days:
            rng = Random(f"{self._seed}/plants/{name}/{day}")  # noqa: S311
            counts[day] = poisson(rng, mean((last - day).days))
        return counts

    def _plant(self, name: str, product: str, channel: str, mean: Mean, **more: Any) -> Plant:
        counts = self._draw(name, mean)
        signature = more.pop("signature", None) or signatures.make(
            f"core::{next(self._names)}",  # so that no ordinary signature is the same
            process_type=more.pop("process_type", "parent"),
            systems=more.pop("systems", signatures.ALL_SYSTEMS),
            file=words.source_file(self._rng),
            frames=more.pop("frames", ()),
        )
        return Plant(name, product, channel, counts, signature, **more)

    def _fast(self) -> Iterator[Plant]:
        for number, (product, channel) in enumerate(FAST, 1):
            usual = self._mean(product, channel, 0.002)
            peak = max(100.0, self._mean(product, channel, 0.08))
            yield self._plant(
                f"fast-{number}",
                product,
                channel,
                _jump(usual, peak),
                facts={"kind": "fast", "usual": usual, "peak": peak, "from": self._ago(0)},
            )

    def _slow(self) -> Iterator[Plant]:
        begin = min(20, len(self._days) - 1)
        for number, (product, channel) in enumerate(SLOW, 1):
            usual = max(1.0, self._mean(product, channel, 0.003))
            yield self._plant(
                f"slow-{number}",
                product,
                channel,
                _growth(usual, begin),
                facts={
                    "kind": "slow",
                    "usual": usual,
                    "peak": usual * DAILY_GROWTH**begin,
                    "from": self._ago(begin),
                },
            )

    def _low(self) -> Iterator[Plant]:
        for number, (product, channel) in enumerate(LOW, 1):
            yield self._plant(
                f"low-{number}",
                product,
                channel,
                lambda ago: {0: 28.0, 1: 12.0}.get(ago, 0.3),
                facts={"kind": "low", "usual": 0.3, "peak": 28.0, "from": self._ago(1)},
            )

    def _past(self) -> Plant:
        middle = len(self._days) // 2
        peak = max(60.0, self._mean("Firefox", "release", 0.05))
        usual = self._mean("Firefox", "release", 0.001)
        return self._plant(
            "past-1",
            "Firefox",
            "release",
            lambda ago: peak if middle - 3 < ago <= middle else usual,
            facts={
                "kind": "past",
                "usual": usual,
                "peak": peak,
                "from": self._ago(middle),
                "to": self._ago(middle - 2),
            },
        )

    def _ago(self, days: int) -> str:
        return str(self._days[-1] - timedelta(days=days))

    def _regression(self) -> Plant:
        """Plant a signature that is in the nightlies from one build on, and gone after its fix."""
        last, length = self._days[-1], len(self._days)
        bad = last - timedelta(days=max(4, int(length * 0.45)))
        good = last - timedelta(days=int(length * 0.12))
        affected = trains.builds("Firefox", "nightly", bad, good - timedelta(days=1))
        fixed = trains.builds("Firefox", "nightly", good, good)[0]
        ids = frozenset(build.build_id for build in affected)
        train = self._trains["Firefox", "nightly"]

        def mean(ago: int) -> float:
            in_use = trains.usage(train, last - timedelta(days=ago))
            part = sum(share for build, share in in_use if build.build_id in ids)
            return self._mean("Firefox", "nightly", 0.07) * part

        return self._plant(
            "regression-1",
            "Firefox",
            "nightly",
            mean,
            builds=ids,
            process_type="content",
            facts={
                "first_bad_build": affected[0].build_id,
                "first_good_build": fixed.build_id,
                "share_in_bad_builds": 0.07,
            },
        )

    def _frankeninstall(self) -> Plant:
        day = self._days[-1]
        train = self._trains["Firefox", "release"]
        new, old = (build.build_id for build, _ in trains.usage(train, day)[:2])
        stack = f"{machines.module(CORE, new)};{machines.module(GLUE, old)}"
        return self._plant(
            "frankeninstall-1",
            "Firefox",
            "release",
            lambda _: self._mean("Firefox", "release", 0.004),
            builds=frozenset({new}),
            systems=WINDOWS,
            stack=stack,
            facts={"build": new, "module": GLUE, "module_of_build": old, "modules_in_stack": stack},
        )

    def _machines(self, injected: Sequence[str], copies: int) -> list[Machine]:
        return [
            machines.make(self._rng, "Windows NT", []).injecting(name)
            for name in injected
            for _ in range(copies)
        ]

    def _malware(self) -> Plant:
        one_id = machines.debug_id("malware", self._seed)
        names = [f"{words.file_name(self._rng)}.dll" for _ in range(12)]
        return self._plant(
            "malware-1",
            "Firefox",
            "release",
            lambda _: self._mean("Firefox", "release", 0.005),
            systems=WINDOWS,
            machines=self._machines([f";{name}/{one_id}" for name in names], 4),
            facts={"modules": sorted(names), "debug_id": one_id},
        )

    def _correlated(self) -> Plant:
        hook = f";{machines.module(machines.HOOK, 1)}"
        chosen = [*self._machines([hook], 85), *self._machines([""], 15)]
        return self._plant(
            "correlated-1",
            "Firefox",
            "release",
            lambda _: self._mean("Firefox", "release", 0.006),
            systems=WINDOWS,
            machines=chosen,
            facts={"module": machines.HOOK, "share_with_signature": 0.85, "share_on_windows": 0.04},
        )

    def _simpson(self) -> Plant:
        pool = self._pool("Firefox", "Windows NT")
        chosen: list[Machine] = []
        for is_old, has_it, count in ((1, 1, 510), (1, 0, 340), (0, 1, 8), (0, 0, 142)):
            alike = [
                machine
                for machine in pool
                if (machine.os_version == machines.OLD_SYSTEM) == is_old
                and (machines.OLD_MODULE in machine.injected) == has_it
            ]
            chosen += self._rng.choices(alike, k=count) if alike else []
        return self._plant(
            "simpson-1",
            "Firefox",
            "release",
            lambda _: self._mean("Firefox", "release", 0.006),
            systems=WINDOWS,
            machines=chosen,
            facts={
                "module": machines.OLD_MODULE,
                "os_version": machines.OLD_SYSTEM,
                "share_of_crashes_on_it": 0.85,
                "module_share_on_it": 0.6,
                "module_share_elsewhere": 0.05,
            },
        )

    def _one_bug(self) -> Iterator[Plant]:
        inner = [next(self._names) for _ in range(6)]
        for number in (1, 2, 3):
            yield self._plant(
                f"one_bug-{number}",
                "Firefox",
                "release",
                lambda _: self._mean("Firefox", "release", 0.003),
                frames=[next(self._names), *inner],
            )

    def _two_bugs(self) -> Iterator[Plant]:
        text = f"two_bugs::{next(self._names)}"
        for number, (systems, reason) in enumerate(((WINDOWS, 0), (OTHERS, 2)), 1):
            signature = signatures.make(
                text,
                systems=systems,
                reason=reason,
                file=words.source_file(self._rng),
                frames=[text, *(next(self._names) for _ in range(5))],
            )
            yield self._plant(
                f"two_bugs-{number}",
                "Firefox",
                "release",
                lambda _: self._mean("Firefox", "release", 0.003),
                signature=signature,
            )

    def _domain(self) -> Plant:
        rng = self._rng
        urls = [words.address_of(rng, "farm.games.example") for _ in range(75)]
        other = [words.address_of(rng, host) for host in words.domains(rng, 25)]
        return self._plant(
            "domain-1",
            "Firefox",
            "release",
            lambda _: self._mean("Firefox", "release", 0.004),
            urls=[*urls, *other],
            process_type="content",
            facts={"domain": "farm.games.example", "share_with_signature": 0.75},
        )

    def _flaky(self) -> Iterator[Plant]:
        for number in range(1, 6):
            microcode = f"0xbad{number}"
            machine = machines.make(self._rng, "Windows NT", [], microcode=microcode)
            name = f"flaky-{number}"
            counts = self._draw(name, lambda _: 6.0)
            yield Plant(
                name,
                "Firefox",
                "release",
                counts,
                machines=[machine],
                flips_bits=True,
                facts={"cpu_microcode_version": microcode, "os_version": machine.os_version},
            )
