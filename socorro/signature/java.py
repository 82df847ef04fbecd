"""Signatures of Java exceptions, from the text of a stack trace or from Sentry's JSON. Pure.

    java.lang.NullPointerException: text of the error       first line: class, description
        at org.example.View.draw(View.java:120)             second line: the method

The method's line number and the addresses of objects are removed: they differ from build to build
and from run to run. (Only a description that ends in an address is followed by a colon. It has
always been so, and existing signatures keep their names.)
"""

import json
import re
from typing import Any

from socorro.signature.stack import LONGEST

BAD_FORMAT = "EMPTY: Java stack trace not in expected format"

_NOT_EXPECTED = "JavaStackTrace is not in the expected format"
_ADDRESS = re.compile(r"@[0-9a-f]{8}")
_LINE = re.compile(r"\.(java|kt):[0-9]+\)")


def of_trace(trace: str, *, style_2012: bool = False) -> tuple[str, list[str]]:
    """Return the signature of a Java stack trace, and notes."""
    lines = [line.strip() for line in trace[:100_000].splitlines()]
    if len(lines) < 2 or not lines[0] or not lines[1]:
        return BAD_FORMAT, [_NOT_EXPECTED]
    name, _, description = (part.strip() for part in lines[0].partition(":"))
    if style_2012 and ":" in description:
        return BAD_FORMAT, [_NOT_EXPECTED]
    method = _LINE.sub(r".\1)", lines[1])
    if style_2012:
        full, short = (
            " ".join(part for part in (f"{name}:", description, method) if part),
            (f"{name}: {method}"),
        )
    else:
        description = _ADDRESS.sub("@<addr>", description)
        colon = ":" if description.endswith("<addr>") else ""
        short = f"{name}: {method}"
        full = f"{name}: {description}{colon} {method}" if description else short
    if len(full) <= LONGEST:
        return full, []
    return short, ["Signature too long; the exception's description was left out"]


def of_exception(text: str) -> str | None:
    """Return the signature of a JavaException annotation; None when its format is unexpected."""
    try:
        value = json.loads(text)["exception"]["values"][0]
        frame = value["stacktrace"]["frames"][0]
        names = (value["module"], value["type"], frame["module"], frame["function"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    if not all(isinstance(part, str) and part for part in names):
        return None
    module, kind, in_module, function = names
    return f"{module}.{kind}: at {in_module}.{function}{_file(frame)}"


def _file(frame: dict[str, Any]) -> str:
    file = frame.get("filename")
    return f"({file})" if isinstance(file, str) and file else ""
