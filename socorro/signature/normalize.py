"""Frames to names: the same code has the same name in every build.

A frame is named after the first of these that is known:

    function            CrashFunction            template arguments, parameters, return type gone
    file and line       nsFoo.cpp#123
    module and offset   libxul.so@0x12ab         lower case on Windows
    unloaded module     (unloaded foo.dll)
    address             @0x29cd74
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

LONGEST = 1000  # characters of one name; what is longer is cut

_ANONYMOUS = re.compile(r"`anonymous[ -]namespace'", re.IGNORECASE)
_LAMBDA = re.compile(r"::\$_[0-9]+(?=::|$)")
_CLONE = re.compile(r" ?\[clone [^\]]*\]|\.(?:cold|part|constprop|isra|llvm)(?:\.[0-9]+)*$")
_RUST_HASH = re.compile(r"::h[0-9a-f]{16}$")
_QUALIFIERS = re.compile(r"(?<=\))(?:\s|const|volatile|noexcept|&)+$")
_BEFORE_MARK = re.compile(r" +(?=[*&,])")
_AFTER_COMMA = re.compile(r",(?! )")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_SPACES = re.compile(r"\s+")
_FOLDER = re.compile(r"[/\\]")
# What opens right after these is part of an operator's name: operator<, operator<<, operator().
_OPERATOR = re.compile(r"\boperator *<?$")
_KEPT_TEMPLATE = re.compile(r"name omitted|unknown in | as | in |impl ")


def expand(frames: Iterator[Mapping[str, Any]]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the number of each frame and the frame; functions inlined into it come before it."""
    for place, frame in enumerate(frames):
        number = frame.get("frame")
        number = number if isinstance(number, int) else place
        for inline in frame.get("inlines") or ():
            yield number, {**inline, "module": frame.get("module")}
        yield number, frame


def frame_name(frame: Mapping[str, Any], windows: bool) -> str:
    """Return the name of a frame; "" when nothing at all is known of it."""
    return _printable(_name(frame, windows))[:LONGEST]


def _name(frame: Mapping[str, Any], windows: bool) -> str:
    function, file = _printable(frame.get("function")), _path(frame.get("file"))
    if function:
        return function_name(function, file.endswith(".rs"))
    if file and frame.get("line") is not None:
        return f"{_FOLDER.split(file)[-1]}#{frame['line']}"
    module = _printable(frame.get("module"))
    if module:
        offset = _short(frame.get("module_offset"))
        name = module.lower() if windows else module
        return f"{name}@{offset}" if offset else name
    for unloaded in frame.get("unloaded_modules") or ():
        if isinstance(unloaded, dict) and isinstance(unloaded.get("module"), str):
            name = unloaded["module"]
            return f"(unloaded {name.lower() if windows else name})"
    offset = _short(frame.get("offset"))
    return f"@{offset}" if offset else ""


@lru_cache(maxsize=8192)
def function_name(function: str, rust: bool = False) -> str:
    """Return a C++ or Rust function without what differs from build to build."""
    name = _CLONE.sub("", function).strip()
    name = _ANONYMOUS.sub("(anonymous namespace)", name)
    name = _RUST_HASH.sub("", name) if rust else _LAMBDA.sub("::$", name)
    name = _collapse(name, "<", ">", "<T>", lambda inner: bool(_KEPT_TEMPLATE.search(inner)))
    name = _QUALIFIERS.sub("", name)
    name = _collapse(name, "(", ")", "", lambda inner: inner == "anonymous namespace")
    name = _last_word(name)
    return _AFTER_COMMA.sub(", ", _BEFORE_MARK.sub("", name)) or function


def _collapse(
    text: str, opener: str, closer: str, instead: str, keep: Callable[[str], bool]
) -> str:
    """Replace each outermost pair of brackets, unless its inside is to be kept.

    A bracket that is never closed swallows the rest.
    """
    parts, start = [], 0
    while (at := text.find(opener, start)) >= 0:
        parts.append(text[start:at])
        operator = _OPERATOR.search(text, 0, at)
        if operator and opener == "(" and text[at : at + 2] == "()" and operator[0][-1] == "r":
            parts.append("()")
            start = at + 2
        elif operator and opener == "<":
            parts.append("<")
            start = at + 1
        else:
            end = _closing(text, at, opener, closer)
            inner = text[at + 1 : end - 1]
            parts.append(text[at:end] if keep(inner) else instead)
            start = end
    return "".join((*parts, text[start:]))


def _closing(text: str, at: int, opener: str, closer: str) -> int:
    """Return the place after the bracket that closes the one *at*; an arrow closes nothing."""
    depth = 0
    for place in range(at, len(text)):
        if text[place] == opener:
            depth += 1
        elif text[place] == closer and text[place - 1] != "-":
            depth -= 1
            if depth == 0:
                return place + 1
    return len(text)


def _last_word(name: str) -> str:
    """Drop return type and the like: what is before the last space outside of brackets."""
    operator = re.search(r"\boperator\b", name)
    depth, start = 0, 0
    for place, letter in enumerate(name[: operator.start()] if operator else name):
        if letter in "<([{":
            depth += 1
        elif letter in ">)]}" and (letter != ">" or name[place - 1] != "-"):
            depth = max(0, depth - 1)
        elif letter == " " and depth == 0:
            start = place + 1
    return name[start:].lstrip("*&")


def _printable(text: str | None) -> str:
    return _UNPRINTABLE.sub("", _SPACES.sub(" ", (text or "")[: 4 * LONGEST])).strip()


def _path(file: str | None) -> str:
    """Return the path of a source file; "hg:host/repository:path:revision" holds more."""
    parts = _printable(file).split(":")
    return parts[2] if len(parts) == 4 else ":".join(parts)


def _short(offset: object) -> str | None:
    """Return a hexadecimal number without the zeros in front; None when it is none."""
    try:
        return hex(int(offset, 16)) if isinstance(offset, str) else None
    except ValueError:
        return None
