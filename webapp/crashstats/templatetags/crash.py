"""Filters: how times, numbers, and long names are written."""

from datetime import UTC, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from webapp.crashstats import rows
from webapp.crashstats.reading import duration

register = template.Library()

SHOWN = 300  # characters of a long value; the rest unfolds
MOST = 20_000  # characters of a value that a page carries at all


register.filter("frame_rows", rows.frame_rows)


@register.filter
def breakable(value: object) -> SafeString:
    """Let a name wrap after `::`, `|`, `/` and `\\`, and nowhere inside its words."""
    return rows.breakable(str(value))


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """Write a time as `2026-11-23 14:05 UTC`, its seconds in reach."""
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
    """Write a number with thousands apart; a missing one as nothing."""
    return "" if value is None else f"{value:,}"


@register.filter
def clipped(value: str) -> SafeString:
    """Write a long value so that its beginning shows and the whole unfolds."""
    if len(value) <= SHOWN:
        return breakable(value)
    whole = breakable(value[:MOST])
    cut = f" … {len(value) - MOST:,} characters more in the raw data" if len(value) > MOST else ""
    return format_html(
        "<details><summary>{} … <span class=quiet>({} characters)</span></summary>"
        "<div class=whole>{}{}</div></details>",
        breakable(value[:SHOWN]), f"{len(value):,}", whole, cut,
    )  # fmt: skip


@register.filter
def moment_short(value: datetime) -> SafeString:
    """Write a time for a column whose head says UTC."""
    utc = value.astimezone(UTC)
    return format_html(
        '<time datetime="{}">{}</time>',
        utc.isoformat(timespec="seconds"),
        f"{utc:%Y-%m-%d %H:%M}",
    )


@register.filter
def span(seconds: float) -> str:
    """Write a length of time."""
    return duration(int(seconds))
