"""What a question is: parameters, columns, and a function that answers it from Postgres.

The commands and REST show the same answer: the same JSON, the same CSV, from one place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from socorro.postgres import Connection


@dataclass(frozen=True)
class Parameter:
    """One parameter: *read* turns its text into a value, or raises ValueError with the reason.

    *many*: it may be repeated, at most *most* times, and its value is a list.
    """

    name: str
    description: str
    read: Callable[[str], Any] = str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False
    default: str | None = None
    many: bool = False
    most: int = 100


@dataclass(frozen=True)
class Column:
    """One column: its name in JSON and CSV, what it means, and its JSON Schema."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


class Note(NamedTuple):
    """Something that a reader of the rows must know.

    *code* is for programs (no_adi, not_counted_yet, bad_reports, nothing_matches, …), *text* for
    people.
    """

    code: str
    text: str


@dataclass(frozen=True)
class Answer:
    """The rows of a question: each has a value for every column.

    *about* goes into the JSON beside the rows (product, version, start, end, totals); *title* is
    what a person reads above them. *total* is the number of rows of all pages, when it is known.
    """

    title: str
    rows: Sequence[Sequence[Any]]
    about: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[Note] = ()
    total: int | None = None


class Unknown(ValueError):
    """A parameter names something that does not exist; the text lists the nearest that do."""

    def __init__(self, parameter: str, text: str) -> None:
        super().__init__(text)
        self.parameter = parameter


@dataclass(frozen=True)
class Question:
    """One question: *name* is its REST resource, *command* its `socorro` command.

    *answer* gets the values of the parameters by name, `offset` and `limit` among them when
    it is paged. Raises Unknown.
    """

    name: str
    command: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    answer: Callable[[Connection, Mapping[str, Any]], Answer]
    permission: str = ""  # what a caller must have; "": everybody may ask
