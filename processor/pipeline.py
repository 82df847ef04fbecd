"""How a raw crash becomes a processed crash: rules, run in order.

A rule is a pure function with declared reads and writes:

    @rule(reads=("ProductName",), writes=("product",))
    def product(crash: View) -> Change:
        return {"product": crash.text("ProductName") or ""}

It reads annotations, spelled the client's way, and what earlier steps wrote, in snake_case. A
name that an earlier step may write is always that step's, never an annotation of the same
name: no client can pass off a `signature` of its own. Undeclared reads and writes raise.

A rule that fails leaves a note (the class of the exception only: its text may hold what a
user wrote), and the rest runs.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, TypeVar

from socorro import quick_json
from socorro.fields import coerce

Change = Mapping[str, Any]
Act = Callable[["View"], Change]

MOST_NOTES = 100
LONGEST_NOTE = 300  # characters

FAILURE = "rule "  # notes that begin so tell of a rule that failed; no others do
LONGEST_JSON = 2**20  # characters

_DEEPEST = 100  # lists and objects in one another
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

T = TypeVar("T")


class Undeclared(Exception):
    """A rule read or wrote what its declaration does not name."""


@dataclass(frozen=True)
class Rule:
    """A step of the pipeline: what it reads, what it writes, and the function that does it."""

    name: str
    reads: frozenset[str]
    writes: frozenset[str]
    act: Act


def rule(*, reads: Iterable[str], writes: Iterable[str]) -> Callable[[Act], Rule]:
    """Make a function a Rule of the same name."""

    def declared(act: Act) -> Rule:
        return Rule(act.__name__, frozenset(reads), frozenset(writes), act)

    return declared


class View:
    """What one rule may see of a crash. Values come as the type asked for, or as None."""

    __slots__ = ("_annotations", "_our_names", "_ours", "_reads", "notes")

    def __init__(
        self,
        reads: Collection[str],
        annotations: Mapping[str, str],
        ours: Mapping[str, Any],
        our_names: Set[str],
    ) -> None:
        self._reads, self._annotations = reads, annotations
        self._ours, self._our_names = ours, our_names
        self.notes: list[str] = []

    def value(self, name: str) -> Any:
        """Return what *name* holds, untouched; None when it is absent."""
        if name not in self._reads:
            raise Undeclared(name)
        return (self._ours if name in self._our_names else self._annotations).get(name)

    def sent(self) -> Set[str]:
        """Return the names of the annotations that are there and may be read."""
        return self._annotations.keys() & self._reads

    def text(self, name: str) -> str | None:
        """Return text without what no database takes (NUL, half of a surrogate pair)."""
        found = self.value(name)
        return clean(found) if isinstance(found, str) else None

    def word(self, name: str, most: int = 200) -> str | None:
        """Return at most *most* characters without blanks around them; None for nothing."""
        return (self.text(name) or "").strip()[:most].strip() or None

    def integer(self, name: str) -> int | None:
        """Return a whole number of at most 18 digits."""
        found = self.value(name)
        if isinstance(found, str):
            return coerce.integer(found)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def number(self, name: str) -> float | None:
        """Return a number that our own code put there."""
        found = self.value(name)
        return float(found) if isinstance(found, int | float) else None

    def boolean(self, name: str) -> bool | None:
        """Return True for 1 and true, False for 0 and false, in any case."""
        return coerce.boolean(str(self.value(name)))

    def json(self, name: str) -> Any:
        """Return what an annotation of JSON holds; None when it is none, too long or too deep."""
        found = self.value(name)
        if not isinstance(found, str) or len(found) > LONGEST_JSON:
            return None
        return coerce.json_value(found)

    def mapping(self, name: str) -> Mapping[str, Any]:
        """Return an object; an empty one when there is none."""
        found = self.value(name)
        return found if isinstance(found, dict) else {}

    def items(self, name: str) -> Sequence[Any]:
        """Return a list; an empty one when there is none."""
        found = self.value(name)
        return found if isinstance(found, list) else []

    def note(self, text: str) -> None:
        """Leave a public note with the processed crash: never text of a user."""
        self.notes.append(clean(text)[:LONGEST_NOTE])


@dataclass(frozen=True)
class Outcome:
    """What the rules made of a crash."""

    processed: dict[str, Any]
    notes: list[str]
    failed: list[str]  # names of rules


def run_rules(
    rules: Sequence[Rule], annotations: Mapping[str, str], given: Mapping[str, Any]
) -> Outcome:
    """Run *rules* in order over *annotations* and what is *given*; nothing given is changed.

    `processed` holds what the rules wrote, without what was given.
    """
    written: dict[str, Any] = {}
    ours = dict(given)
    notes: list[str] = []
    failed: list[str] = []
    our_names = set(given)
    for step in rules:
        view = View(step.reads, annotations, ours, our_names)
        try:
            change = step.act(view)
            if not step.writes.issuperset(change):
                raise Undeclared(step.name)
            written.update(change)
            ours.update(change)
        except Exception as why:
            failed.append(step.name)
            view.note(failure_note(step.name) + type(why).__name__)
        notes += view.notes
        our_names |= step.writes
    return Outcome(written, bounded(notes), failed)


def failure_note(name: str) -> str:
    """Return how the note begins that the rule of that name leaves when it fails."""
    return f"{FAILURE}{name} failed: "


def bounded(notes: Iterable[str]) -> list[str]:
    """Return *notes* in order, each once, and at most MOST_NOTES of them."""
    kept = list(dict.fromkeys(notes))
    if len(kept) > MOST_NOTES:
        dropped = len(kept) - MOST_NOTES + 1
        kept = [*kept[: MOST_NOTES - 1], f"{dropped} more notes dropped"]
    return kept


def clean(text: str) -> str:
    """Return *text* without NUL; half surrogate pairs become the replacement character."""
    if text.isprintable():  # nearly all is, and this is quick
        return text
    return _UNSTORABLE.sub(lambda found: "" if found[0] == "\x00" else "\ufffd", text)


def clean_all(value: T) -> T:
    """Return *value*, text cleaned at every depth; what is nested over 254 deep is cut to 100.

    Nearly every crash is clean, and what is nested less than that: it is not copied.
    """
    if quick_json.is_clean(value):
        return value
    cleaned: T = _clean_at(value, _DEEPEST)
    return cleaned


def _clean_at(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return clean(value)
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        return None
    if isinstance(value, dict):
        return {clean(str(key)): _clean_at(part, depth - 1) for key, part in value.items()}
    return [_clean_at(part, depth - 1) for part in value]
