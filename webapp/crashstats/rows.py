"""Rows of a stack as HTML.

A large report has thousands of frames; a template took 70 microseconds of a row, this takes 15.
Everything that comes from a crash goes through `breakable` or `escape` on its way in.
"""

import re
from collections.abc import Sequence
from html import escape

from django.utils.safestring import SafeString, mark_safe

from webapp.crashstats.cycles import Stretch, stretches
from webapp.crashstats.sources import Source
from webapp.crashstats.stack import Call

MARK = (
    '<span class="mark" title="part of the signature">●</span>'
    '<span class="hidden">part of the signature: </span>'
)
BREAKS = ("::", "|", "/", "\\")
JAVA = re.compile(r"(?<=[a-z])\.(?=[A-Za-z][\w.]{0,200}\()")  # in a.b.Class.method(File.java)


def breakable(text: str) -> SafeString:
    """Escape a name and let it wrap after `::`, `|`, `/`, `\\` and Java's `.`, not inside words."""
    escaped = escape(text)
    for mark in BREAKS:
        if mark in escaped:
            escaped = escaped.replace(mark, f"{mark}<wbr>")
    if "(" in escaped:
        escaped = JAVA.sub(".<wbr>", escaped)
    return mark_safe(escaped)  # noqa: S308  escaped above; only <wbr> was added


def frame_rows(calls: Sequence[Call]) -> SafeString:
    """Return a table row for each call; what repeats is a body of its own, folded."""
    pieces = [_cycle(one) if one.repeats else _rows(one.calls) for one in stretches(calls)]
    return mark_safe("\n".join(pieces))  # noqa: S308  _row escapes


def _rows(calls: Sequence[Call], css: str = "") -> str:
    return "\n".join(_row(call, css) for call in calls)


def _cycle(stretch: Stretch) -> str:
    opened = " open" if stretch.hides_signature else ""
    return (
        f'</tbody><tbody class="cycle">{_rows(stretch.calls)}<tr><td class="number">↻</td>'
        f'<td class="fold"></td><td><details class="repeats"{opened}>'
        f"<summary>{stretch.sentence}</summary></details></td><td></td></tr>"
        f"{_rows(stretch.repeats, 'raw ')}</tbody><tbody>"
    )


def _row(call: Call, css: str = "") -> str:
    classes = f"{css}{call.role}".strip()
    role = f' class="{classes}"' if classes else ""
    inlined = " inlined" if call.is_inlined else ""
    return (
        f'<tr{role}><td class="number">{_number(call)}</td>'
        f'<td class="fold module">{breakable(call.module)}</td>'
        f'<td class="function{inlined}">{_function(call)}{_source(call.source)}{_reason(call)}</td>'
        f"{_trust(call)}</tr>"
    )


def _number(call: Call) -> str:
    if call.is_inlined:
        return f'<span class="quiet" title="inlined into frame {call.number}">↳</span>'
    return str(call.number) if call.number >= 0 else ""


def _function(call: Call) -> str:
    mark = MARK if call.role == "signature" else ""
    kind = "" if call.is_named else ' class="unknown"'
    times = f' <span class="times">&times; {call.times:,}</span>' if call.times > 1 else ""
    return f"{mark}<code{kind}>{breakable(call.function)}</code>{times}"


def _source(source: Source | None) -> str:
    if source is None:
        return ""
    whole, short = escape(source.text), breakable(source.short).replace("…/<wbr>", "…/")
    if not source.url:
        return f' <span class="source" title="{whole}">{short}</span>'
    address = escape(source.url)
    return f' <a class="source" href="{address}" rel="noreferrer" title="{whole}">{short}</a>'


def _reason(call: Call) -> str:
    """Return the reason for a call's role, folded, where an entry of a list decided it."""
    word = {"skipped": "ignored", "signature": "included"}.get(call.role)
    if not word or ":" not in call.reason:
        return ""
    return f'<details class="reason"><summary>{word}</summary>{escape(call.reason)}</details>'


def _trust(call: Call) -> str:
    if call.number < 0:
        return "<td></td>"
    weak, sign = (" weak", "? ") if call.is_weak else ("", "")
    name = escape(call.trust.replace("_", " ") or "unknown")
    return f'<td class="trust{weak}" title="{escape(call.trust_text)}">{sign}{name}</td>'
