"""The data dictionary: every field, its meaning, and who may see it. Reads no crash."""

import json
from typing import Any, NamedTuple, get_args

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socorro.fields import Field, Kind, copies, field_of, fields
from webapp.crashstats import errors

TITLES: dict[Kind, str] = {
    "processed_crash": "Processed crash",
    "raw_crash": "Raw crash",
}


class Entry(NamedTuple):
    """One field as the dictionary shows it."""

    name: str
    field: Field
    examples: list[str]

    @property
    def permission(self) -> str:
        """Either "public" or "protected"."""
        return "public" if self.field.public else "protected"


class Chapter(NamedTuple):
    """All fields of one document."""

    kind: Kind
    title: str
    entries: list[Entry]


def dictionary(request: HttpRequest) -> HttpResponse:
    """List all fields."""
    chapters = [
        Chapter(kind, title, [_entry(field) for _, field in sorted(fields(kind).items())])
        for kind, title in TITLES.items()
    ]
    return render(request, "crashstats/dictionary.html", {"chapters": chapters})


def field(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """Show one field; its address stays the same for as long as the field exists."""
    for document in get_args(Kind):
        declared = field_of(document, name) if kind == document else None
        if declared is not None:
            return render(request, "crashstats/field.html", _page(document, name, declared))
    return errors.not_found(request)


def _page(kind: Kind, name: str, field: Field) -> dict[str, Any]:
    copied = [copy.name for source, copy in copies() if kind == "raw_crash" and source == name]
    return {
        "kind": kind,
        "title": TITLES[kind],
        "name": name,
        "entry": _entry(field),
        "copied_to": copied,
        "inner": [_entry(inner) for inner in field.inside()],
    }


def _entry(field: Field) -> Entry:
    return Entry(field.name, field, [_as_text(example) for example in field.examples])


def _as_text(example: Any) -> str:
    return example if isinstance(example, str) else json.dumps(example)
