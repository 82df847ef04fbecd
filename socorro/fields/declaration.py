"""Reads the declarations of fields, and refuses wrong ones: a typing error must not open a field.

Every annotation is declared once. A copied one is declared in processed_crash.yaml, which declares
it in the raw crash, too, as text with the same permission; others are in raw_crash.yaml.
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
    open: bool = False  # may contain names that are not declared; nobody sees them

    def find(self, name: str) -> "Field | None":
        """Return the field of that name inside this object; None when it is not declared."""
        if name in self.properties:
            return self.properties[name]
        return next((inner for pattern, inner in self.patterns if pattern.fullmatch(name)), None)

    def inside(self) -> "Iterator[Field]":
        """Yield all fields declared inside this one; their names are whole paths."""
        children = [*self.properties.values(), *(child for _, child in self.patterns)]
        for child in [*children, self.items] if self.items else children:
            yield child
            yield from child.inside()

    def takes(self, value: object) -> bool:
        """Return whether *value* is of the declared type, on its outermost level."""
        if isinstance(value, bool):
            return self.type == "boolean"
        return isinstance(value, TYPES[self.type])


def load(folder: Path) -> Mapping[Kind, Field]:
    """Return what is declared in the files of *folder*. Raises ValueError for what is wrong."""
    raw = _root("raw_crash", (folder / "raw_crash.yaml").read_text())
    processed = _root("processed_crash", (folder / "processed_crash.yaml").read_text())
    sources = {}
    for copy in processed.properties.values():
        name = copy.source_annotation
        if name is None:
            continue
        if name in sources or name in raw.properties:
            raise ValueError(f"{name}: declared twice")
        sources[name] = Field(
            name, "string", copy.description, tuple(map(_as_sent, copy.examples)), copy.public
        )
    # Only the processed crash is searched.
    unsearched = {name: replace(sent, search="none") for name, sent in raw.properties.items()}
    properties: dict[str, Field] = {**unsearched, **sources}
    return {"raw_crash": replace(raw, properties=properties), "processed_crash": processed}


def read(name: str, entry: Mapping[str, Any], level: int = 1, is_open: bool = False) -> Field:
    """Return one declaration; *level* 0 is the document, 1 its fields.

    Raises ValueError for an unknown word, type or permission.
    """
    _check_words(name, entry, level)
    kind, items = entry["type"], entry.get("items")
    is_open = entry.get("additionalProperties", is_open)
    path = f"{name}." if level else ""
    inner = None if items is None else read(f"{name}[]", items, level + 1, is_open)
    declared = Field(
        name=name,
        type=kind,
        description=entry.get("description", ""),
        examples=tuple(entry.get("examples", ())),
        public=entry.get("permission") == "public",
        source_annotation=entry.get("source_annotation"),
        search=entry.get("search") or (_searched(kind, inner) if level == 1 else "none"),
        max_length=entry.get("maxLength", LONGEST_TEXT if kind == "string" else LONGEST_JSON),
        properties={
            key: read(f"{path}{key}", child, level + 1, is_open)
            for key, child in entry.get("properties", {}).items()
        },
        patterns=tuple(
            (re.compile(key), read(f"{path}{key}", child, level + 1, is_open))
            for key, child in entry.get("patternProperties", {}).items()
        ),
        items=inner,
        open=is_open,
    )
    if not all(declared.takes(example) for example in declared.examples):
        raise ValueError(f"{name}: an example is not of type {kind}")
    return declared


def _root(kind: Kind, text: str) -> Field:
    document = _StrictLoader(text).get_single_data()
    return read(kind, {"type": "object", "permission": "public", **document}, level=0)


def _check_words(name: str, entry: Mapping[str, Any], level: int) -> None:
    if not isinstance(entry, dict) or not _WORDS.issuperset(entry):
        raise ValueError(f"{name}: not a declaration: {sorted(entry)}")
    if entry.get("permission", "protected") not in ("public", "protected"):
        raise ValueError(f"{name}: permission must be public or protected")
    if entry.get("type") not in TYPES:
        raise ValueError(f"{name}: unknown type {entry.get('type')}")
    if entry.get("search", "none") not in get_args(Search):
        raise ValueError(f"{name}: search must be one of {', '.join(get_args(Search))}")
    if "source_annotation" in entry and not (
        level == 1 and isinstance(entry["source_annotation"], str)
    ):
        raise ValueError(f"{name}: source_annotation must be a name, at the top level")
    most = entry.get("maxLength", 1)
    if not isinstance(most, int) or most < 1:
        raise ValueError(f"{name}: maxLength must be a positive number of characters")
    if level == 1 and not (entry.get("description") and entry.get("examples")):
        raise ValueError(f"{name}: needs a description and examples")


def _searched(kind: str, items: Field | None) -> Search:
    """Return how a field is indexed by default; a list is indexed like its items."""
    return _SEARCHES.get(items.type if kind == "array" and items else kind, "none")


def _as_sent(example: Any) -> str:
    """Return an example of a typed copy as the client sends it."""
    if isinstance(example, bool):
        return "1" if example else "0"
    return str(example)


class _StrictLoader(yaml.CSafeLoader):
    """YAML that refuses a name declared twice, where plain YAML silently keeps the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping of *node*. Raises ValueError for a name that occurs twice."""
        names = [key.value for key, _ in node.value]
        for name in set(names):
            if names.count(name) > 1:
                raise ValueError(f"{name}: declared twice")
        return super().construct_mapping(node, deep)
