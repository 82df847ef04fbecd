"""The one declaration of every field: what it is, and who may see it.

raw_crash.yaml and processed_crash.yaml are written in the words of JSON Schema (properties,
patternProperties, items, type, description, maxLength) and two of our own:

* permission: public or protected. What does not say so is protected, what is not declared is
  not shown at all; inside an object or a list, every level says for itself.
* source_annotation: the field is a copy of that annotation, in the type declared here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Kind = Literal["raw_crash", "processed_crash"]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}
_WORDS = {
    "description", "type", "permission", "source_annotation", "maxLength", "properties",
    "patternProperties", "items",
}  # fmt: skip
_HIDDEN = object()


@dataclass(frozen=True)
class Field:
    """One field, or one level of a nested one."""

    name: str
    type: str
    description: str = ""
    public: bool = False
    source_annotation: str | None = None
    max_length: int = 10_000  # characters of a copy
    properties: Mapping[str, "Field"] = field(default_factory=dict)
    patterns: tuple[tuple[re.Pattern[str], "Field"], ...] = ()
    items: "Field | None" = None

    def find(self, name: str) -> "Field | None":
        """Return the field of that name inside this object; None when it is not declared."""
        if name in self.properties:
            return self.properties[name]
        return next((found for pattern, found in self.patterns if pattern.fullmatch(name)), None)


def fields(kind: Kind) -> Mapping[str, Field]:
    """Return the fields declared by name (those declared by pattern: see `field_of`)."""
    return _declared(kind).properties


def field_of(kind: Kind, name: str) -> Field | None:
    """Return the declaration of a field; None when there is none."""
    return _declared(kind).find(name)


def is_public(kind: Kind, name: str) -> bool:
    """Say whether everybody may see the field (of what is inside it, each part says so)."""
    found = field_of(kind, name)
    return found is not None and found.public


def redact(kind: Kind, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of *document* is declared public, at every depth.

    A value of another type than the declared one is left out: nobody judged it.
    """
    found: dict[str, Any] = _redacted(_declared(kind), dict(document))
    return found


def _redacted(declared: Field, value: Any) -> Any:
    """Return the public part of *value*, or _HIDDEN."""
    if not declared.public:
        return _HIDDEN
    if value is None:
        return None
    if not isinstance(value, _TYPES[declared.type]):
        return _HIDDEN
    if isinstance(value, bool) and declared.type != "boolean":
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


@cache
def _declared(kind: Kind) -> Field:
    text = (Path(__file__).parent / f"{kind}.yaml").read_text()
    document = yaml.safe_load(text)
    return _read(kind, {"type": "object", "permission": "public", **document})


def _read(name: str, told: Mapping[str, Any]) -> Field:
    """Return a declaration. Raises ValueError for a word, type or permission that is none."""
    permission = told.get("permission", "protected")
    if not _WORDS.issuperset(told) or permission not in ("public", "protected"):
        raise ValueError(f"{name}: not a declaration: {sorted(told)}, {permission}")
    if told.get("type") not in _TYPES:
        raise ValueError(f"{name}: its type is none: {told.get('type')}")
    items = told.get("items")
    return Field(
        name=name,
        type=told["type"],
        description=told.get("description", ""),
        public=permission == "public",
        source_annotation=told.get("source_annotation"),
        max_length=told.get("maxLength", Field.max_length),
        properties={
            key: _read(f"{name}.{key}", inner) for key, inner in told.get("properties", {}).items()
        },
        patterns=tuple(
            (re.compile(key), _read(f"{name}.{key}", inner))
            for key, inner in told.get("patternProperties", {}).items()
        ),
        items=None if items is None else _read(f"{name}[]", items),
    )
