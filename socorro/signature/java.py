"""Java exceptions: what of them is public, and the signatures made from that. Pure.

    java.io.IOException: open failed: notes.pdf             class: message
    second line of the message
        at org.example.View.draw(View.java:120)             the method
    Caused by: java.lang.IllegalStateException: again       class of a cause: message

Messages quote what users had open, so both forms, the text of a stack trace and Sentry's JSON, are
reduced to classes and frames before anything else reads them. A text line that is neither the class
of an exception nor a frame is part of a message. So is a name that no compiler writes. The method's
line number is removed from the signature: it differs from build to build.

Only signatures in the style of 2012 have messages, as they had then.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from socorro.fields.coerce import json_value
from socorro.signature.names.jvm import without_numbers
from socorro.signature.normalize import FOLDER
from socorro.signature.stack import LONGEST as LONGEST_SIGNATURE

BAD_FORMAT = "EMPTY: Java stack trace not in expected format"

MOST_LINES = 1000
MOST_EXCEPTIONS = 20
MOST_FRAMES = 500
LONGEST = 500  # characters of a line or a name
LONGEST_TRACE = 100_000  # characters
LONGEST_JSON = 2**20

_NOT_EXPECTED = "JavaStackTrace is not in the expected format"

# A class: in a package and with a capital letter, as compilers write it (org.example.Fault), or
# renamed by a code shrinker (a.ab.c), or called an error. Names of files look like the rest, also
# those of three letters (my.pdf).
_CLASS = (
    r"(?:[A-Za-z_$][\w$]{0,200}(?:[./][\w$-]{1,200}){0,29}[./][A-Z_$][\w$-]{0,200}"
    r"|[a-z]\w{0,2}(?:\.[a-z]\w{0,2}){0,8}\.[a-z]\w?(?:\$[\w$]{1,20})?"
    r"|[A-Z_$][\w$]{0,200}(?:Exception|Error|Throwable|Failure))"
)
_METHOD = r"[A-Za-z_$][\w$]{0,200}(?:[./][\w$-]{1,200}){1,30}"
_SOURCE = (
    r"(?:Native Method|Unknown Source|Compiled Code|[\w$-]{0,200}"
    r"|[\w$.-]{1,200}\.(?:java|kts?|scala|groovy|cljc?|aj|js))"
)
_THROWN = re.compile(
    rf"\s*(Caused by: |Suppressed: |Wrapped by: )?"
    rf"(?:Exception in thread \"[^\"]{{0,100}}\" )?({_CLASS})(?::.*)?",
    re.ASCII,
)
_FRAME = re.compile(
    # The class loader, the module and its version come first; a logger's list of JARs comes last.
    rf"\s*(at (?:[\w.$-]{{1,100}}(?:@[\w.+-]{{1,50}})?//?){{0,2}}{_METHOD}(?:\.<(?:cl)?init>)?"
    rf"\({_SOURCE}(?::\d{{1,9}})?\))(?: ~?\[[^\]]{{0,200}}\])?",
    re.ASCII,
)
_MORE = re.compile(r"\s*(\.\.\. \d{1,9} (?:more|common frames omitted))")
_LINE = re.compile(r":[0-9]+\)")
# Where a class's file would be, R8 writes which build it is of.
_OF_BUILD = re.compile(r"(?<=\(r8-map-id)-[0-9a-f]{1,64}(?=[:)])")
_LINE_2012 = re.compile(r"\.(java|kt):[0-9]+\)")
_IDENTIFIER = re.compile(r"[\w$.<>-]+")
_FILE = re.compile(_SOURCE)


def public_trace(text: str) -> str | None:
    """Return the classes and frames of a stack trace; None when it is not in the expected format.

    A single word that looks like a class could be anything, so there must be a second line.
    """
    lines = text.strip().split("\n", MOST_LINES)[:MOST_LINES]
    if not _THROWN.fullmatch(lines[0][:LONGEST].rstrip()):
        return None
    public = list(_public_lines(lines))
    return "\n".join(public) if len(public) > 1 else None


def _public_lines(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        line = line[:LONGEST].rstrip()
        thrown = _THROWN.fullmatch(line)
        if thrown and (number == 0 or thrown[1]):
            yield (thrown[1] or "") + thrown[2]
        elif kept := _FRAME.fullmatch(line) or _MORE.fullmatch(line):
            yield f"\t{kept[1]}"


def public_exceptions(text: str) -> list[dict[str, Any]]:
    """Return the exceptions in Sentry's JSON, cause last: types and frames. Empty: not its format.

    Mozilla's Android client puts type, module and message into `stacktrace`, others beside it.
    """
    values = _at(json_value(text) if len(text) <= LONGEST_JSON else None, "exception", "values")
    listed = values if isinstance(values, list) else []
    return [_exception(value) for value in listed if isinstance(value, dict)][:MOST_EXCEPTIONS]


def of_trace(trace: str, *, style_2012: bool = False) -> tuple[str, list[str]]:
    """Return the signature of a Java stack trace, and notes."""
    if style_2012:
        return _of_trace_2012(trace)
    public = (public_trace(trace[:LONGEST_TRACE]) or "").split("\n")
    method = next((line.strip() for line in public if line.startswith("\tat ")), None)
    if method is None:
        return BAD_FORMAT, [_NOT_EXPECTED]
    return f"{public[0]}: {_of_method(method)}", []


def _of_method(frame: str) -> str:
    return without_numbers(_OF_BUILD.sub("", _LINE.sub(")", frame)))


def _of_trace_2012(trace: str) -> tuple[str, list[str]]:
    lines = [line.strip() for line in trace[:LONGEST_TRACE].splitlines()]
    if len(lines) < 2 or not lines[0] or not lines[1]:
        return BAD_FORMAT, [_NOT_EXPECTED]
    name, _, description = (part.strip() for part in lines[0].partition(":"))
    if ":" in description:
        return BAD_FORMAT, [_NOT_EXPECTED]
    method = _LINE_2012.sub(r".\1)", lines[1])
    full = " ".join(part for part in (f"{name}:", description, method) if part)
    if len(full) <= LONGEST_SIGNATURE:
        return full, []
    note = "Signature too long; the exception's description was left out"
    return f"{name}: {method}", [note]


def of_exception(text: str) -> str | None:
    """Return the signature of a JavaException annotation; None when its format is unexpected.

    What a frame or an exception lacks is left out.
    """
    thrown = next(iter(public_exceptions(text)), {})
    kind = ".".join(filter(None, (thrown.get("module"), thrown.get("type"))))
    frames = map(_of_frame, thrown["stacktrace"]["frames"] if thrown else ())
    frame = next(filter(None, frames), "")
    return ": ".join(filter(None, (kind, frame and f"at {frame}"))) or None


def _of_frame(frame: Mapping[str, Any]) -> str:
    name = without_numbers(".".join(filter(None, (frame["module"], frame["function"]))))
    return name + (f"({frame['filename']})" if frame["filename"] else "")


def _exception(value: Mapping[str, Any]) -> dict[str, Any]:
    stack = value.get("stacktrace")
    stack = stack if isinstance(stack, dict) else {}
    frames = stack.get("frames")
    listed = frames[:MOST_FRAMES] if isinstance(frames, list) else []
    return {
        "type": _name(value.get("type")) or _name(stack.get("type")),
        "module": _name(value.get("module")) or _name(stack.get("module")),
        "stacktrace": {"frames": [_frame(frame) for frame in listed if isinstance(frame, dict)]},
    }


def _frame(frame: Mapping[str, Any]) -> dict[str, Any]:
    line, in_app, file = frame.get("lineno"), frame.get("in_app"), frame.get("filename")
    name = FOLDER.split(file[-LONGEST:])[-1] if isinstance(file, str) else ""
    return {
        "module": _name(frame.get("module")),
        "function": _name(frame.get("function")),
        "filename": name if name and _FILE.fullmatch(name) else None,
        "lineno": line if isinstance(line, int) and not isinstance(line, bool) else None,
        "in_app": in_app if isinstance(in_app, bool) else None,
    }


def _name(value: object) -> str | None:
    """Return a name as compilers write it; None for anything else, which may be a message."""
    text = value[:LONGEST] if isinstance(value, str) else ""
    return text if _IDENTIFIER.fullmatch(text) else None


def _at(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
