"""The protected part of a report: only for visitors who hold view_pii.

It has everything that the public page leaves out at the top level: fields that are declared
protected, and fields that are not declared. An annotation that was copied into the processed crash
is shown once.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from socorro.crash import OURS
from socorro.fields import Kind, copies, field_of, is_public
from webapp.crashstats.fact import Fact
from webapp.crashstats.reading import Document, items, mapping, text

# Shown on their own: annotation, field of the processed crash, label.
FIRST = (("URL", "url", "URL"), ("Email", "email", "E-mail"))
COMMENTS = ("Comments", "user_comments")


class Protected(NamedTuple):
    """One protected annotation or field of the processed crash."""

    kind: Kind
    name: str
    value: str
    is_declared: bool


class Section(NamedTuple):
    """The content of the section."""

    facts: list[Fact]
    comments: str
    registers: list[tuple[str, str]]
    fields: list[Protected]

    @property
    def values(self) -> int:
        """How many values it shows, without registers."""
        shown = [fact for fact in self.facts if fact.value != NOT_SENT]
        return len(shown) + bool(self.comments) + len(self.fields)


NOT_SENT = "not sent"


def section(processed: Document, raw: Mapping[str, Any]) -> Section:
    """Return the section of a crash; *raw* is empty when the raw crash has been deleted."""
    seen = {name for first in (*FIRST, COMMENTS) for name in first[:2]}
    seen |= {field.name for annotation, field in copies() if annotation in raw}
    shown = [
        *_hidden("raw_crash", raw, {*seen, *OURS}),
        *_hidden("processed_crash", processed, seen),
    ]
    facts = [
        Fact(label, _value(raw.get(annotation)) or text(processed, field) or NOT_SENT)
        for annotation, field, label in FIRST
    ]
    comments = _value(raw.get(COMMENTS[0])) or text(processed, COMMENTS[1])
    return Section(facts, comments, _registers(processed), shown)


def _hidden(kind: Kind, document: Document, seen: set[str]) -> Iterator[Protected]:
    for name in sorted(document):
        value = document[name]
        if name not in seen and not is_public(kind, name) and value not in (None, "", [], {}):
            yield Protected(kind, name, _value(value), field_of(kind, name) is not None)


def _registers(processed: Document) -> list[tuple[str, str]]:
    """Return the registers of the innermost frame of the thread that crashed."""
    frames = items(mapping(mapping(processed, "json_dump"), "crashing_thread"), "frames")
    registers = mapping(frames[0], "registers") if frames else {}
    return [(name, _value(registers[name])) for name in sorted(registers, key=_by_number)]


def _by_number(name: str) -> tuple[str, int]:
    """Sort r8 before r10."""
    letters = name.rstrip("0123456789")
    return letters, int(name[len(letters) :] or -1)


def _value(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, indent=1, sort_keys=True)
