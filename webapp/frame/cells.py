"""How values look in a table: escaped, numbers with thousands, names that wrap well."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from socorro.visible import visible
from webapp.crashstats.rows import breakable
from webapp.crashstats.templatetags.crash import moment_short
from webapp.frame.markup import safe

LONGEST = 300  # characters of a text in a cell; its title has more
MOST_TITLE = 2_000
NUMERIC = ("integer", "number")


def default(value: Any, schema: Mapping[str, Any], decimals: int | None = None) -> SafeString | str:
    """Write a value as its JSON Schema says; nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, datetime):
        return moment_short(value)
    if isinstance(value, int | float):
        return number(value, decimals, is_whole=_kind(schema) == "integer")
    if isinstance(value, list | tuple):
        return text(", ".join(str(item) for item in value))
    if isinstance(value, date):
        return format_html("<time>{}</time>", value.isoformat())
    return text(str(value))


def is_numeric(schema: Mapping[str, Any]) -> bool:
    """Return whether values are numbers, which are aligned on the right."""
    return _kind(schema) in NUMERIC


def number(value: float | None, decimals: int | None = None, is_whole: bool = False) -> str:
    """Write a number with thousands separated; without *decimals* as many as tell it apart."""
    if value is None:
        return ""
    if decimals is None:
        decimals = 0 if is_whole or abs(value) >= 100 else 1 if abs(value) >= 10 else 3
    return f"{value:,.{decimals}f}"


def text(value: str) -> SafeString:
    """Write a text that may wrap after `::`, `|` and `/`; a long one is cut, its title has more."""
    value = visible(value)
    if len(value) <= LONGEST:
        return breakable(value)
    shown = breakable(value[:LONGEST])
    return format_html('<span title="{}">{} …</span>', value[:MOST_TITLE], shown)


def link(shown: object, address: str, title: str = "") -> SafeString:
    """Write a link to a page of our own; *shown* is cut like a text, unless it is safe."""
    inner = shown if isinstance(shown, SafeString) else text(str(shown))
    titled = f' title="{safe(title[:MOST_TITLE])}"' if title else ""
    return mark_safe(f'<a href="{safe(address)}"{titled}>{inner}</a>')  # noqa: S308  escaped


def change(value: float | None, unit: str = "", decimals: int = 0, more_is: str = "") -> SafeString:
    """Write a change with ▲ or ▼; *more_is* worse or better gives it that colour."""
    if value is None:
        return SafeString("")
    if round(value, decimals) == 0:
        return format_html('<span class="quiet">±0{}</span>', unit)
    colours = {"worse": ("worse", "better"), "better": ("better", "worse")}
    colour = colours.get(more_is, ("", ""))[value < 0]
    sign, word = ("▲", "up") if value > 0 else ("▼", "down")
    spoken = format_html(
        '<span aria-hidden="true">{}</span><span class="hidden">{} </span>', sign, word
    )
    return format_html(
        '<span class="{}">{}\N{NO-BREAK SPACE}{}{}</span>',
        colour,
        spoken,
        number(abs(value), decimals),
        unit,
    )


def ratio(value: float | None, low: float | None, high: float | None) -> SafeString | str:
    """Write a ratio with its interval, on one line; without an upper end only how large it is."""
    if low is None:
        return ""
    if value is None or high is None:
        return f"at\N{NO-BREAK SPACE}least\N{NO-BREAK SPACE}{number(low, 2)}"
    ends = f"({number(low, 2)} to {number(high, 2)})".replace(" ", "\N{NO-BREAK SPACE}")
    return format_html('{}\N{NO-BREAK SPACE}<span class="quiet">{}</span>', number(value, 2), ends)


def under(*items: object) -> SafeString:
    """Write what narrow screens show below the first column instead of folded columns."""
    written = "\N{NO-BREAK SPACE}· ".join(safe(item) for item in items if item not in (None, ""))
    return mark_safe(f'<span class="under">{written}</span>')  # noqa: S308  escaped


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "string")
    return str(next((one for one in kind if one != "null"), "")) if isinstance(kind, list) else kind
