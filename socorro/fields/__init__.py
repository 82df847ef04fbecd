"""The one declaration of every field: what it is, and who may see it.

raw_crash.yaml and processed_crash.yaml are written in the words of JSON Schema (type,
description, examples, maxLength, properties, patternProperties, additionalProperties, items)
and three of our own:

* permission: public or protected. The default is protected; a field that is not declared is
  shown to nobody. Inside an object or a list, every level has its own permission.
* source_annotation: the field is a copy of that annotation, in the type declared here.
* search: how the field is indexed; by default as its type says. "none": not at all.

So one entry adds an annotation: in processed_crash.yaml to have it copied, typed, counted and
shown, in raw_crash.yaml to have it shown as it was sent. Nothing else lists fields.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from socorro.fields.declaration import Field, Kind, load

__all__ = ["Field", "Kind", "copies", "field_of", "fields", "is_public", "problems", "redact"]

MOST_PROBLEMS = 100
LONGEST_PROBLEM = 300  # characters
_HIDDEN = object()
_NOTES = ("collector_notes", "processor_notes")
# What users write, or do not: annotations under all their names, and fields of the processed crash.
_OF_THE_USER = re.compile(
    r"\b(?:URL|url|Email|email|Comments|comments|user_comments|PluginContentURL|PluginUserComment)\b"
)


def fields(kind: Kind) -> Mapping[str, Field]:
    """Return the fields declared by name (those declared by pattern: see `field_of`)."""
    return _declared()[kind].properties


def field_of(kind: Kind, name: str) -> Field | None:
    """Return the declaration of a field; None when there is none."""
    return _declared()[kind].find(name)


def is_public(kind: Kind, name: str) -> bool:
    """Return whether everybody may see the field; fields inside it have their own permission."""
    declared = field_of(kind, name)
    return declared is not None and declared.public


def copies() -> tuple[tuple[str, Field], ...]:
    """Return annotation and field for each copy in the processed crash."""
    declared = fields("processed_crash").values()
    return tuple((field.source_annotation, field) for field in declared if field.source_annotation)


def redact(kind: Kind, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public fields of *document*, at every depth.

    A value of another type than the declared one is left out: nobody judged it. So is a note that
    names what the user wrote: "Comments: longer than …" says that there is a comment.
    """
    public: dict[str, Any] = _redacted(_declared()[kind], dict(document))
    for holder in (public, public.get("metadata")):
        for name in _NOTES:
            if isinstance(holder, dict) and holder.get(name):
                holder[name] = [
                    note for note in holder[name] if not _OF_THE_USER.search(note or "")
                ]
    return public


def problems(kind: Kind, document: Mapping[str, Any]) -> list[str]:
    """Return where *document* is not as declared, at most 100 places, without its values."""
    places = _problems(_declared()[kind], dict(document), "")
    return [place[:LONGEST_PROBLEM] for place in islice(places, MOST_PROBLEMS)]


def _redacted(declared: Field, value: Any) -> Any:
    """Return the public part of *value*, or _HIDDEN."""
    if not declared.public:
        return _HIDDEN
    if value is None:
        return None
    if not declared.takes(value):
        return _HIDDEN
    if isinstance(value, dict):
        return dict(_shown(declared, value))
    if isinstance(value, list):
        if declared.items is None:
            return _HIDDEN
        shown = (_redacted(declared.items, item) for item in value)
        return [item for item in shown if item is not _HIDDEN]
    return value


def _shown(declared: Field, value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, inside in value.items():
        inner = declared.find(name)
        shown = _HIDDEN if inner is None else _redacted(inner, inside)
        if shown is not _HIDDEN:
            yield name, shown


def _problems(declared: Field, value: Any, place: str) -> Iterator[str]:
    if value is None:
        return
    if not declared.takes(value):
        yield f"{place or declared.name}: not of type {declared.type}"
    elif isinstance(value, dict) and (declared.properties or declared.patterns):
        for name, inside in value.items():
            inner, path = declared.find(name), f"{place}.{name}".lstrip(".")
            if inner is not None:
                yield from _problems(inner, inside, path)
            elif not declared.open:
                yield f"{path}: not declared"
    elif isinstance(value, list) and declared.items is not None:
        for number, item in enumerate(value):
            yield from _problems(declared.items, item, f"{place}[{number}]")


@cache
def _declared() -> Mapping[Kind, Field]:
    return load(Path(__file__).parent)
