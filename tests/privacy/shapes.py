"""Every way in which an annotation can hold text of a user: where rules look, and elsewhere. Pure.

Each shape makes the text of an annotation around a marker. The marker itself may stand only where a
message of the user may: a class or a method, which are public, is another word.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from socorro.fields import Field

Shape = Callable[[str], str]

_TRACE = """java.io.IOException: {0} not found
{0}
 second line: {0}
\tat text {0} (here)
\tat a.b.C.d(C.java:5)
\tat a.b.C.d({0} text.java:5)
\tat a.b.C.d({0}.pdf)
\tSuppressed: a.b.Fault: {0}
{0} of the suppressed
\t\tat a.b.C.e(C.java:6)
\t\tCaused by: {0} nested
\t\t... 2 more
Caused by: java.lang.IllegalStateException: {0}
{0}
\tat a.b.C.f(C.java:7) ~[{0}.jar:1]
Caused by: {0}
\t[CIRCULAR REFERENCE: java.io.IOException: {0}]
"""
_PANICS = {
    "result": 'called `Result::unwrap()` on an `Err` value: Os {{ message: "{0}" }}',
    "expect": "cannot open {0}: NotFound",
    "byte index": "byte index 3 is not a char boundary; it is inside 'é' of `{0}`",
    "assertion": 'assertion failed: `(left == right)`\n  left: `"{0}"`,\n right: `{0}`: {0}',
    "new assertion": "assertion `left == right` failed: {0}\n  left: {0}\n right: {0}",
    "located": "thread '{0}' panicked at src/main.rs:1:2:\n{0}",
    "old": "thread '{0}' panicked at 'cannot open {0}', src/main.rs:1:2",
    "unreachable": "internal error: entered unreachable code: {0}",
    "key": "no entry found for key {0}",
    "go": "panic: open {0}: no such file",
    "swift": "Fatal error: Unexpectedly found nil while unwrapping an Optional value: {0}",
    "macro": "MOZ_CRASH(cannot open '{0}' in C:\\Users\\{0}\\my {0}.txt)",
    "macro of an address": "MOZ_RELEASE_ASSERT(ok) (https://{0}.example/{0} {0})",
    "macro of two lines": 'MOZ_CRASH("{0}")\n{0}',
    "module": 'Failed to load module "resource://{0}"',
    "hang": "Shutdown hanging at step AppShutdown. {0}",
}


def _exception(marker: str) -> dict[str, Any]:
    """An exception of Sentry's, with the marker wherever no name of code is."""
    frame = {
        "module": "a.b.C", "function": f"text {marker}", "filename": f"my {marker}.pdf",
        "lineno": 5, "vars": {"x": marker}, "context_line": marker, "abs_path": f"/{marker}/C.java",
    }  # fmt: skip
    thrown = {"type": "Fault", "module": "a.b", "value": marker, "mechanism": {"data": marker}}
    return {"frame": frame, "thrown": thrown}


def _beside(marker: str) -> str:
    exception = _exception(marker)
    value = {**exception["thrown"], "stacktrace": {"frames": [exception["frame"], marker]}}
    cause = {**exception["thrown"], "type": f"text {marker}", "stacktrace": marker}
    return json.dumps({"exception": {"values": [value, cause, marker], "x": marker}, "y": marker})


def _inside(marker: str) -> str:
    exception = _exception(marker)
    stack = {**exception["thrown"], "frames": [exception["frame"]], "registers": marker}
    return json.dumps({"exception": {"values": [{"stacktrace": stack}]}, "breadcrumbs": marker})


def _environment(marker: str) -> str:
    sections = ("build", "partner", "profile", "settings", "system")
    members = ("displayVersion", "version", "distributionId", "distributionVersion", "locale")
    return json.dumps({section: dict.fromkeys(members, marker) for section in sections})


SHAPES: Mapping[str, Shape] = {
    "bare": lambda marker: marker,
    "words": lambda marker: f"the text {marker} of a user",
    "lines": lambda marker: f"{marker}\r\n{marker}\n\n{marker}",
    "number and words": lambda marker: f"12 {marker}",
    "number": lambda marker: f"731{marker[2:7]}9713",
    "class": lambda marker: f"{marker}: message\n\tat a.b.C.d(C.java:5)",
    "file": lambda marker: f"{marker}.pdf\n\tat a.b.C.d(C.java:5)",
    "address": lambda marker: f"https://{marker}.example/{marker}?q={marker}",
    "mail": lambda marker: f"{marker}@example.org",
    "Windows path": lambda marker: f"C:\\Users\\{marker}\\x.dll",
    "path": lambda marker: f"/home/{marker}/x.so",
    "Java trace": _TRACE.format,
    "Java trace of Windows": lambda marker: _TRACE.format(marker).replace("\n", "\r\n"),
    "Java trace without a method": lambda marker: f"java.io.IOException: {marker}\n{marker}",
    "exception": _beside,
    "Android exception": _inside,
    "environment": _environment,
    "steps": lambda marker: json.dumps([{"message": marker, "data": {marker: marker}}]),
    "steps in values": lambda marker: json.dumps({"values": [{"message": marker}]}),
    "list": lambda marker: json.dumps([marker]),
    "deep": lambda marker: f"{'[' * 60}{json.dumps(marker)}{']' * 60}",
    "half of JSON": lambda marker: f'{{"{marker}": "{marker}',
    **{f"panic: {name}": text.format for name, text in _PANICS.items()},
}


def as_declared(field: Field, marker: str) -> str:
    """Return the field's own example with the marker instead of every text in it."""
    example = field.examples[0] if field.examples else ""
    try:
        value = json.loads(example) if isinstance(example, str) else example
    except ValueError:
        value = example
    return json.dumps(_marked(value, marker)) if isinstance(value, dict | list) else marker


def _marked(value: Any, marker: str) -> Any:
    if isinstance(value, dict):
        return {name: _marked(inner, marker) for name, inner in value.items()}
    if isinstance(value, list):
        return [_marked(inner, marker) for inner in value]
    return f"text {marker}"
