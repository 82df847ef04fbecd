"""Java exceptions of a crash: classes and frames, without the messages that may quote a user."""

from collections.abc import Sequence
from typing import NamedTuple

from webapp.crashstats.reading import Document, items, mapping, number, text

MOST_EXCEPTIONS = 20
MOST_FRAMES = 200  # of an exception


class Frame(NamedTuple):
    """One frame; *is_ours*: it is not in a library."""

    function: str
    place: str
    is_ours: bool


class Thrown(NamedTuple):
    """One exception; *hidden* frames are in the raw data only."""

    name: str
    frames: Sequence[Frame]
    hidden: int


class Java(NamedTuple):
    """Exceptions, the cause last; or, of clients that send only that, the stack trace as text."""

    exceptions: Sequence[Thrown]
    trace: str
    hidden: int  # lines of the trace


def java(processed: Document) -> Java | None:
    """Return the Java stacks of a crash; None when it has none."""
    values = items(mapping(mapping(processed, "java_exception"), "exception"), "values")
    if values:
        return Java([_exception(value) for value in values[:MOST_EXCEPTIONS]], "", 0)
    lines = text(processed, "java_stack_trace").splitlines()
    if not lines:
        return None
    return Java((), "\n".join(lines[:MOST_FRAMES]), max(0, len(lines) - MOST_FRAMES))


def _exception(value: Document) -> Thrown:
    name = ".".join(filter(None, (text(value, "module"), text(value, "type")))) or "(no name)"
    frames = items(mapping(value, "stacktrace"), "frames")
    shown = [_frame(frame) for frame in frames[:MOST_FRAMES]]
    return Thrown(name, shown, len(frames) - len(shown))


def _frame(frame: Document) -> Frame:
    function = ".".join(filter(None, (text(frame, "module"), text(frame, "function"))))
    line = number(frame, "lineno")
    file = text(frame, "filename")
    place = f"{file}:{line}" if file and line else file
    return Frame(function or "(no name)", place, frame.get("in_app") is not False)
