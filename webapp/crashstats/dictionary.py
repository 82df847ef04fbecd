"""The data dictionary: every field, what it means, and who may see it. Holds no crash."""

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
        """Return public or protected."""
        return "public" if self.field.public else "protected"


class Chapter(NamedTuple):
    """All fields of one document."""

    kind: Kind
    title: str
    entries: list[Entry]


def dictionary(request: HttpRequest) -> HttpResponse:
    """List all fields."""
    chapters = [
        Chapter(kind, title, [_entry(each) for _, each in sorted(fields(kind).items())])
        for kind, title in TITLES.items()
    ]
    return render(request, "crashstats/dictionary.html", {"chapters": chapters})


def field(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """Show one field; the address stays the same as long as there is the field."""
    for known in get_args(Kind):
        found = field_of(known, name) if kind == known else None
        if found is not None:
            return render(request, "crashstats/field.html", _page(known, name, found))
    return errors.not_found(request)


def _page(kind: Kind, name: str, found: Field) -> dict[str, Any]:
    copied = [copy.name for source, copy in copies() if kind == "raw_crash" and source == name]
    return {
        "kind": kind,
        "title": TITLES[kind],
        "name": name,
        "entry": _entry(found),
        "copied_to": copied,
        "parts": [_entry(part) for part in found.inside()],
    }


def _entry(found: Field) -> Entry:
    return Entry(found.name, found, [_written(example) for example in found.examples])


def _written(example: Any) -> str:
    return example if isinstance(example, str) else json.dumps(example)
