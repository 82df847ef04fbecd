"""Texts that a match of a regular expression has in it: looking for these is many times as fast.

    (OOM|hang).*gfx::     one of OOM, hang; and gfx::

An engine rules most texts out by them, before it tries the expression on the rest.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from socorro.search.regex import Characters, Choice, Node, Regex, Repeat, Series

OneOf = tuple[str, ...]  # a match has at least one of these

SHORTEST: Final = 2  # characters: most texts have any one letter
MOST: Final = 4  # of them, the longest ones
MOST_CHOICES: Final = 16


def literals(regex: Regex) -> Sequence[OneOf]:
    """Return what every match contains: one text of each, in its own case; none is no condition."""
    whole = Choice(tuple(alternative.node for alternative in regex.alternatives))
    useful = {one for one in _needed(whole) if _least(one) >= SHORTEST and len(one) <= MOST_CHOICES}
    return sorted(useful, key=lambda one: (-_least(one), one))[:MOST]


def _least(one: OneOf) -> int:
    return min(map(len, one))


def _needed(node: Node) -> list[OneOf]:
    match node:
        case Characters():
            return [(text,)] if (text := _character(node)) else []
        case Repeat():
            return _needed(node.node) if node.least else []
        case Series():
            return list(_of_series(node))
        case Choice((only,)):
            return _needed(only)
    best = [max(_needed(inner), key=_least, default=()) for inner in node.nodes]
    return [tuple(sorted({text for one in best for text in one}))] if best and all(best) else []


def _of_series(series: Series) -> Iterator[OneOf]:
    text = ""
    for node in series.nodes:
        character = _character(node)
        text += character
        if not character:
            if text:
                yield (text,)
            text = ""
            yield from _needed(node)
    if text:
        yield (text,)


def _character(node: Node) -> str:
    """Return the only character that a node matches; "" when there are more."""
    if isinstance(node, Characters) and not node.negated and len(node.ranges) == 1:
        first, last = node.ranges[0]
        return chr(first) if first == last else ""
    return ""
