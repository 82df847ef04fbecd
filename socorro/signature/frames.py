"""Frames: their names, and whether to believe them.

A frame is named after the first of these that is known:

    function            CrashFunction            see `normalize`
    file and line       nsFoo.cpp#123
    module and offset   libxul.so@0x12ab         lower case on Windows
    unloaded module     (unloaded foo.dll)
    address             @0x29cd74

So code without symbols is not thrown together with other code without symbols.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from socorro.signature.lists import FrameList
from socorro.signature.normalize import LONGEST, function_name, printable

# Few functions are longer. A PUBLIC symbol says where a function begins and not where it ends:
# what is found so far into it is most likely another one, whose name was stripped.
PLAUSIBLE_OFFSET = 4096

_FOLDER = re.compile(r"[/\\]")
_MOST_INLINES = 100
_GUESSED = ("scan", "none")


class Named(NamedTuple):
    """A frame, or a function inlined into it."""

    number: int
    name: str
    distrust: str | None = None  # why its name is not believed


def named(
    frames: Iterable[Mapping[str, Any]], windows: bool, with_line: FrameList
) -> Iterator[Named]:
    """Yield the name of each frame that has one; functions inlined into it come before it."""
    for number, frame in expand(frames):
        if name := frame_name(frame, windows, with_line):
            yield Named(number, name, distrust(frame))


def expand(frames: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the number of each frame and the frame; functions inlined into it come before it."""
    for place, frame in enumerate(frames):
        number = frame.get("frame")
        number = number if isinstance(number, int) else place
        inlines = frame.get("inlines")
        for inline in inlines[:_MOST_INLINES] if isinstance(inlines, list) else ():
            if isinstance(inline, dict):
                of_frame = {"module": frame.get("module"), "trust": frame.get("trust")}
                yield number, {**inline, **of_frame}
        yield number, frame


def frame_name(frame: Mapping[str, Any], windows: bool, with_line: FrameList | None = None) -> str:
    """Return the name of a frame; "" when nothing at all is known of it."""
    return printable(_name(frame, windows, with_line))[:LONGEST]


def distrust(frame: Mapping[str, Any]) -> str | None:
    """Say why a frame's name is not to be believed; None when nothing speaks against it.

    What is not known (Breakpad's walker tells no trust) is not held against a frame.
    """
    if frame.get("trust") in _GUESSED:
        return "found by scanning the stack"
    if not frame.get("function") or frame.get("file"):
        return None
    if frame.get("function_kind") == "func":  # a walker that knows: a function with an end
        return None
    offset = _number(frame.get("function_offset"))
    if offset is None or offset <= PLAUSIBLE_OFFSET:
        return None
    return f"{offset} bytes into a public symbol"


def _name(frame: Mapping[str, Any], windows: bool, with_line: FrameList | None) -> str:
    function, file = printable(frame.get("function")), _path(frame.get("file"))
    line = frame.get("line")
    if function:
        name = function_name(function, file.endswith(".rs"))
        told = line is not None and with_line is not None and with_line.find(name)
        return f"{name}:{line}" if told else name
    if file and line is not None:
        return f"{_FOLDER.split(file)[-1]}#{line}"
    module = printable(frame.get("module"))
    if module:
        offset = _short(frame.get("module_offset"))
        name = module.lower() if windows else module
        if name[:1] == "[" and name[-1:] == "]":  # as Linux writes [vdso]
            name = name[1:-1]
        return f"{name}@{offset}" if offset else name
    unloaded = frame.get("unloaded_modules")
    for each in unloaded if isinstance(unloaded, list) else ():
        if isinstance(each, dict) and isinstance(each.get("module"), str):
            name = each["module"]
            return f"(unloaded {name.lower() if windows else name})"
    offset = _short(frame.get("offset"))
    return f"@{offset}" if offset else ""


def _path(file: object) -> str:
    """Return the path of a source file; "hg:host/repository:path:revision" holds more."""
    text = printable(file)
    parts = text.split(":")
    return parts[2] if len(parts) == 4 else text


def _short(offset: object) -> str | None:
    """Return a hexadecimal number without the zeros in front; None when it is none."""
    number = _number(offset)
    return None if number is None else hex(number)


def _number(text: object) -> int | None:
    try:
        return int(text, 16) if isinstance(text, str) and len(text) <= 20 else None
    except ValueError:
        return None
