"""Advice on signatures: may two of them be one bug, may one of them be two? With its witness."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from socorro.queries.similar import KeptStack, Places
from socorro.questions.words import percent

if TYPE_CHECKING:
    from socorro.stats.one_bug import Split
    from socorro.stats.similar import Index, Match

EVEN: Final = 0.5  # a probability
SMALLEST: Final = 0.1  # share of the crashes that the smaller part has
FEWEST: Final = 5  # installs of either part
APART: Final = 1.0  # distance: less than half of the stacks is in common
SHOWN: Final = 3  # values of a part
FRAMES: Final = 3  # that two stacks share, at least
USUAL: Final = 0.95  # share of other signatures whose places agree less

Shares = Mapping[str, Mapping[str, float]]


class Witness(NamedTuple):
    """What systems with reasons, and builds say: log of how much they speak for one bug."""

    systems: float
    builds: float

    @staticmethod
    def of(first: Places, second: Places, base: Shares) -> "Witness":
        """Compare the places of two groups of crashes."""
        from socorro.stats.one_bug import evidence

        return Witness(
            *(
                evidence(first[name], second[name], base.get(name, {}))
                for name in ("systems", "builds")
            )
        )

    @property
    def both(self) -> float:
        """The log of both factors together."""
        return self.systems + self.builds

    @property
    def numbers(self) -> str:
        """The two factors in words."""
        return (
            f"systems and reasons count {_factor(self.systems)}-fold,"
            f" builds {_factor(self.builds)}-fold"
        )


class Halves(NamedTuple):
    """A signature cut in two, and what speaks for two bugs; *advice* is "" without a witness."""

    distance: float
    share: float
    witness: Witness
    first: Mapping[str, Any]
    second: Mapping[str, Any]
    advice: str

    @property
    def numbers(self) -> str:
        """The numbers in words."""
        return (
            f"cut in two, the parts are {self.distance:.2f} apart (0 equal, 2 nothing in common),"
            f" the smaller one has {percent(self.share, 0)} of the crashes; for one bug,"
            f" {self.witness.numbers}"
        )

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "distance": self.distance,
            "share": self.share,
            "systems_factor": math.exp(self.witness.systems),
            "builds_factor": math.exp(self.witness.builds),
            "first": self.first,
            "second": self.second,
            "advice": self.advice,
        }


def usual(of: Places, others: Sequence[Places], base: Shares) -> float:
    """Return how much the places of a signature speak for one bug with 95 % of *others*, at most.

    Most signatures are where the product is, so two that are there, too, are no witnesses.
    """
    logs = sorted(Witness.of(of, other, base).both for other in others)
    return logs[min(len(logs) - 1, int(USUAL * len(logs)))] if logs else 0.0


def merge_advice(
    match: "Match", frames: int, witness: Witness | None, bugs: Sequence[int], usual_log: float
) -> str:
    """Return whether two signatures may be one bug; "" when only their stacks say so.

    *frames* is how many their stacks share, *usual_log* what usual() returns.
    """
    from socorro.stats.one_bug import CLEAR, posterior

    if bugs:
        numbers = ", ".join(map(str, bugs[:SHOWN]))
        return f"bug {numbers} names both"
    if witness is None or frames < FRAMES or match.first + match.second <= 0:
        return ""
    log = min(CLEAR, witness.both)
    probability = posterior(match.probability, log)
    if probability < EVEN or witness.both <= max(0.0, usual_log):
        return ""
    return f"may be one bug ({percent(probability, 0)}): {witness.numbers}"


def split_of(index: "Index", stacks: Sequence[KeptStack], base: Shares) -> Halves | None:
    """Cut the stacks of a signature in two; None for fewer than two stacks."""
    import numpy as np

    from socorro.stats.one_bug import CLEAR, cut

    weights = np.array([stack.crash_count for stack in stacks], dtype=float)
    if len(stacks) < 2 or not (split := cut(index.pairs([s.frames for s in stacks]), weights)):
        return None
    first, second = (
        [stack for stack, is_second in zip(stacks, split.second, strict=True) if is_second is side]
        for side in (False, True)
    )
    witness = Witness.of(_places(first), _places(second), base)
    clear = (
        split.distance >= APART
        and split.share >= SMALLEST
        and min(_installs(first), _installs(second)) >= FEWEST
        and min(witness) <= -CLEAR
    )
    return Halves(
        split.distance, split.share, witness, _part(first), _part(second),
        _split_advice(split, first, second, witness) if clear else "",
    )  # fmt: skip


def _split_advice(
    split: "Split", first: Sequence[KeptStack], second: Sequence[KeptStack], witness: Witness
) -> str:
    what = "systems" if witness.systems <= witness.builds else "builds"
    one, other = (_most(_places(part)[what]) for part in (first, second))
    apart = -min(witness)
    return (
        f"may be two bugs: {percent(1 - split.share, 0)} and {percent(split.share, 0)} of its"
        f" crashes have different stacks, and {what} differ, too ({one} against {other};"
        f" {_factor(apart)} to 1 for two)"
    )


def _places(stacks: Sequence[KeptStack]) -> dict[str, dict[str, int]]:
    answer: dict[str, dict[str, int]] = {"systems": {}, "builds": {}}
    for stack in stacks:
        for name, counts in (("systems", stack.systems), ("builds", stack.builds)):
            for value, count in counts.items():
                answer[name][value] = answer[name].get(value, 0) + count
    return answer


def _installs(stacks: Sequence[KeptStack]) -> int:
    return sum(sum(stack.systems.values()) for stack in stacks)


def _part(stacks: Sequence[KeptStack]) -> dict[str, Any]:
    largest = max(stacks, key=lambda stack: stack.crash_count)
    places = _places(stacks)
    return {
        "stacks": len(stacks),
        "crash_count": sum(stack.crash_count for stack in stacks),
        "installs": _installs(stacks),
        "frames": largest.frames,
        "crash_id": largest.crash_id,
        "systems": _first(places["systems"]),
        "builds": _first(places["builds"]),
    }


def _first(counts: Mapping[str, int]) -> dict[str, int]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return dict(ordered[:SHOWN])


def _most(counts: Mapping[str, int]) -> str:
    return next(iter(_first(counts)), "nothing")


def _factor(log: float) -> str:
    factor = math.exp(log)
    return f"{factor:.1f}" if factor >= 0.1 else f"{factor:.2f}"
