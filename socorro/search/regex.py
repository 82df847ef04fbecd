r"""Regular expressions that mean the same to every engine: parsed, limited, and printed for each.

What RE2 (DuckDB), Lucene (Elasticsearch) and Python have in common:

    a . [a-z_] [^0-9] \d \w \s \D \W \S \n \t    characters; a dot is any, a line break too
    \.  \|  \(                                     punctuation as it is
    x*  x+  x?  x{2}  x{2,}  x{2,5}                as often
    (…) (?:…)  a|b                                 groups and alternatives
    ^…  …$                                         at the beginning and end of an alternative

\d, \w and \s are ASCII. Matching is in own case, anywhere in the text. Everything else is refused
with its column: what looks back or around, flags, word boundaries, Unicode classes. A character
that only Lucene takes for an operator (~ & < > # @ ") stands for itself.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

LONGEST: Final = 500  # characters
DEEPEST: Final = 20  # groups in groups
MOST_REPEATS: Final = 255
MOST_STATES: Final = 1_000  # when repeats are written out; RE2 takes no more of them

Range = tuple[int, int]
_CLASSES: Final[dict[str, tuple[Range, ...]]] = {
    "d": ((48, 57),),
    "w": ((48, 57), (65, 90), (95, 95), (97, 122)),
    "s": ((9, 10), (12, 13), (32, 32)),  # RE2 has no \v in it
}
_CONTROLS: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}
_REPEAT = re.compile(r"[*+?]|\{(\d{1,6})(,(\d{1,6})?)?\}", re.ASCII)


@dataclass(frozen=True)
class Characters:
    """One character in any of these ranges of code points, or, when negated, in none."""

    ranges: tuple[Range, ...]
    negated: bool = False


@dataclass(frozen=True)
class Repeat:
    """What is repeated, at least and at most so often (None: without end)."""

    node: "Node"
    least: int
    most: int | None


@dataclass(frozen=True)
class Series:
    """One after the other; without any: the empty text."""

    nodes: "tuple[Node, ...]"


@dataclass(frozen=True)
class Choice:
    """One of several."""

    nodes: "tuple[Node, ...]"


Node = Characters | Repeat | Series | Choice
ANY: Final = Characters((), negated=True)


class Alternative(NamedTuple):
    """One alternative of the whole expression, tied to the beginning or end of the text or not."""

    node: Node
    begins: bool
    ends: bool


class Regex(NamedTuple):
    """A whole expression."""

    alternatives: tuple[Alternative, ...]


@lru_cache(256)
def parse_regex(text: str) -> Regex:
    """Parse an expression. Raises ValueError: a sentence with the column, beginning with 1."""
    if len(text) > LONGEST:
        raise ValueError(f"The regular expression is longer than {LONGEST} characters.")
    regex = _Parser(text).parse()
    if sum(_states(alternative.node) for alternative in regex.alternatives) > MOST_STATES:
        raise ValueError("The regular expression repeats too much: make its {…} smaller.")
    return regex


class _Parser:
    """Goes through the text once; recursion is bounded by the depth of groups."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def parse(self) -> Regex:
        alternatives = [self._alternative()]
        while self._takes("|"):
            alternatives.append(self._alternative())
        if self._at < len(self._text):
            raise self._error("this ) closes nothing: write \\) for the character")
        return Regex(tuple(alternatives))

    def _alternative(self) -> Alternative:
        begins = self._takes("^")
        node = self._series(0)
        return Alternative(node, begins, self._takes("$"))

    def _series(self, depth: int) -> Node:
        nodes: list[Node] = []
        while (character := self._peek()) and character not in "|)":
            if character == "$" and depth == 0 and self._text[self._at + 1 :][:1] in ("", "|"):
                break
            nodes.append(self._repeated(self._atom(depth)))
        return nodes[0] if len(nodes) == 1 else Series(tuple(nodes))

    def _atom(self, depth: int) -> Node:
        character = self._next()
        match character:
            case "(":
                return self._group(depth + 1)
            case ".":
                return ANY
            case "[":
                return self._class()
            case "\\":
                return self._escape()
            case "^" | "$":
                place = "beginning" if character == "^" else "end"
                raise self._error(f"{character} only at the {place}: or write \\{character}", -1)
            case "*" | "+" | "?" | "{" | "}" | "]":
                raise self._error(f"nothing before {character}: or write \\{character}", -1)
        return _single(character)

    def _group(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise self._error(f"more than {DEEPEST} groups in groups", -1)
        if self._peek() == "?" and not self._text.startswith("?:", self._at):
            raise self._error("of the groups that begin with (? only (?: is taken")
        start = self._at
        self._at += 2 if self._peek() == "?" else 0
        nodes = [self._series(depth)]
        while self._takes("|"):
            nodes.append(self._series(depth))
        if not self._takes(")"):
            self._at = start
            raise self._error("this ( is not closed: or write \\(", -1)
        return nodes[0] if len(nodes) == 1 else Choice(tuple(nodes))

    def _repeated(self, node: Node) -> Node:
        match = _REPEAT.match(self._text, self._at)
        if match is None:
            return node
        least, most = _bounds(match)
        if least > MOST_REPEATS or (most or 0) > MOST_REPEATS:
            raise self._error(f"at most {MOST_REPEATS} repeats")
        if most is not None and least > most:
            raise self._error("the repeats end before they begin")
        self._at = match.end()
        self._takes("?")  # as few as possible: whether it matches is the same
        if _REPEAT.match(self._text, self._at):
            raise self._error("a repeat of a repeat: put the first into (…)")
        return Repeat(node, least, most)

    def _escape(self) -> Characters:
        character = self._next()
        if character.lower() in _CLASSES:
            return Characters(_CLASSES[character.lower()], negated=character.isupper())
        return _single(self._escaped(character))

    def _escaped(self, character: str) -> str:
        if character in _CONTROLS:
            return _CONTROLS[character]
        if not character or character.isalnum() or not character.isascii():
            raise self._error(f"\\{character} is not taken here", -1)
        return character

    def _class(self) -> Characters:
        start = self._at
        negated = self._takes("^")
        ranges: list[Range] = []
        while not self._takes("]"):
            if not self._peek():
                self._at = start
                raise self._error("this [ is not closed: or write \\[", -1)
            ranges.extend(self._range())
        if not ranges:
            raise self._error("nothing in [ ]", -1)
        return Characters(_merged(ranges), negated)

    def _range(self) -> tuple[Range, ...]:
        if self._peek() == "\\" and self._text[self._at + 1 :][:1] in _CLASSES:
            ranges = _CLASSES[self._text[self._at + 1]]
            self._at += 2
            if self._peek() == "-" and self._text[self._at + 1 :][:1] != "]":
                raise self._error("a class is no end of a range: write \\-")
            return ranges
        first = self._member()
        if self._peek() != "-" or self._text[self._at + 1 :][:1] in ("]", ""):
            return ((ord(first), ord(first)),)
        self._at += 1
        last = self._member()
        if last < first:
            raise self._error(f"the range {first}-{last} ends before it begins", -1)
        return ((ord(first), ord(last)),)

    def _member(self) -> str:
        character = self._next()
        if character == "\\":
            return self._escaped(self._next())
        if character == "[":
            raise self._error("write \\[ within [ ]", -1)
        return character

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _next(self) -> str:
        character = self._peek()
        self._at += 1
        return character

    def _takes(self, character: str) -> bool:
        if self._peek() != character:
            return False
        self._at += 1
        return True

    def _error(self, text: str, back: int = 0) -> ValueError:
        return ValueError(f"Regular expression, column {self._at + back + 1}: {text}.")


def _bounds(match: re.Match[str]) -> tuple[int, int | None]:
    if match[0] in ("*", "+", "?"):
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[match[0]]
    least = int(match[1])
    if match[2] is None:
        return least, least
    return least, int(match[3]) if match[3] else None


def _single(character: str) -> Characters:
    return Characters(((ord(character), ord(character)),))


def _merged(ranges: list[Range]) -> tuple[Range, ...]:
    merged: list[Range] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def _states(node: Node) -> int:
    match node:
        case Repeat():
            return _states(node.node) * max(1, node.least, node.most or 0) + 1
        case Series() | Choice():
            return 1 + sum(_states(inner) for inner in node.nodes)
    return 1


NOTHING: Final = "(?:)"


def to_re2(regex: Regex) -> str:
    """Return the expression for RE2, which looks for it anywhere in the text."""
    return "|".join(
        f"{'^' if begins else ''}{_in_re2(node)}{'$' if ends else ''}"
        for node, begins, ends in regex.alternatives
    )


def _in_re2(node: Node) -> str:
    """Print a node; of nothing, nothing: DuckDB takes ^(?:) for the empty text."""
    text = _printed(node, RE2)
    return "" if text == NOTHING else text


def to_python(regex: Regex) -> str:
    """Return the expression for `re.search`."""
    return "|".join(
        rf"{'^' if begins else ''}{_printed(node, RE2)}{chr(92) + 'Z' if ends else ''}"
        for node, begins, ends in regex.alternatives
    )


def to_lucene(regex: Regex) -> str:
    """Return the expression for Lucene, which matches the whole text (flags: NONE or ALL)."""
    return "|".join(
        f"{'' if begins else '.*'}{_printed(node, LUCENE)}{'' if ends else '.*'}"
        for node, begins, ends in regex.alternatives
    )


class Dialect(NamedTuple):
    """How one engine writes any character, and a group."""

    any: str
    group: str


RE2: Final = Dialect(any="(?s:.)", group="(?:")
LUCENE: Final = Dialect(any=".", group="(")


def _printed(node: Node, dialect: Dialect) -> str:
    """Return a node as one unit, which a repeat or a neighbour may follow."""
    match node:
        case Characters():
            return _characters(node, dialect)
        case Repeat():
            inner = _printed(node.node, dialect)
            if isinstance(node.node, Repeat):
                inner = f"{dialect.group}{inner})"
            return f"{inner}{_times(node)}"
        case Series():
            inner = "".join(_printed(child, dialect) for child in node.nodes)
        case Choice():
            inner = "|".join(_printed(child, dialect) for child in node.nodes)
    return f"{dialect.group}{inner})" if inner or dialect is RE2 else "()"


def _characters(node: Characters, dialect: Dialect) -> str:
    if node == ANY:
        return dialect.any
    if not node.negated and len(node.ranges) == 1 and node.ranges[0][0] == node.ranges[0][1]:
        return _literal(node.ranges[0][0])
    inner = "".join(
        _literal(first) if first == last else f"{_literal(first)}-{_literal(last)}"
        for first, last in node.ranges
    )
    return f"[{'^' if node.negated else ''}{inner}]"


def _literal(code: int) -> str:
    character = chr(code)
    is_special = character.isascii() and not character.isalnum() and character.isprintable()
    return f"\\{character}" if is_special and character not in "_ " else character


def _times(node: Repeat) -> str:
    if node.most is None:
        return {0: "*", 1: "+"}.get(node.least, f"{{{node.least},}}")
    if (node.least, node.most) == (0, 1):
        return "?"
    return f"{{{node.least}}}" if node.least == node.most else f"{{{node.least},{node.most}}}"
