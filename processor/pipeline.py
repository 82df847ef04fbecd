"""How a raw crash becomes a processed crash: rules, run in order.

A rule is a pure function with declared reads and writes:

    @rule(reads=("ProductName",), writes=("product",))
    def product(crash: View) -> Change:
        return {"product": crash.text("ProductName") or ""}

It reads annotations, spelled as the client sends them, and what earlier rules wrote, in
snake_case. A name that an earlier rule may write never means an annotation of the same name: no
client can slip in a `signature` of its own. Undeclared reads and writes raise.

A rule that fails leaves a note (only the class of the exception: its text may quote a user), and
the other rules still run.
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

FAILURE = "rule "  # notes with this prefix report a failed rule; no other notes have it
LONGEST_JSON = 2**20  # characters

_DEEPEST = 100  # levels of nested lists and objects
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

T = TypeVar("T")


class Undeclared(Exception):
    """A rule read or wrote what its declaration does not name."""


@dataclass(frozen=True)
class Rule:
    """A step of the pipeline: the names that it reads and writes, and its function."""

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
    """What one rule may see of a crash. A value has the requested type, or is None."""

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
        """Return the value of *name* unchanged; None when it is absent."""
        if name not in self._reads:
            raise Undeclared(name)
        return (self._ours if name in self._our_names else self._annotations).get(name)

    def sent(self) -> Set[str]:
        """Return the names of the annotations that the client sent and the rule may read."""
        return self._annotations.keys() & self._reads

    def text(self, name: str) -> str | None:
        """Return text without what no database accepts (NUL, half of a surrogate pair)."""
        value = self.value(name)
        return clean(value) if isinstance(value, str) else None

    def word(self, name: str, most: int = 200) -> str | None:
        """Return at most *most* characters without blanks around them; None when empty."""
        return (self.text(name) or "").strip()[:most].strip() or None

    def integer(self, name: str) -> int | None:
        """Return a whole number of at most 18 digits."""
        value = self.value(name)
        if isinstance(value, str):
            return coerce.integer(value)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def number(self, name: str) -> float | None:
        """Return a number that an earlier rule wrote."""
        value = self.value(name)
        return float(value) if isinstance(value, int | float) else None

    def boolean(self, name: str) -> bool | None:
        """Return True for 1 and true, False for 0 and false, in any case."""
        return coerce.boolean(str(self.value(name)))

    def json(self, name: str) -> Any:
        """Return the value of a JSON annotation; None when it is invalid, too long or too deep."""
        value = self.value(name)
        if not isinstance(value, str) or len(value) > LONGEST_JSON:
            return None
        return coerce.json_value(value)

    def mapping(self, name: str) -> Mapping[str, Any]:
        """Return an object; an empty one when it is absent."""
        value = self.value(name)
        return value if isinstance(value, dict) else {}

    def items(self, name: str) -> Sequence[Any]:
        """Return a list; an empty one when it is absent."""
        value = self.value(name)
        return value if isinstance(value, list) else []

    def note(self, text: str) -> None:
        """Add a public note to the processed crash; it must never quote a user."""
        self.notes.append(clean(text)[:LONGEST_NOTE])


@dataclass(frozen=True)
class Outcome:
    """What the rules wrote and noted."""

    processed: dict[str, Any]
    notes: list[str]
    failed: list[str]  # names of rules


def run_rules(
    rules: Sequence[Rule], annotations: Mapping[str, str], inputs: Mapping[str, Any]
) -> Outcome:
    """Run *rules* in order over *annotations* and *inputs*, neither of which is changed.

    Rules see values without blanks at their ends: clients add line ends, and mean none of them.

    `processed` holds what the rules wrote, without the inputs.
    """
    written: dict[str, Any] = {}
    ours = dict(inputs)
    annotations = {name: text.strip() for name, text in annotations.items()}
    notes: list[str] = []
    failed: list[str] = []
    our_names = set(inputs)
    for step in rules:
        view = View(step.reads, annotations, ours, our_names)
        try:
            change = step.act(view)
            if not step.writes.issuperset(change):
                raise Undeclared(step.name)
            written.update(change)
            ours.update(change)
        except Exception as error:
            failed.append(step.name)
            view.note(failure_note(step.name) + type(error).__name__)
        notes += view.notes
        our_names |= step.writes
    return Outcome(written, bounded(notes), failed)


def failure_note(name: str) -> str:
    """Return the start of the note that the named rule leaves when it fails."""
    return f"{FAILURE}{name} failed: "


def bounded(notes: Iterable[str]) -> list[str]:
    """Return *notes* in order, each once, and at most MOST_NOTES of them."""
    kept = list(dict.fromkeys(notes))
    if len(kept) > MOST_NOTES:
        dropped = len(kept) - MOST_NOTES + 1
        kept = [*kept[: MOST_NOTES - 1], f"{dropped} more notes dropped"]
    return kept


def dicts(value: object) -> list[dict[str, Any]]:
    """Return the objects in a JSON list; an empty list when *value* is not a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def clean(text: str) -> str:
    """Return *text* without NUL; half surrogate pairs become the replacement character."""
    if text.isprintable():  # nearly all text is, and this check is fast
        return text
    return _UNSTORABLE.sub(lambda match: "" if match[0] == "\x00" else "\ufffd", text)


def clean_all(value: T) -> T:
    """Return *value* with clean text at every depth; nesting over 254 levels is cut to 100.

    Nearly every crash is clean and nested less deeply; then *value* itself is returned.
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
