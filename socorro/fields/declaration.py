"""Reads the declarations of fields, and refuses wrong ones: a typing error shall not open a field.

Every annotation is declared once: in processed_crash.yaml when it is copied there, and with
that in the raw crash too, where it is text, with the same permission; else in raw_crash.yaml.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

Kind = Literal["raw_crash", "processed_crash"]
Search = Literal["keyword", "text", "integer", "number", "boolean", "date", "none"]

TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}
LONGEST_TEXT = 10_000  # characters of a copied string, unless declared otherwise
LONGEST_JSON = 200_000  # characters of an object or array that is sent as JSON

_WORDS = {
    "description", "examples", "type", "permission", "source_annotation", "search", "maxLength",
    "properties", "patternProperties", "additionalProperties", "items",
}  # fmt: skip
_SEARCHES: Mapping[str, Search] = {
    "string": "keyword", "integer": "integer", "number": "number", "boolean": "boolean",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One field, or one level of a nested one."""

    name: str
    type: str
    description: str = ""
    examples: tuple[Any, ...] = ()
    public: bool = False
    source_annotation: str | None = None
    search: Search = "none"  # how it is indexed
    max_length: int = LONGEST_TEXT  # characters of the annotation that it is copied from
    properties: Mapping[str, "Field"] = field(default_factory=dict)
    patterns: tuple[tuple[re.Pattern[str], "Field"], ...] = ()
    items: "Field | None" = None
    open: bool = False  # it may hold names that are not declared; nobody sees them

    def find(self, name: str) -> "Field | None":
        """Return the field of that name inside this object; None when it is not declared."""
        if name in self.properties:
            return self.properties[name]
        return next((found for pattern, found in self.patterns if pattern.fullmatch(name)), None)

    def inside(self) -> "Iterator[Field]":
        """Go through all that is declared inside this field; their names are whole paths."""
        parts = [*self.properties.values(), *(part for _, part in self.patterns)]
        for part in [*parts, self.items] if self.items else parts:
            yield part
            yield from part.inside()

    def takes(self, value: object) -> bool:
        """Say whether *value* is of the declared type, on its outermost level."""
        if isinstance(value, bool):
            return self.type == "boolean"
        return isinstance(value, TYPES[self.type])


def load(folder: Path) -> Mapping[Kind, Field]:
    """Return what is declared in the files of *folder*. Raises ValueError for what is wrong."""
    raw = _root("raw_crash", (folder / "raw_crash.yaml").read_text())
    processed = _root("processed_crash", (folder / "processed_crash.yaml").read_text())
    sources = {}
    for found in processed.properties.values():
        name = found.source_annotation
        if name is None:
            continue
        if name in sources or name in raw.properties:
            raise ValueError(f"{name}: declared twice")
        sources[name] = Field(
            name, "string", found.description, tuple(map(_as_sent, found.examples)), found.public
        )
    # Only the processed crash is searched.
    unsearched = {name: replace(found, search="none") for name, found in raw.properties.items()}
    properties: dict[str, Field] = {**unsearched, **sources}
    return {"raw_crash": replace(raw, properties=properties), "processed_crash": processed}


def read(name: str, told: Mapping[str, Any], level: int = 1, is_open: bool = False) -> Field:
    """Return one declaration; *level* 0 is the document, 1 its fields.

    Raises ValueError for a word, type or permission that is none.
    """
    _check_words(name, told, level)
    kind, items = told["type"], told.get("items")
    is_open = told.get("additionalProperties", is_open)
    path = f"{name}." if level else ""
    inner = None if items is None else read(f"{name}[]", items, level + 1, is_open)
    found = Field(
        name=name,
        type=kind,
        description=told.get("description", ""),
        examples=tuple(told.get("examples", ())),
        public=told.get("permission") == "public",
        source_annotation=told.get("source_annotation"),
        search=told.get("search") or (_searched(kind, inner) if level == 1 else "none"),
        max_length=told.get("maxLength", LONGEST_TEXT if kind == "string" else LONGEST_JSON),
        properties={
            key: read(f"{path}{key}", part, level + 1, is_open)
            for key, part in told.get("properties", {}).items()
        },
        patterns=tuple(
            (re.compile(key), read(f"{path}{key}", part, level + 1, is_open))
            for key, part in told.get("patternProperties", {}).items()
        ),
        items=inner,
        open=is_open,
    )
    if not all(found.takes(example) for example in found.examples):
        raise ValueError(f"{name}: an example is not of type {kind}")
    return found


def _root(kind: Kind, text: str) -> Field:
    told = _StrictLoader(text).get_single_data()
    return read(kind, {"type": "object", "permission": "public", **told}, level=0)


def _check_words(name: str, told: Mapping[str, Any], level: int) -> None:
    if not isinstance(told, dict) or not _WORDS.issuperset(told):
        raise ValueError(f"{name}: not a declaration: {sorted(told)}")
    if told.get("permission", "protected") not in ("public", "protected"):
        raise ValueError(f"{name}: permission is public or protected")
    if told.get("type") not in TYPES:
        raise ValueError(f"{name}: its type is none: {told.get('type')}")
    if told.get("search", "none") not in get_args(Search):
        raise ValueError(f"{name}: search is none of {get_args(Search)}")
    if "source_annotation" in told and not (
        level == 1 and isinstance(told["source_annotation"], str)
    ):
        raise ValueError(f"{name}: source_annotation is a name, at the top level")
    most = told.get("maxLength", 1)
    if not isinstance(most, int) or most < 1:
        raise ValueError(f"{name}: maxLength is a number of characters")
    if level == 1 and not (told.get("description") and told.get("examples")):
        raise ValueError(f"{name}: a description and examples are missing")


def _searched(kind: str, items: Field | None) -> Search:
    """Return how a field is indexed that does not say so: lists by what they hold."""
    return _SEARCHES.get(items.type if kind == "array" and items else kind, "none")


def _as_sent(example: Any) -> str:
    """Return an example of a typed copy as the client sends it."""
    if isinstance(example, bool):
        return "1" if example else "0"
    return str(example)


class _StrictLoader(yaml.CSafeLoader):
    """YAML in which no name is declared twice: elsewhere the last one silently wins."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping of *node*. Raises ValueError for a name that occurs twice."""
        names = [key.value for key, _ in node.value]
        for name in set(names):
            if names.count(name) > 1:
                raise ValueError(f"{name}: declared twice")
        return super().construct_mapping(node, deep)
