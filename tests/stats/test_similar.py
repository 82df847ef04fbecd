"""Similar stacks: the formula by hand, and what may not matter to it."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socorro.stats.similar import (
    BIAS,
    FEWEST,
    FIRST,
    MOST_FRAMES,
    SAME,
    SECOND,
    Index,
    Match,
    Stack,
    logistic,
    views,
)

frame = st.sampled_from(
    [
        *"abcdefgh",
        "x.dll@0x12",
        "x.dll@0x34",
        "y.so@0x5",
        "@0x7f12abc",
        "@0x99abc",
        "(unloaded z.dll)",
    ]
)
stack = st.builds(
    Stack,
    st.lists(frame, min_size=1, max_size=8).map(" | ".join),
    st.sampled_from(["one", "two", "three"]),
    st.integers(1, 50),
)
stacks = st.lists(stack, min_size=1, max_size=12)


def likeness(mine: list[str], other: list[str], everything: list[list[str]]) -> float:
    """FaST as its paper has it: aligned frames, less those of either alone."""

    def weight(name: str, place: int) -> float:
        share = sum(name in names for names in everything) / max(len(everything), FEWEST)
        return math.exp(-10 * share) / (place + 1)

    score = total = 0.0
    for place, name in enumerate(mine):
        total += weight(name, place)
        if name in other:
            far = math.exp(-0.1 * abs(place - other.index(name)))
            score += (weight(name, place) + weight(name, other.index(name))) * far
        else:
            score -= weight(name, place)
    for place, name in enumerate(other):
        total += weight(name, place)
        score -= 0.0 if name in mine else weight(name, place)
    return score / total


@settings(max_examples=25, deadline=None)
@given(stacks, stack)
def test_scores_are_those_of_the_published_alignment(stored: list[Stack], query: Stack) -> None:
    index = Index.build(stored)
    odds, *likenesses = index.score(query.names, query.signature)

    for number, scores in enumerate(likenesses):
        lists = [views(other.names)[number] for other in stored]
        expected = [likeness(views(query.names)[number], other, lists) for other in lists]
        assert scores[np.argsort(index.numbers)] == pytest.approx(expected, abs=1e-9)
    same = [query.signature == stored[number].signature for number in index.numbers]
    assert odds == pytest.approx(
        FIRST * likenesses[0] + SECOND * likenesses[1] + SAME * np.array(same) + BIAS
    )


def named(matches: list[Match], stored: list[Stack]) -> list[tuple[object, ...]]:
    return [
        (
            stored[match.stack].signature,
            *(round(value, 9) for value in (match.probability, match.low, match.high)),
            match.stacks,
            match.crash_count,
        )
        for match in matches
    ]


@settings(max_examples=25, deadline=None)
@given(stacks, st.lists(stack, min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_neither_order_nor_names_matter(
    stored: list[Stack], query: list[Stack], rng: random.Random
) -> None:
    shuffled = rng.sample(stored, len(stored))
    question = rng.sample(query, len(query))

    def renamed(text: str) -> str:
        return " | ".join(name if "@" in name else f"other::{name}" for name in text.split(" | "))

    others = [Stack(renamed(a.names), a.signature, a.crash_count) for a in stored]
    likewise = [Stack(renamed(a.names), a.signature, a.crash_count) for a in query]

    matches = named(Index.build(stored).match(query, 10), stored)

    assert named(Index.build(shuffled).match(question, 10), shuffled) == matches
    assert named(Index.build(others).match(likewise, 10), others) == matches


@settings(max_examples=25, deadline=None)
@given(stacks, st.lists(stack, min_size=1, max_size=4), st.integers(1, 3))
def test_the_estimate_is_in_its_range_and_the_first_are_the_first_of_all(
    stored: list[Stack], query: list[Stack], most: int
) -> None:
    index = Index.build(stored)
    everything = index.match(query, 100)

    assert index.match(query, most) == everything[:most]
    assert all(match.low <= match.probability <= match.high for match in everything)
    assert [match.probability for match in everything] == pytest.approx(
        sorted((match.probability for match in everything), reverse=True)
    )


@settings(max_examples=10, deadline=None)
@given(stacks, stack)
def test_an_index_is_the_same_after_it_was_written_and_read(
    stored: list[Stack], query: Stack
) -> None:
    index = Index.build(stored, [100 + number for number in range(len(stored))])

    copy = Index.read(index.to_bytes())

    assert copy.match([query], 10) == index.match([query], 10)
    assert set(copy.numbers) == {100 + number for number in range(len(stored))}


@pytest.mark.parametrize("text", [b"", b"PK", b"\x93NUMPY", b"x" * 1000])
def test_bytes_that_are_no_index_are_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="not an index"):
        Index.read(text)


def test_a_stack_is_most_like_itself_and_like_what_shares_its_top() -> None:
    tail = " | ".join(f"loop{number}" for number in range(8))
    stored = [
        Stack(f"Crash | Caller | {tail}", "Crash"),
        Stack(f"Crash | Another | {tail}", "Crash"),
        Stack(f"Elsewhere | Caller | {tail}", "Elsewhere"),
        Stack("Nothing | Common", "Nothing"),
    ]

    matches = Index.build(stored).match([Stack(stored[0].names, "Crash")], 10)

    assert [stored[match.stack].signature for match in matches] == ["Crash", "Elsewhere"]
    assert matches[0].first == pytest.approx(1)
    assert matches[0].stacks == 2
    assert Index.build(stored).match([stored[0]], 10, without="Crash") == matches[1:]


def test_frames_without_a_name_are_their_module_and_their_offset() -> None:
    text = "f | x.dll@0x12 | x.dll@0x34 | @0x7f123abc | @0xc | g@f+0x1001 | (unloaded z.dll) | f"

    by_module, by_offset = views(text)

    assert by_module == ["f", "?x.dll", "?", "?g", "(unloaded z.dll)"]
    assert by_offset == [
        "f", "x.dll@0x12", "x.dll@0x34", "@abc", "@00c", "g@f+0x1001", "(unloaded z.dll)",
    ]  # fmt: skip


@pytest.mark.parametrize(("frames", "taken"), [(MOST_FRAMES, 60), (MOST_FRAMES + 1, 60)])
def test_the_first_sixty_frames_count(frames: int, taken: int) -> None:
    text = " | ".join(f"f{number}" for number in range(frames))

    assert len(views(text)[0]) == taken
    assert Index.build([Stack(text, "s")]).match([Stack(text, "s")], 1)[0].first > 0.999


def test_without_frames_there_is_nothing_to_compare() -> None:
    stored = [Stack("", "EMPTY: no frame data"), Stack("a | b", "a")]

    assert Index.build(stored).match([Stack("", "EMPTY: no frame data")], 10) == []
    assert Index.build([]).match([Stack("a", "a")], 10) == []
    assert [m.stack for m in Index.build(stored).match([Stack("a", "x")], 10)] == [1]


def test_rare_frames_count_more_than_common_ones_and_the_reason_says_so() -> None:
    stored = [Stack(f"common | rare{number} | end", f"s{number}") for number in range(200)]
    index = Index.build(stored)

    shared = index.shared("common | rare7 | end", "common | rare7 | x.dll@0x1 | end")

    assert [(frame.name, frame.place, frame.other_place) for frame in shared] == [
        ("common", 1, 1), ("rare7", 2, 2), ("end", 3, 4),
    ]  # fmt: skip
    assert shared[1].share > 0.99
    assert math.fsum(frame.share for frame in shared) == pytest.approx(1)
    assert index.shared("a", "b") == []


@settings(max_examples=20, deadline=None)
@given(st.lists(stack, min_size=2, max_size=6))
def test_pairs_are_symmetric_and_each_is_like_itself(stored: list[Stack]) -> None:
    pairs = Index.build(stored).pairs([one.names for one in stored])

    assert pairs == pytest.approx(pairs.T)
    assert np.diag(pairs) == pytest.approx(np.ones(len(stored)))


def test_probabilities_rise_with_their_odds() -> None:
    assert logistic(np.array([-50.0, 0.0, 50.0])) == pytest.approx([0, 0.5, 1])
