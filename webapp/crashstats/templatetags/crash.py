"""Filters: the format of times, numbers and long names."""

import re
from datetime import UTC, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from socorro.visible import visible
from webapp.charts import markup
from webapp.crashstats import rows
from webapp.crashstats.reading import duration
from webapp.frame.markup import options, safe, table_rows

register = template.Library()

SHOWN = 300  # characters of a long value; the rest unfolds
MOST = 20_000  # characters of a value that a page carries at all
DATE = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d)?(?: UTC)?")
NEXT_WORD = re.compile("(?<=[a-z])(?=[A-Z])")  # in AvailablePhysicalMemory


register.filter("frame_rows", rows.frame_rows)
register.filter("chart_columns", markup.columns)
register.filter("chart_rows", markup.rows)
register.filter("options", options)
register.filter("table_rows", table_rows)


@register.filter
def breakable(value: object) -> SafeString:
    """Let a name wrap after `::`, `|`, `/` and `\\`, and nowhere inside its words."""
    return rows.breakable(str(value))


@register.filter
def field_name(value: str) -> SafeString:
    """Let the name of a field wrap after `_` and `.`, and before its next word, too."""
    escaped = NEXT_WORD.sub("<wbr>", rows.breakable(value))
    for mark in "_.":
        escaped = escaped.replace(mark, f"{mark}<wbr>")
    return mark_safe(escaped)  # noqa: S308  breakable escapes


@register.filter
def ticked(value: object) -> SafeString:
    """Write a sentence; what is between backticks is a command."""
    pieces = [rows.breakable(visible(piece)) for piece in str(value).split("`")]
    if len(pieces) % 2 == 0:
        return rows.breakable(visible(value))
    marked = [f"<code>{piece}</code>" if at % 2 else piece for at, piece in enumerate(pieces)]
    return mark_safe("".join(marked))  # noqa: S308  breakable escapes


@register.filter
def together(value: object) -> SafeString:
    """Write a sentence; its dates, e-mail, and % with what is before it, stay on one line."""
    text = re.sub(r"(?<=[\d,]) %", "\N{NO-BREAK SPACE}%", safe(value))
    text = text.replace("e-mail", "e\N{NON-BREAKING HYPHEN}mail")
    return mark_safe(DATE.sub(r"<time>\g<0></time>", text))  # noqa: S308  safe escapes


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """Write a time as `2026-11-23 14:05 UTC`, with seconds in the tooltip."""
    if value is None:
        return ""
    utc = value.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        utc.isoformat(timespec="seconds"),
        f"{utc:%Y-%m-%d %H:%M:%S} UTC",
        f"{utc:%Y-%m-%d %H:%M} UTC",
    )


@register.filter
def thousands(value: int | None) -> str:
    """Write a number with thousands separated; a missing one as nothing."""
    return "" if value is None else f"{value:,}"


@register.filter
def whole(value: float | None) -> str:
    """Write an estimate as a whole number, with thousands separated."""
    return "" if value is None else f"{round(value):,}"


@register.filter
def clipped(value: str) -> SafeString:
    """Write the beginning of a long value; the rest unfolds."""
    if len(value) <= SHOWN:
        return breakable(value)
    whole = breakable(value[:MOST])
    left = len(value) - MOST
    cut = f" … {left:,} more character{'s' * (left != 1)} in the raw data" if left > 0 else ""
    return format_html(
        "<details><summary>{} … <span class=quiet>({} characters)</span></summary>"
        "<div class=whole>{}{}</div></details>",
        breakable(value[:SHOWN]), f"{len(value):,}", whole, cut,
    )  # fmt: skip


@register.filter
def moment_short(value: datetime) -> SafeString:
    """Write a time for a column whose heading says UTC."""
    utc = value.astimezone(UTC)
    return mark_safe(  # noqa: S308  digits
        f'<time datetime="{utc.isoformat(timespec="seconds")}">{utc:%Y-%m-%d %H:%M}</time>'
    )


@register.filter
def span(seconds: float) -> str:
    """Write a duration."""
    return duration(int(seconds))
