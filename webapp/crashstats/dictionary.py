"""The data dictionary: every field, its meaning, and who may see it.

Reads no crash; the page of a public field has its most frequent values, by search.
"""

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple, get_args

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from socorro.fields import Field, Kind, copies, field_of
from webapp.context import context_of
from webapp.crashstats import errors, topics
from webapp.crashstats.top_values import is_counted, top_values

LONGEST_SEARCH = 100  # characters

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


class Group(NamedTuple):
    """The fields of one topic, by name."""

    anchor: str
    title: str
    entries: list[Entry]


class Chapter(NamedTuple):
    """The fields of one document that match, by topic."""

    kind: Kind
    title: str
    groups: list[Group]

    @property
    def size(self) -> int:
        """Return the number of fields."""
        return sum(len(group.entries) for group in self.groups)


def dictionary(request: HttpRequest) -> HttpResponse:
    """List all fields by topic, or those that match ?search=."""
    text = request.GET.get("search", "")[:LONGEST_SEARCH].strip()
    words = text.lower().split()
    chapters, written = _every_field() if not words else _matching(words)
    context = {
        "chapters": chapters,
        "fields": written,
        "count": sum(chapter.size for chapter in chapters),
        "search": text,
        "longest_search": LONGEST_SEARCH,
        "nearest": topics.nearest(text) if text else [],
    }
    return render(request, "crashstats/dictionary.html", context)


def field(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """Show one field; its address stays the same for as long as the field exists."""
    for document in get_args(Kind):
        declared = field_of(document, name) if kind == document else None
        if declared is not None:
            context = _page(document, name, declared)
            if document == "processed_crash" and is_counted(name):
                # A field that everybody may see, in crashes of everybody: no permission is asked.
                engine = context_of(request).search
                context["top"] = top_values(engine, name, datetime.now(UTC))
            return render(request, "crashstats/field.html", context)
    return errors.not_found(request)


@lru_cache(maxsize=1)
def _every_field() -> tuple[list[Chapter], SafeString]:
    """Return all fields, as HTML too: fields change with the code only, and there are hundreds."""
    return _matching([])


def _matching(words: list[str]) -> tuple[list[Chapter], SafeString]:
    chapters = [
        _chapter("processed_crash", topics.grouped_processed(), words),
        _chapter("raw_crash", topics.grouped_raw(), words),
    ]
    shown = [chapter for chapter in chapters if chapter.groups]
    return shown, render_to_string("crashstats/dictionary_fields.html", {"chapters": shown})


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


def _chapter(kind: Kind, groups: dict[str, list[Field]], words: list[str]) -> Chapter:
    matching = [
        Group(f"{kind}-{number}", title, [_entry(field) for field in members])
        for number, (title, fields) in enumerate(groups.items())
        if (members := sorted((one for one in fields if topics.matches(one, words)), key=_name))
    ]
    return Chapter(kind, TITLES[kind], matching)


def _name(field: Field) -> str:
    return field.name


def _entry(field: Field) -> Entry:
    return Entry(field.name, field, [_as_text(example) for example in field.examples])


def _as_text(example: Any) -> str:
    return example if isinstance(example, str) else json.dumps(example)
