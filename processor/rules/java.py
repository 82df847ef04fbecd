"""Java: stacks and exceptions, without the messages that may quote a user."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from processor.pipeline import Change, View, dicts, rule

MOST_LINES = 1000
MOST_EXCEPTIONS = 20
MOST_FRAMES = 500
LONGEST = 500  # characters of a line or a name

_NAME = r"[A-Za-z_$][\w$]{0,200}(?:[./][\w$-]{1,200}){1,30}"
_THROWN = re.compile(
    rf"\s*(Caused by: |Suppressed: )?(?:Exception in thread \"[^\"]{{0,100}}\" )?({_NAME})(?::.*)?",
    re.ASCII,
)
_FRAME = re.compile(
    rf"\s*(at {_NAME}(?:\.<(?:cl)?init>)?\([\w$. -]{{0,200}}(?::\d{{1,9}})?\))", re.ASCII
)
_MORE = re.compile(r"\s*(\.\.\. \d{1,9} more)")


@rule(reads=("JavaStackTrace",), writes=("java_stack_trace",))
def java_stack_trace(crash: View) -> Change:
    """Copy classes and frames of a Java stack; messages, on one or many lines, are left out."""
    text = crash.text("JavaStackTrace")
    if not text or not text.strip():
        return {"java_stack_trace": None}
    lines = text.strip().split("\n", MOST_LINES)[:MOST_LINES]
    public = list(_public_lines(lines))
    # A single word that looks like a class could be anything, private text included.
    if not _THROWN.fullmatch(lines[0][:LONGEST].rstrip()) or len(public) < 2:
        crash.note("JavaStackTrace is not in the expected format")
        return {"java_stack_trace": None}
    return {"java_stack_trace": "\n".join(public)}


@rule(reads=("JavaException",), writes=("java_exception",))
def java_exception(crash: View) -> Change:
    """Copy types and frames of Java exceptions, cause last; their messages are left out."""
    if not (crash.text("JavaException") or "").strip():
        return {"java_exception": None}
    values = _at(crash.json("JavaException"), "exception", "values")
    kept = [_exception(value) for value in dicts(values)[:MOST_EXCEPTIONS]]
    if not kept:
        crash.note("JavaException is not in the expected format")
        return {"java_exception": None}
    return {"java_exception": {"exception": {"values": kept}}}


def _public_lines(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        line = line[:LONGEST].rstrip()
        thrown = _THROWN.fullmatch(line)
        if thrown and (number == 0 or thrown[1]):
            yield (thrown[1] or "") + thrown[2]
        elif kept := _FRAME.fullmatch(line) or _MORE.fullmatch(line):
            yield f"\t{kept[1]}"


def _exception(value: Mapping[str, Any]) -> dict[str, Any]:
    frames = dicts(_at(value, "stacktrace", "frames"))[:MOST_FRAMES]
    return {
        "type": _name(value.get("type")),
        "module": _name(value.get("module")),
        "stacktrace": {"frames": [_frame(frame) for frame in frames]},
    }


def _frame(frame: Mapping[str, Any]) -> dict[str, Any]:
    line, in_app = frame.get("lineno"), frame.get("in_app")
    return {
        "module": _name(frame.get("module")),
        "function": _name(frame.get("function")),
        "filename": _name(frame.get("filename")),
        "lineno": line if isinstance(line, int) and not isinstance(line, bool) else None,
        "in_app": in_app if isinstance(in_app, bool) else None,
    }


def _name(value: object) -> str | None:
    return value[:LONGEST] if isinstance(value, str) else None


def _at(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
