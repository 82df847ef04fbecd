"""Frames: their names, and whether they can be trusted.

A frame is named after the first of these that is known:

    function            CrashFunction            see `names`
    file and line       nsFoo.cpp#123
    module and offset   libxul.so@0x12ab         lower case on Windows
    unloaded module     (unloaded foo.dll)
    address             @0x29cd74

So code without symbols does not share one name with all other code without symbols. A frame is
named as if it had no function when that name is a placeholder, or most likely another function's:
symbols can only make a name better.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from socorro.signature.lists import FrameList
from socorro.signature.names import function_name
from socorro.signature.normalize import FOLDER, LONGEST, one_line, printable

# Few functions are longer. A PUBLIC symbol says where a function begins but not where it ends: an
# address this far behind it is most likely in another function, whose name was stripped.
PLAUSIBLE_OFFSET = 4096

_MOST_INLINES = 100
_GUESSED = ("scan", "none")
# What dump_syms writes for code without a name; stored crashes may have it as a function.
_PLACEHOLDER = re.compile(r"<name omitted>$|<(?:unknown|\.[\w.]{1,64} ELF section) in ")


class Named(NamedTuple):
    """A frame, or a function inlined into it."""

    number: int
    name: str
    distrust: str | None = None  # why the frame is not trusted
    note: str | None = None  # why it has not the name of its function


def named(
    frames: Iterable[Mapping[str, Any]], windows: bool, with_line: FrameList, trust: bool = True
) -> Iterator[Named]:
    """Yield the name of each frame that has one; functions inlined into it come before it.

    *trust* False means that the names of all functions are trusted, and all frames.
    """
    for number, frame in expand(frames):
        doubt = name_doubt(frame) if trust else None
        name = frame_name(frame, windows, with_line)
        if name:
            name = _place(frame, name, windows) if doubt else name
            yield Named(number, name, distrust(frame) if trust else None, doubt)


def _place(frame: Mapping[str, Any], name: str, windows: bool) -> str:
    """Name a frame as without symbols; *name* is that of the public symbol far before it.

    Without an offset in the module (Breakpad's walker reports none where there are symbols, and
    `processor/far_names.py` found none) the symbol says where it is: `libfoo.so@exported+0x12ab`.
    """
    place = frame_name({**frame, "function": None}, windows)
    if not place or frame.get("module_offset") or not frame.get("module"):
        return place or name
    return f"{place}@{name}+{_short(frame.get('function_offset'))}"[:LONGEST]


def expand(frames: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the number of each frame and the frame; functions inlined into it come before it."""
    for place, frame in enumerate(frames):
        number = frame.get("frame")
        number = number if isinstance(number, int) else place
        inlines = frame.get("inlines")
        for inline in inlines[:_MOST_INLINES] if isinstance(inlines, list) else ():
            if isinstance(inline, dict):  # without a name it is as if it were not inlined
                yield number, {**inline, "trust": frame.get("trust"), "module": None}
        yield number, frame


def frame_name(frame: Mapping[str, Any], windows: bool, with_line: FrameList | None = None) -> str:
    """Return the name of a frame; "" when nothing about it is known."""
    return printable(_name(frame, windows, with_line))[:LONGEST]


def distrust(frame: Mapping[str, Any]) -> str | None:
    """Say why a frame may not be on the stack at all; None when there is no reason for doubt.

    Unknown trust is not a reason: Breakpad's walker does not report trust.
    """
    return "found by scanning the stack" if frame.get("trust") in _GUESSED else None


def name_doubt(frame: Mapping[str, Any]) -> str | None:
    """Say why a frame is most likely not in the function that it is named after, else None."""
    if not frame.get("function") or frame.get("file"):
        return None
    if frame.get("function_kind") == "func":  # the walker knows where this function ends
        return None
    offset = _number(frame.get("function_offset"))
    if offset is None or offset <= PLAUSIBLE_OFFSET:
        return None
    return f"{offset} bytes into a public symbol, so not called by its name"


def _name(frame: Mapping[str, Any], windows: bool, with_line: FrameList | None) -> str:
    function, file = one_line(frame.get("function")), _path(frame.get("file"))
    line = frame.get("line")
    if function and not _PLACEHOLDER.match(function):
        name = printable(function_name(function, file))
        with_number = line is not None and with_line is not None and with_line.find(name)
        return f"{name}:{line}" if with_number else name
    if line is not None and (base := base_name(file)):
        return f"{base}#{line}"
    if module := _without_brackets(one_line(module_name(frame.get("module")))):
        offset = _short(frame.get("module_offset"))
        name = module.lower() if windows else module
        return f"{name}@{offset}" if offset else name
    unloaded = frame.get("unloaded_modules")
    for unloaded_module in unloaded if isinstance(unloaded, list) else ():
        if isinstance(unloaded_module, dict) and (
            name := one_line(module_name(unloaded_module.get("module")))
        ):
            return f"(unloaded {name.lower() if windows else name})"
    offset = _short(frame.get("offset"))
    return f"@{offset}" if offset else ""


def module_name(path: object) -> str:
    """Return the name of a module without its folders, which name users (`C:\\Users\\ann`).

    "" for what is no text, and for a path that ends in a folder.
    """
    return FOLDER.split(path)[-1] if isinstance(path, str) else ""


def base_name(path: str) -> str:
    """Return the last name in a path: "source" of "source/"; "" when it names nothing."""
    return FOLDER.split(path.rstrip("/\\"))[-1]


def _without_brackets(name: str) -> str:
    """Return a module's name without the brackets around it: Linux writes [vdso].

    Those that belong to brackets inside stay: foo[1], [beta]foo.dll.
    """
    inner = name.lstrip("[").rstrip("]")
    opened = unopened = 0
    for sign in re.findall(r"[\[\]]", inner):
        if sign == "[":
            opened += 1
        elif opened:
            opened -= 1
        else:
            unopened += 1
    before = len(name) - len(name.lstrip("["))
    after = len(name) - len(name.rstrip("]"))
    return f"{'[' * min(before, unopened)}{inner}{']' * min(after, opened)}" if inner else name


def _path(file: object) -> str:
    """Return the path of a source file, also from "hg:host/repository:path:revision"."""
    text = one_line(file)
    fields = text.split(":")
    return fields[2] if len(fields) == 4 else text


def _short(offset: object) -> str | None:
    """Return a hexadecimal number without leading zeros; None when it is not a number."""
    number = _number(offset)
    return None if number is None else hex(number)


def _number(text: object) -> int | None:
    try:
        return int(text, 16) if isinstance(text, str) and len(text) <= 20 else None
    except ValueError:
        return None
