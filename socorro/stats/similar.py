"""Which stacks are alike: posting lists of frames, and a probability that two have one bug.

FaST (Rodrigues, Aloise, Fernandes: FaST, a linear time stack trace alignment heuristic for crash
report deduplication, MSR 2022) compares two stacks by their frames in common, near the top and
rare ones first. Written as a sum over the frames that both have, posting lists give it exactly.
With position p = 1, 2, … of a frame f among the first 60 names of its stack, each name once, and
d(f), the share of all stacks that have it:

    w(f, p)  = exp(-10 d(f)) / p
    A(q, s)  = sum of (w(f, p) + w(f, p')) (1 + exp(-0.1 |p - p'|))  /  (W(q) + W(s))  -  1

over the frames of both, where W sums w over all frames of one. A is from -1 (nothing in common) to
1 (equal). It is taken in two views, because a frame without a name says little or much: as
`?module`, and as `?module@offset` (an address in no module keeps its offset in the page, which
address randomisation leaves alone). Then

    P(one bug) = logistic(1.41 A1 + 1.22 A2 + 1.59 [same signature] - 2.59)

with coefficients fitted to crash reports whose bugs are known. Elsewhere, P is an order first, and
a probability only as far as the crashes are similar to those.
"""

import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Final, NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

JOIN: Final = " | "
MOST_FRAMES: Final = 60
COMMON: Final = 10.0  # how fast frames of many stacks lose weight
GAP: Final = 0.1
FEWEST: Final = 100  # of fewer stacks, a share means little: one in three is not common yet
FIRST, SECOND, SAME, BIAS = 1.41, 1.22, 1.59, -2.59
NOTHING: Final = -1 + 1e-9  # of a likeness

Floats = NDArray[np.float64]
Hashes = NDArray[np.uint64]

_PLACES: Final = np.arange(1, MOST_FRAMES + 1)
# What a frame in both adds, by its position in either, before its rarity.
_PAIR: Final[Floats] = (1 / _PLACES[:, None] + 1 / _PLACES) * (
    1 + np.exp(-GAP * np.abs(_PLACES[:, None] - _PLACES))
)
_NAMELESS: Final = re.compile(r"(?P<module>[^@]*)@(?:[^@]*\+)?0x(?P<offset>[0-9a-f]+)")
_KINDS: Final = {
    "keys": np.uint64, "starts": np.int64, "stacks": np.uint32, "positions": np.uint8,
}  # fmt: skip
_PAGE: Final = 3  # hexadecimal digits of an offset in a page of 4 KiB


class Stack(NamedTuple):
    """The names of its frames, top first, as a proto signature; its signature, and its crashes."""

    names: str
    signature: str
    crash_count: int = 1


class Shared(NamedTuple):
    """A frame in two stacks: its name, its places in either, and its share of the likeness."""

    name: str
    place: int
    other_place: int
    share: float


class Match(NamedTuple):
    """One signature that is like a query.

    *probability* is that of its most similar stack, the mean over the stacks of the query by their
    crashes; *low* and *high* are the least and the greatest of these. *first* and *second* are the
    two likenesses of the best pair: *query* is its number in the query, *stack* that in the index.
    """

    probability: float
    low: float
    high: float
    first: float
    second: float
    query: int
    stack: int
    stacks: int
    crash_count: int


def logistic(odds: Floats) -> Floats:
    """Return the probabilities that log odds stand for."""
    return 1 / (1 + np.exp(-odds))


def views(names: str) -> tuple[list[str], list[str]]:
    """Return the frames of a proto signature in both views: each name once, 60 at most."""
    frames = [name for name in names.split(JOIN)[:MOST_FRAMES] if name]
    return _once(map(_by_module, frames)), _once(map(_by_offset, frames))


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _by_module(name: str) -> str:
    nameless = _NAMELESS.fullmatch(name)
    return f"?{nameless['module']}" if nameless else name


def _by_offset(name: str) -> str:
    nameless = _NAMELESS.fullmatch(name)
    if nameless is None or nameless["module"]:
        return name
    return f"@{nameless['offset'][-_PAGE:].zfill(_PAGE)}"


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def _hashes(names: Iterable[str]) -> Hashes:
    return np.array([_hash(name) for name in names], dtype=np.uint64)


@dataclass(frozen=True)
class View:
    """Posting lists of one view: which stacks have a frame, and where.

    *keys* are hashes of frames, sorted; the stacks of keys[i] are stacks[starts[i]:starts[i + 1]].
    """

    keys: Hashes
    starts: NDArray[np.int64]
    stacks: NDArray[np.int64]  # numpy reads these at twice the speed of smaller ones
    positions: NDArray[np.uint8]
    count: int  # of all stacks

    @staticmethod
    def of(lists: Sequence[Hashes]) -> "View":
        """Make the posting lists of stacks, each the hashes of its frames in order."""
        lengths = np.array([len(frames) for frames in lists], dtype=np.int64)
        frames = np.concatenate([*lists, np.array([], np.uint64)])
        stacks = np.repeat(np.arange(len(lists)), lengths)
        begins = np.repeat(np.cumsum(lengths) - lengths, lengths)
        positions = (np.arange(len(frames)) - begins).astype(np.uint8)
        order = np.argsort(frames, kind="stable")
        keys, starts = np.unique(frames[order], return_index=True)
        ends = np.append(starts, len(frames)).astype(np.int64)
        return View(keys, ends, stacks[order], positions[order], len(lists))

    @cached_property
    def rarity(self) -> Floats:
        """The weight of each frame at the top of a stack."""
        shares: Floats = np.exp(-COMMON * np.diff(self.starts) / max(self.count, FEWEST))
        return shares

    @cached_property
    def totals(self) -> Floats:
        """The weight W of each stack."""
        weights = np.repeat(self.rarity, np.diff(self.starts)) / (self.positions + 1.0)
        return np.bincount(self.stacks, weights, self.count).astype(np.float64, copy=False)

    def find(self, frames: Hashes) -> tuple[NDArray[np.int64], Floats]:
        """Return the number of each frame among the keys, -1 for a new one, and its rarity."""
        if not len(self.keys):
            return np.full(len(frames), -1), np.ones(len(frames))
        places = np.minimum(np.searchsorted(self.keys, frames), len(self.keys) - 1)
        is_old = self.keys[places] == frames
        rarity: Floats = np.where(is_old, self.rarity[places], 1.0)
        return np.where(is_old, places, -1), rarity

    def likeness(self, frames: Hashes) -> Floats:
        """Return A of a stack and each stack of the index."""
        numbers, rarity = self.find(frames)
        sums = np.zeros(self.count)
        for position, number in enumerate(numbers):
            if number >= 0:
                span = slice(self.starts[number], self.starts[number + 1])
                # A stack is in the list of a frame once, so nothing is lost.
                sums[self.stacks[span]] += (rarity[position] * _PAIR[position])[
                    self.positions[span]
                ]
        total = self.totals + float((rarity / _PLACES[: len(frames)]).sum())
        return np.divide(sums, total, out=np.zeros(self.count), where=total > 0) - 1

    def weighed(self, rarity: Floats) -> "View":
        """Return a view of the same stacks whose frames have another rarity."""
        other = View(self.keys, self.starts, self.stacks, self.positions, self.count)
        other.__dict__["rarity"] = rarity
        return other


@dataclass(frozen=True)
class Index:
    """Stacks in the order of their signatures, in both views.

    *signatures* are hashes, *begins* says where the stacks of each begin; *numbers* are those that
    the caller gave to the stacks.
    """

    views: tuple[View, View]
    signatures: Hashes
    begins: NDArray[np.int64]
    numbers: NDArray[np.int64]
    crash_counts: NDArray[np.int64]

    @staticmethod
    def build(stacks: Sequence[Stack], numbers: Sequence[int] | None = None) -> "Index":
        """Make the index of stacks, each once; *numbers* says what to call them: 0, 1, …"""
        named = range(len(stacks)) if numbers is None else numbers
        hashes = _hashes(stack.signature for stack in stacks)
        order = np.lexsort((np.array(named, dtype=np.int64), hashes))
        signatures, begins = np.unique(hashes[order], return_index=True)
        seen: dict[str, int] = {}
        lists: tuple[list[Hashes], list[Hashes]] = ([], [])
        for number in order:
            for view, frames in zip(lists, views(stacks[number].names), strict=True):
                view.append(_remembered(seen, frames))
        return Index(
            (View.of(lists[0]), View.of(lists[1])),
            signatures,
            begins.astype(np.int64),
            np.array(named, dtype=np.int64)[order],
            np.array([stacks[number].crash_count for number in order], dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def signature_crashes(self) -> NDArray[np.int64]:
        """The crashes of each signature."""
        return np.add.reduceat(self.crash_counts, self.begins)

    def score(self, names: str, signature: str | None) -> tuple[Floats, Floats, Floats]:
        """Return the log odds of P, A1 and A2 of a stack and each of the index, in its order."""
        first, second = (
            view.likeness(_hashes(frames))
            for view, frames in zip(self.views, views(names), strict=True)
        )
        odds = FIRST * first
        odds += SECOND * second
        odds += BIAS
        if signature is not None and (place := self._place(signature)) is not None:
            odds[self.begins[place] : self._end(place)] += SAME
        return odds, first, second

    def match(self, query: Sequence[Stack], most: int, without: str | None = None) -> list[Match]:
        """Return the signatures that are most like the stacks of a query, the likest first.

        Those that share no frame are not among them; *without* leaves one out. A tie goes to the
        signature with more crashes, then by hash.
        """
        query = [stack for stack in query if any(views(stack.names))]
        if not query or not len(self):
            return []
        scores = [self.score(stack.names, stack.signature) for stack in query]
        best = logistic(np.array([np.maximum.reduceat(odds, self.begins) for odds, _, _ in scores]))
        weights = np.array([max(stack.crash_count, 1) for stack in query], dtype=float)
        means: Floats = weights @ best / weights.sum()
        left_out = None if without is None else self._place(without)
        matches = [
            self._match(place, scores, best[:, place], float(means[place]))
            for place in self._first(means, most + 1)
            if place != left_out
        ]
        return [match for match in matches if max(match.first, match.second) > NOTHING][:most]

    def _first(self, means: Floats, count: int) -> list[int]:
        """Return the places of the greatest, in order."""
        least = -np.inf if count >= len(means) else np.partition(means, -count)[-count] - 1e-12
        places = np.flatnonzero(means >= least)
        keys = (self.signatures[places], -self.signature_crashes[places], -means[places].round(12))
        first: list[int] = places[np.lexsort(keys)[:count]].tolist()
        return first

    def _match(
        self,
        place: int,
        scores: Sequence[tuple[Floats, Floats, Floats]],
        best: Floats,
        mean: float,
    ) -> Match:
        begin, end = int(self.begins[place]), self._end(place)
        query = int(np.argmax(best))
        odds, first, second = scores[query]
        at = begin + int(np.argmax(odds[begin:end]))
        low, high = float(best.min()), float(best.max())
        return Match(
            min(max(mean, low), high), low, high, float(first[at]), float(second[at]),
            query, int(self.numbers[at]), end - begin, int(self.signature_crashes[place]),
        )  # fmt: skip

    def _place(self, signature: str) -> int | None:
        place = int(np.searchsorted(self.signatures, np.uint64(_hash(signature))))
        is_in = place < len(self.signatures) and self.signatures[place] == _hash(signature)
        return place if is_in else None

    def _end(self, place: int) -> int:
        return int(self.begins[place + 1]) if place + 1 < len(self.begins) else len(self)

    def pairs(self, stacks: Sequence[str]) -> Floats:
        """Return the mean of both likenesses of each pair, by what is rare in this index."""
        sums = np.zeros((len(stacks), len(stacks)))
        for number, view in enumerate(self.views):
            lists = [_hashes(views(names)[number]) for names in stacks]
            own = View.of(lists)
            own = own.weighed(view.find(own.keys)[1])
            sums += np.array([own.likeness(frames) for frames in lists]).reshape(sums.shape)
        return sums / 2

    def shared(self, names: str, other: str) -> list[Shared]:
        """Return the frames that two stacks share, from the top of the first.

        A frame without a name is shared when its module is. *share* adds up to 1.
        """
        mine, others = views(names)[0], views(other)[0]
        places = {name: place for place, name in enumerate(others)}
        _, rarity = self.views[0].find(_hashes(mine))
        both = [
            (name, place, places[name], float(rarity[place] * _PAIR[place, places[name]]))
            for place, name in enumerate(mine)
            if name in places
        ]
        total = math.fsum(weight for *_, weight in both) or 1.0
        return [Shared(name, a + 1, b + 1, weight / total) for name, a, b, weight in both]

    def to_bytes(self) -> bytes:
        """Return the index as bytes that read() takes."""
        file = io.BytesIO()
        arrays = {
            f"{name}{number}": getattr(view, name).astype(kind, copy=False)
            for number, view in enumerate(self.views)
            for name, kind in _KINDS.items()
        }
        own = ("signatures", "begins", "numbers", "crash_counts")
        np.savez(file, **arrays, **{name: getattr(self, name) for name in own})
        return file.getvalue()

    @staticmethod
    def read(text: bytes) -> "Index":
        """Return the index that to_bytes() wrote. Raises ValueError for other bytes."""
        try:
            with np.load(io.BytesIO(text), allow_pickle=False) as arrays:
                return _read(arrays)
        except (KeyError, ValueError, OSError, EOFError, AttributeError, BadZipFile) as error:
            raise ValueError(f"not an index: {error}") from None


def _remembered(seen: dict[str, int], frames: Sequence[str]) -> Hashes:
    for name in frames:
        if name not in seen:
            seen[name] = _hash(name)
    return np.array([seen[name] for name in frames], dtype=np.uint64)


def _read(arrays: Mapping[str, NDArray[np.generic]]) -> Index:
    count = len(arrays["numbers"])
    first, second = (
        View(
            arrays[f"keys{number}"].astype(np.uint64, copy=False),
            arrays[f"starts{number}"].astype(np.int64, copy=False),
            arrays[f"stacks{number}"].astype(np.int64),
            arrays[f"positions{number}"].astype(np.uint8, copy=False),
            count,
        )
        for number in (0, 1)
    )
    return Index(
        (first, second),
        arrays["signatures"].astype(np.uint64, copy=False),
        *(
            arrays[name].astype(np.int64, copy=False)
            for name in ("begins", "numbers", "crash_counts")
        ),
    )
