"""The hits as a table: the chosen columns order by link, the first cell leads to the crash."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from socorro.search.interface import Result, SearchField
from webapp.crashstats.templatetags.crash import field_name
from webapp.frame import cells
from webapp.frame.tables import Cell, Heading, Table
from webapp.search import elsewhere
from webapp.search.address import first_page, until, url, without
from webapp.search.search import CRASH_ID, Search

LONGEST: Final = 120  # characters of a text in a cell
LONGEST_WORD: Final = 20  # characters that are not broken: an address
_WORD_ENDS: Final = re.compile(r"[\s_|/@-]+|::")
LAST_SECOND: Final = 253_402_300_799  # of the year 9999
NUMBERS: Final = ("integer", "number")
_KINDS: Final = {"crash_id": "mono", "signature": "signature"}  # classes

Column = tuple[str, SearchField]


def table(path: str, search: Search, result: Result) -> Table:
    """Return the table of a page of hits."""
    request = search.request
    columns = columns_of(search)
    return Table(
        caption=_caption(search, result),
        as_of=None,
        headings=[
            _heading(path, search, column, at not in (0, _wide(columns)))
            for at, column in enumerate(columns)
        ],
        rows=[_row(columns, hit) for hit in result.hits],
        csv=elsewhere.hits_csv(path, search.whole, result.total),
        api=elsewhere.rest(search.whole),
        command=elsewhere.command(search.whole),
        older=_next_page(path, search, result),
        first=url(path, first_page(search.pairs)) if _is_later(search) else "",
        total=result.total if request.query.offset or result.cursor else None,
    )


def columns_of(search: Search) -> list[Column]:
    """Return the columns; one that leads to the crash is always there."""
    columns = list(search.request.columns)
    if not any(field == CRASH_ID for _, field in columns):
        columns.insert(0, ("", CRASH_ID))
    return columns


def _is_later(search: Search) -> bool:
    query = search.request.query
    return bool(query.offset or query.after)


def _caption(search: Search, result: Result) -> str:
    query = search.request.query
    dates = f"{query.start:%Y-%m-%d %H:%M} to {query.end:%Y-%m-%d %H:%M} UTC"
    if query.after or not result.hits:
        return f"Crashes submitted {dates}"
    first, last = query.offset + 1, query.offset + len(result.hits)
    return f"Crashes {first:,} to {last:,} of {result.total:,}, submitted {dates}"


def _next_page(path: str, search: Search, result: Result) -> str:
    query = search.request.query
    if result.cursor is None or query.after:
        return ""
    kept = without(search.pairs, "_results_offset", "_old", "_rows")
    offset = str(query.offset + len(result.hits))
    pinned = until(kept, query.end) if query.end == search.now else kept
    return url(path, (*pinned, ("_results_offset", offset)))


def _heading(path: str, search: Search, column: Column, folds: bool) -> Heading:
    name, field = column
    css = " ".join(filter(None, ("number" * (field.type in NUMBERS), "fold" * folds)))
    if not name:
        return Heading("crash", "", css, "", "")
    if field.is_list:
        return Heading(field_name(name), field.description, css, "", "")
    keys = search.request.query.sort
    current = keys[0] if keys and keys[0].field == field else None
    largest_first = not current.descending if current else field.type in ("date", *NUMBERS)
    order = ("descending" if current.descending else "ascending") if current else ""
    kept = without(first_page(search.pairs), "_sort")
    address = url(path, (*kept, ("_sort", f"{'-' * largest_first}{name}")))
    return Heading(field_name(name), field.description, css, address, order)


def _wide(columns: list[Column]) -> int:
    """Return the column that narrow screens keep beside the first: the signature, or the second."""
    names = [field.name for _, field in columns]
    return names.index("signature") if "signature" in names else min(1, len(names) - 1)


def _css(field: SearchField, value: Any, folds: bool) -> str:
    kind = "number" if field.type in NUMBERS else _KINDS.get(field.name, "")
    if not folds:
        return kind
    return " ".join(filter(None, (kind, "fold", "short" if _is_short(value) else "")))


def _row(columns: list[Column], hit: Mapping[str, Any]) -> list[Cell]:
    wide = _wide(columns)
    written = [_written(field, hit[field.name]) for _, field in columns]
    folded = [at for at in range(len(columns)) if at not in (0, wide)]
    below = cells.under(*(_named(columns[at], written[at]) for at in folded))
    if columns[0][1] != CRASH_ID:
        address = reverse("report", args=[hit[CRASH_ID.name]])
        written[0] = cells.link(written[0] or "(no value)", address)
    written[wide] = format_html("{}{}", written[wide], below)
    return [
        Cell(html, _css(field, hit[field.name], at not in (0, wide)))
        for at, (html, (_, field)) in enumerate(zip(written, columns, strict=True))
    ]


def _named(column: Column, text: SafeString | str) -> SafeString | str:
    """Write a folded value, which has no heading; a number has its field."""
    name, field = column
    return format_html("{} {}", name, text) if text and field.type in NUMBERS else text


def _is_short(value: Any) -> bool:
    """Return whether a value is kept on one line: the name of a system."""
    return isinstance(value, str) and len(value) <= LONGEST_WORD and " " in value


def _written(field: SearchField, value: Any) -> SafeString | str:
    """Write a value; nothing where a crash has none."""
    if value is None:
        return ""
    if field == CRASH_ID:
        return cells.link(str(value)[:8], reverse("report", args=[value]), str(value))
    if field.name == "signature" and value:
        return cells.link(str(value), f"{reverse('signature')}?{_query(str(value))}")
    if isinstance(value, datetime):
        return cells.default(value, {})
    if isinstance(value, bool):
        return "true" if value else "false"
    if field.name.endswith("_time") and isinstance(value, int):
        return _seconds(value)
    if isinstance(value, list | tuple):
        value = ", ".join(str(item) for item in value)
    if isinstance(value, str):
        return _text(value)
    schema = {"type": field.type if field.type in NUMBERS else "string"}
    return cells.default(value, schema)


def _seconds(value: int) -> SafeString | str:
    """Write seconds since 1970, such as install_time, as digits; their UTC time is the title."""
    if not 0 <= value <= LAST_SECOND:
        return str(value)
    title = f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC"
    return format_html('<span title="{}">{}</span>', title, str(value))


def _text(value: str) -> SafeString:
    """Write a text; of a long one its beginning: the report has all of it.

    It wraps between words and after _ and @; only a word that no column bears is broken.
    """
    text = mark_safe(cells.text(value[:LONGEST]).replace("_", "_<wbr>").replace("@", "@<wbr>"))  # noqa: S308  escaped
    if max(map(len, _WORD_ENDS.split(value[:LONGEST]))) > LONGEST_WORD:
        text = format_html('<span class="breaks">{}</span>', text)
    if len(value) <= LONGEST:
        return text
    return format_html('<span title="{}">{} …</span>', value[:2000], text)


def _query(signature: str) -> str:
    return url("", (("signature", signature),)).removeprefix("?")
