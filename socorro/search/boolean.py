r"""The boolean expressions of `q=`: to a filter, and back to text. Pure, in linear time.

    (product:=Firefox AND NOT signature:~OOM) OR reason:^EXCEPTION_STACK
    signature:="OOM | small" and uptime:<60
    date:2026-11-26 AND NOT addons:__null__
    version:159.0b AND url:~"say \"hi\""

    expression = conjunction { OR conjunction }
    conjunction = operand { AND operand }
    operand = NOT operand | "(" expression ")" | field ":" [ "!" ] [ operator ] value
    value = characters without space, quote, or parenthesis | "quoted, \" and \\ escaped"

AND binds more tightly than OR; both must be written. AND, OR and NOT may be in lower case. Fields,
operators and values are those of the classic parameters; a quoted value is text only, so that
signature:"__null__" looks for that word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from socorro.search.errors import quote
from socorro.search.interface import All, Condition, Either, Filter, Not, SearchField
from socorro.search.names import Fields, bare_operator
from socorro.search.values import build, check_characters, print_value, split_operator

DEEPEST: Final = 10  # parentheses and NOTs in one another; Elasticsearch nests 30 clauses
MOST_CONDITIONS: Final = 200
_TOKEN = re.compile(
    r"""
    \s+ | \( | \)
    | (?:(?P<field>[A-Za-z_][A-Za-z_0-9]*):(?P<start>!?(?:[<>]=?|[=~^$@])?)
        (?:"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<bare>[^\s"()]*)))
    | [^\s"():]+
    """,
    re.VERBOSE | re.DOTALL,
)
_BARE = re.compile(r'[^\s"()!<>=~^$@_][^\s"()]*')
Kind = Literal["AND", "OR", "NOT", "open", "close", "term"]


class _Token(NamedTuple):
    kind: Kind
    column: int
    match: "re.Match[str]"


@dataclass
class _Level:
    """What is open: the alternatives so far, the conjunction under way, and NOTs in front."""

    column: int
    negations: int = 0  # before the operand that comes next
    alternatives: list[Filter] = field(default_factory=list)
    conjunction: list[Filter] = field(default_factory=list)

    def close(self) -> Filter:
        self.end_conjunction()
        return _one_of(self.alternatives, Either)

    def end_conjunction(self) -> None:
        self.alternatives.append(_one_of(self.conjunction, All))
        self.conjunction = []

    def add(self, operand: Filter) -> None:
        for _ in range(self.negations):
            operand = Not(operand)
        self.negations = 0
        self.conjunction.append(operand)


def parse_expression(text: str, fields: Fields) -> Filter:
    """Parse `q=`. Raises ValueError: a sentence with the column, beginning with 1."""
    check_characters(text)
    parser = _Parser(fields)
    for token in _tokens(text):
        parser.take(token)
    return parser.end(len(text) + 1)


class _Parser:
    """Builds the filter token by token: what is open lies on a stack of its own."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._levels = [_Level(1)]
        self._conditions = 0
        self._expects_operand = True

    def take(self, token: _Token) -> None:
        if (token.kind in ("NOT", "open", "term")) != self._expects_operand:
            raise _misplaced(token, self._expects_operand)
        level = self._levels[-1]
        match token.kind:
            case "NOT":
                self._check_depth(token)
                level.negations += 1
            case "open":
                self._check_depth(token)
                self._levels.append(_Level(token.column))
            case "term":
                level.add(self._term(token))
            case "close":
                self._close(token)
            case "OR":
                level.end_conjunction()
        self._expects_operand = token.kind not in ("close", "term")

    def end(self, column: int) -> Filter:
        if self._expects_operand:
            raise _error(column, "a condition like field:value must come before the end")
        if len(self._levels) > 1:
            raise _error(self._levels[-1].column, "this ( is not closed")
        return self._levels[0].close()

    def _check_depth(self, token: _Token) -> None:
        if sum(level.negations + 1 for level in self._levels) > DEEPEST:
            raise _error(token.column, f"more than {DEEPEST} parentheses and NOTs in one another")

    def _close(self, token: _Token) -> None:
        if len(self._levels) == 1:
            raise _error(token.column, "this ) closes nothing")
        operand = self._levels.pop().close()
        self._levels[-1].add(operand)

    def _term(self, token: _Token) -> Filter:
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise _error(token.column, f"more than {MOST_CONDITIONS} conditions")
        return _term(token.column, token.match, self._fields)


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _error(at + 1, _unreadable(text, at))
        kind = _kind(match)
        if kind is not None:
            yield _Token(kind, at + 1, match)
        at = match.end()


def _kind(match: re.Match[str]) -> Kind | None:
    """Return the kind of a token; None for space."""
    text = match[0]
    if text.isspace():
        return None
    if text == "(":
        return "open"
    if text == ")":
        return "close"
    if match["field"] is not None:
        return "term"
    match text.upper():
        case "AND":
            return "AND"
        case "OR":
            return "OR"
        case "NOT":
            return "NOT"
    raise _error(
        match.start() + 1,
        f"{quote(text)} is no condition: write field:value, "
        'and a value with spaces in quotes, field:"two words"',
    )


def _unreadable(text: str, at: int) -> str:
    if text[at] == '"':
        return "a quote begins only behind field: or its operator, and must be closed"
    return "a condition is written field:value"


def _term(column: int, match: re.Match[str], fields: Fields) -> Filter:
    if match["bare"] == "" and match.string.startswith('"', match.end()):
        raise _error(match.end() + 1, "this quote is not closed")
    try:
        searched = fields[match["field"]]
        if match["bare"] is not None:
            start, text, literal = "", match["start"] + match["bare"], False
            negated = text.startswith("!")
            operator, value = split_operator(text[negated:])
        else:
            start, literal = match["start"], True
            negated = start.startswith("!")
            operator, rest = split_operator(start[negated:])
            value = rest + re.sub(r"\\(.)", r"\1", match["quoted"], flags=re.DOTALL)
        condition = build(searched, operator, value, literal)
    except ValueError as error:
        raise ValueError(f"Column {column}: {error}") from None
    return Not(condition) if negated else condition


def _misplaced(token: _Token, expects_operand: bool) -> ValueError:
    text = quote(token.match[0])
    if expects_operand:
        return _error(token.column, f"a condition like field:value must come before {text}")
    return _error(
        token.column,
        f"AND or OR must come before {text} (a value with spaces or parentheses goes in quotes)",
    )


def _error(column: int, text: str) -> ValueError:
    return ValueError(f"Column {column}: {text}.")


def _one_of(filters: list[Filter], kind: type[All] | type[Either]) -> Filter:
    return filters[0] if len(filters) == 1 else kind(tuple(filters))


def print_expression(tree: Filter) -> str:
    """Return the text that reads as this filter; "" for every crash.

    Raises ValueError for what the grammar cannot say: the words of a field whose bare value means
    equal, an alternative without any.
    """
    if tree == All():
        return ""
    return _printed(tree)


def _printed(tree: Filter) -> str:
    match tree:
        case Condition():
            return _condition(tree)
        case Not():
            return f"NOT {_operand(tree.filter)}"
        case All():
            return _joined(tree.filters, " AND ")
        case Either():
            return _joined(tree.filters, " OR ")


def _joined(filters: tuple[Filter, ...], word: str) -> str:
    if len(filters) < 2:
        raise ValueError("An expression joins at least two.")
    return word.join(_operand(inner) for inner in filters)


def _operand(tree: Filter) -> str:
    text = _printed(tree)
    return f"({text})" if isinstance(tree, All | Either) else text


def _condition(condition: Condition) -> str:
    searched: SearchField = condition.field
    if condition.operator == "null":
        return f"{searched.name}:__null__"
    operator: str = condition.operator
    if operator == "words":
        if bare_operator(searched) != "words":
            raise ValueError(f"{searched.name} is not searched by words.")
        operator = ""
    text = print_value(condition.value)
    if not _BARE.fullmatch(text):
        text = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{searched.name}:{operator}{text}"
