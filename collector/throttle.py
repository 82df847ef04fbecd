"""The throttle: the first rule that applies decides what becomes of a crash.

A rule says to which crashes it applies, which verdict they get, and which share of them gets it;
the rest get the rule's other verdict. A table is a tuple of rules, read from top to bottom.

Pure: annotations and a draw in, a decision out.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

Annotations = Mapping[str, str]

_NAME = re.compile(r"[a-z0-9_]+")


class Verdict(Enum):
    """What becomes of a crash."""

    ACCEPT = "accept"  # store and process
    DEFER = "defer"  # store; process when somebody opens it
    REJECT = "reject"  # answer "Discarded"; store nothing


@dataclass(frozen=True)
class Rule:
    """Crashes for which *applies* is true get *verdict*, or, beyond *rate*, *otherwise*."""

    name: str
    applies: Callable[[Annotations], bool]
    verdict: Verdict = Verdict.ACCEPT
    rate: float = 1.0
    otherwise: Verdict = Verdict.DEFER

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"rule {self.name!r}: a name may contain only a-z, 0-9 and _")
        if not 0 < self.rate <= 1:
            raise ValueError(f"rule {self.name!r}: the rate must be in (0, 1]")


class Decision(NamedTuple):
    """The verdict on a crash, and the rule and rate that led to it."""

    verdict: Verdict
    rule: str
    rate: float


UNMATCHED = Decision(Verdict.DEFER, "no_rule_applies", 1.0)


def decide(rules: Sequence[Rule], annotations: Annotations, draw: float) -> Decision:
    """Return the decision of the first rule that applies; *draw* is a number in [0, 1).

    A crash that no rule applies to is deferred: nothing is lost by a gap in a table.
    """
    for rule in rules:
        if rule.applies(annotations):
            verdict = rule.verdict if draw < rule.rate else rule.otherwise
            return Decision(verdict, rule.name, rule.rate)
    return UNMATCHED
