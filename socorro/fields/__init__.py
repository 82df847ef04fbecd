"""The one declaration of every field: what it is, and who may see it.

raw_crash.yaml and processed_crash.yaml are written in the words of JSON Schema (type,
description, examples, maxLength, properties, patternProperties, additionalProperties, items)
and three of our own:

* permission: public or protected. What does not say so is protected, what is not declared is
  not shown at all; inside an object or a list, every level says for itself.
* source_annotation: the field is a copy of that annotation, in the type declared here.
* search: how the field is indexed; by its type when it does not say. "none": not at all.

So an annotation is added by one entry: in processed_crash.yaml to have it copied, typed,
counted and shown, in raw_crash.yaml to have it shown as it was sent. Nothing else lists fields.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from socorro.fields.declaration import Field, Kind, load

__all__ = ["Field", "Kind", "copies", "field_of", "fields", "is_public", "problems", "redact"]

MOST_PROBLEMS = 100
_HIDDEN = object()


def fields(kind: Kind) -> Mapping[str, Field]:
    """Return the fields declared by name (those declared by pattern: see `field_of`)."""
    return _declared()[kind].properties


def field_of(kind: Kind, name: str) -> Field | None:
    """Return the declaration of a field; None when there is none."""
    return _declared()[kind].find(name)


def is_public(kind: Kind, name: str) -> bool:
    """Say whether everybody may see the field (of what is inside it, each part says so)."""
    found = field_of(kind, name)
    return found is not None and found.public


def copies() -> tuple[tuple[str, Field], ...]:
    """Return annotation and field of all that is copied into the processed crash."""
    found = fields("processed_crash").values()
    return tuple((each.source_annotation, each) for each in found if each.source_annotation)


def redact(kind: Kind, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of *document* is declared public, at every depth.

    A value of another type than the declared one is left out: nobody judged it.
    """
    found: dict[str, Any] = _redacted(_declared()[kind], dict(document))
    return found


def problems(kind: Kind, document: Mapping[str, Any]) -> list[str]:
    """Return where *document* is not as declared, at most 100 places; never a value of it."""
    found = []
    for place in _problems(_declared()[kind], dict(document), ""):
        found.append(place[:300])
        if len(found) == MOST_PROBLEMS:
            break
    return found


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
        parts = (_redacted(declared.items, part) for part in value)
        return [part for part in parts if part is not _HIDDEN]
    return value


def _shown(declared: Field, value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, part in value.items():
        inner = declared.find(name)
        shown = _HIDDEN if inner is None else _redacted(inner, part)
        if shown is not _HIDDEN:
            yield name, shown


def _problems(declared: Field, value: Any, place: str) -> Iterator[str]:
    if value is None:
        return
    if not declared.takes(value):
        yield f"{place or declared.name}: not of type {declared.type}"
    elif isinstance(value, dict) and (declared.properties or declared.patterns):
        for name, part in value.items():
            inner, there = declared.find(name), f"{place}.{name}".lstrip(".")
            if inner is not None:
                yield from _problems(inner, part, there)
            elif not declared.open:
                yield f"{there}: not declared"
    elif isinstance(value, list) and declared.items is not None:
        for number, part in enumerate(value):
            yield from _problems(declared.items, part, f"{place}[{number}]")


@cache
def _declared() -> Mapping[Kind, Field]:
    return load(Path(__file__).parent)
