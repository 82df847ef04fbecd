"""Which unknown modules ride along in crashes? A triage list, not a verdict.

Points for what malware that injects itself does, and good software rarely; CUT and more are
listed:

    3.0  the same code (debug id) under three names or more
    2.0  no certificate, in crashes that say which modules have one
    1.5  a name that is spelled unlike usual names (below)
    1.5  first seen in the last NEW_DAYS days
    2.0  more than SHARE of the installs it crashes are in one signature

Libraries that are unpacked for each run (jna1234.dll, tmp1234.dll) have many names, too: names
that begin with the same three letters count as one, and their look does not count. A name that
many installs have had for longer than NEW_DAYS is a usual name, whatever it looks like: drivers
are called nvwgf2umx.dll. So is a signed one.

The look of a name is its mean log likelihood per character under a model of trigrams, interpolated
with bigrams and characters (Jelinek and Mercer 1980), learned from usual names. It is unusual when
only UNUSUAL of the usual names are lower, each left out of the model while it is judged.

What it cannot do: malware with one ordinary name and a certificate is not seen; a new, unsigned,
harmless library that crashes in one way only may be listed. Somebody has to look.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from socorro.stats.known_names import NAMES
from socorro.stats.proportion import share_of

CUT: Final = 5.0
NAMES_LEAST: Final = 3
NEW_DAYS: Final = 14
SHARE: Final = 0.15
LEAST: Final = 5  # installs of a module, before it is judged
USUAL: Final = 100  # installs that make a name usual
UNUSUAL: Final = 0.1  # of usual names look so, and 97 % of eight letters by chance
LONGEST: Final = 64  # characters of a name that are looked at
MOST_USUAL: Final = 5000  # names that the model is learned from
_WEIGHTS: Final = (0.6, 0.3, 0.1)  # of trigrams, bigrams, characters
_CHARACTERS: Final = 40  # that a name may have, about

POINTS: Final[Mapping[str, float]] = {
    "many_names": 3.0, "no_certificate": 2.0, "unusual_name": 1.5, "new": 1.5, "one_signature": 2.0,
}  # fmt: skip


class Sighting(NamedTuple):
    """One module on stacks: installs and crashes that had it, and the day it was first seen."""

    name: str
    debug_id: str
    installs: int
    crashes: int
    first_day: date


@dataclass(frozen=True)
class Candidate:
    """Modules that are judged together: one debug id under many names, or all ids of one name."""

    names: tuple[str, ...]
    debug_ids: tuple[str, ...]
    installs: int
    crashes: int
    first_day: date
    reasons: tuple[str, ...]  # keys of POINTS

    @property
    def points(self) -> float:
        """The sum of the points of its reasons."""
        return sum(POINTS[reason] for reason in self.reasons)

    @property
    def modules(self) -> set[tuple[str, str]]:
        """Pairs of name and debug id that it may be seen as."""
        return {(name, debug_id) for name in self.names for debug_id in self.debug_ids}


class Witness(NamedTuple):
    """What is looked up of a candidate later.

    *signed*: whether it has a certificate; None when no crash says. *signature* is its commonest
    one, that of *in_signature* of its installs.
    """

    signed: bool | None
    signature: str
    in_signature: int


def candidates(sightings: Iterable[Sighting], today: date, since: date) -> list[Candidate]:
    """Return what could reach CUT with certificate and signature, most points first.

    *since* is the first day with data: what is as old as that may be older.
    """
    merged = _merged(sightings)
    usual = _usual_names(merged, today, since)
    is_unusual = name_judge(tuple(sorted(usual)[:MOST_USUAL]))
    rest = CUT - POINTS["no_certificate"] - POINTS["one_signature"]
    judged = (_judge(group, usual, is_unusual, today, since) for group in _groups(merged) if group)
    chosen = [one for one in judged if one.installs >= LEAST and one.points >= rest]
    return sorted(chosen, key=lambda one: (-one.points, -one.installs, one.names))


def suspect(candidate: Candidate, witness: Witness) -> Candidate:
    """Return a candidate with the reasons that a witness adds, or takes away."""
    reasons = [
        reason for reason in candidate.reasons if not (reason == "unusual_name" and witness.signed)
    ]
    if witness.signed is False:
        reasons.append("no_certificate")
    if share_of(witness.in_signature, candidate.installs).low > SHARE:
        reasons.append("one_signature")
    return Candidate(
        candidate.names, candidate.debug_ids, candidate.installs, candidate.crashes,
        candidate.first_day, tuple(reason for reason in POINTS if reason in reasons),
    )  # fmt: skip


@lru_cache(maxsize=4)
def name_judge(usual: tuple[str, ...]) -> Callable[[str], bool]:
    """Return a function that says whether a file name is spelled unlike usual ones."""
    texts = sorted({stem(name) for name in [*usual, *NAMES]} - {""})
    model = _Trigrams(texts)
    likelihoods = sorted(model.likelihood(text, leave_out=True) for text in texts)
    limit = likelihoods[int(len(likelihoods) * UNUSUAL)]
    return lambda name: bool(stem(name)) and model.likelihood(stem(name)) < limit


def stem(name: str) -> str:
    """Return a file name as it is compared: small letters, no ending, every digit a 0."""
    text = re.sub(r"\.[a-z0-9]{1,8}$", "", name.lower()[:LONGEST])
    return re.sub(r"\d+", "0", text)


class _Trigrams:
    """Likelihoods of texts by trigrams; `^^` begins a text, and `$` ends it."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._counts = [Counter[str](), Counter[str](), Counter[str]()]  # by length of gram
        self._before = [Counter[str](), Counter[str](), Counter[str]()]  # what comes before them
        for text in texts:
            for grams in _grams(text):
                for length, gram in enumerate(grams):
                    self._counts[length][gram] += 1
                    self._before[length][gram[:-1]] += 1

    def likelihood(self, text: str, leave_out: bool = False) -> float:
        """Return the mean log likelihood per character; *leave_out*: without the text itself."""
        own = [Counter[str](), Counter[str](), Counter[str]()]
        own_before = [Counter[str](), Counter[str](), Counter[str]()]
        steps = list(_grams(text))
        for grams in steps if leave_out else ():
            for length, gram in enumerate(grams):
                own[length][gram] += 1
                own_before[length][gram[:-1]] += 1
        total = 0.0
        for grams in steps:
            chance = 0.01 / _CHARACTERS
            for length, gram in enumerate(grams):
                before = self._before[length][gram[:-1]] - own_before[length][gram[:-1]]
                if before > 0:
                    share = (self._counts[length][gram] - own[length][gram]) / before
                    chance += 0.99 * _WEIGHTS[2 - length] * share
            total += math.log(chance)
        return total / len(steps)


def _grams(text: str) -> Iterable[tuple[str, str, str]]:
    """Yield for each character its gram of one, two and three characters."""
    padded = f"^^{text}$"
    for at in range(2, len(padded)):
        yield padded[at], padded[at - 1 : at + 1], padded[at - 2 : at + 1]


def _merged(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Return one sighting of each name and debug id; names in small letters."""
    merged: dict[tuple[str, str], Sighting] = {}
    for one in sightings:
        key = (one.name.lower(), one.debug_id)
        old = merged.get(key)
        merged[key] = Sighting(
            *key,
            one.installs + (old.installs if old else 0),
            one.crashes + (old.crashes if old else 0),
            min(one.first_day, old.first_day) if old else one.first_day,
        )
    return list(merged.values())


def _usual_names(merged: Iterable[Sighting], today: date, since: date) -> set[str]:
    installs: Counter[str] = Counter()
    first: dict[str, date] = {}
    for one in merged:
        installs[one.name] += one.installs
        first[one.name] = min(first.get(one.name, one.first_day), one.first_day)
    return {
        name
        for name, count in installs.items()
        if count >= USUAL and not _is_new(first[name], today, since)
    }


def _is_new(first_day: date, today: date, since: date) -> bool:
    """Say whether a first day is lately, and there was data before it in which it was not seen."""
    return (today - first_day).days <= NEW_DAYS < (today - since).days


def _groups(merged: Sequence[Sighting]) -> Iterable[list[Sighting]]:
    """Yield modules that are judged together: of one id with many names, else of one name."""
    by_id: dict[str, list[Sighting]] = defaultdict(list)
    for one in merged:
        if one.debug_id.strip("0"):
            by_id[one.debug_id].append(one)
    families = {debug_id for debug_id, group in by_id.items() if len(group) >= NAMES_LEAST}
    by_name: dict[str, list[Sighting]] = defaultdict(list)
    for one in merged:
        if one.debug_id not in families:
            by_name[one.name].append(one)
    yield from (by_id[debug_id] for debug_id in families)
    yield from by_name.values()


def _judge(
    group: Sequence[Sighting], usual: set[str], is_unusual: Callable[[str], bool], today: date,
    since: date,
) -> Candidate:  # fmt: skip
    names = tuple(sorted({one.name for one in group}))
    is_family = len({(name[:3], name[-4:]) for name in names}) >= NAMES_LEAST
    is_unpacked = len(names) >= NAMES_LEAST and not is_family
    first = min(one.first_day for one in group)
    unusual = sum(name not in usual and is_unusual(name) for name in names)
    reasons = {
        "many_names": is_family,
        "unusual_name": 2 * unusual > len(names) and not is_unpacked,
        "new": _is_new(first, today, since),
    }
    return Candidate(
        names, tuple(sorted({one.debug_id for one in group})), sum(one.installs for one in group),
        sum(one.crashes for one in group), first,
        tuple(reason for reason in POINTS if reasons.get(reason)),
    )  # fmt: skip
