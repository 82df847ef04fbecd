"""A stack as the page shows it: one line per call, inlined calls before the frame they are in."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Literal, NamedTuple

from webapp.crashstats.reading import Document, items, mapping, number, text
from webapp.crashstats.sources import Source, source

MOST_FRAMES = 300  # of a thread
MOST_THREADS = 300

TRUST = {
    "context": "exact: taken from the registers",
    "prewalked": "exact: walked by the client",
    "cfi": "sure: found by call frame information",
    "cfi_scan": "fair: call frame information, reached by scanning",
    "frame_pointer": "fair: found by the frame pointer",
    "scan": "weak: found by scanning the stack, may be wrong",
    "inline": "inlined into the frame below",
}
WEAK = ("scan", "none", "")

Role = Literal["signature", "skipped", ""]


class Line(NamedTuple):
    """One call. *role* says whether it made the signature."""

    number: int
    module: str
    function: str
    known: bool  # the function has a name
    source: Source | None
    trust: str
    trust_words: str
    weak: bool
    inlined: bool
    role: Role = ""


class Thread(NamedTuple):
    """One thread; *hidden* counts frames that are left to the raw data."""

    number: int
    name: str
    lines: list[Line]
    hidden: int

    @property
    def top(self) -> str:
        """Return the function on top of the stack."""
        return self.lines[0].function if self.lines else ""


def threads(dump: Document, hosts: Collection[str]) -> list[Thread]:
    """Return the threads of a walked dump, at most MOST_THREADS."""
    found = items(dump, "threads")[:MOST_THREADS]
    return [_thread(index, thread, hosts) for index, thread in enumerate(found)]


def crashing_thread(dump: Document, wanted: int | None, hosts: Collection[str]) -> Thread | None:
    """Return the thread that crashed; None when nobody knows which."""
    own = mapping(dump, "crashing_thread")
    index = number(own, "threads_index") if own else wanted
    if index is None:
        index = wanted
    if index is None:
        return None
    every = items(dump, "threads")
    shown = own or (every[index] if 0 <= index < len(every) else {})
    return _thread(index, shown, hosts) if shown else None


def _thread(index: int, thread: Document, hosts: Collection[str]) -> Thread:
    frames = items(thread, "frames")
    told = number(thread, "frame_count") or 0
    lines = [line for frame in frames[:MOST_FRAMES] for line in _lines(frame, hosts)]
    hidden = max(len(frames), told) - min(len(frames), MOST_FRAMES)
    return Thread(index, text(thread, "thread_name"), lines, hidden)


def _lines(frame: Document, hosts: Collection[str]) -> Iterator[Line]:
    place, module = number(frame, "frame") or 0, text(frame, "module")
    for inline in items(frame, "inlines")[:MOST_FRAMES]:
        function = text(inline, "function")
        yield Line(
            place, module, function or "(no name)", bool(function), _source(inline, hosts),
            "inline", TRUST["inline"], False, True,
        )  # fmt: skip
    function, trust = text(frame, "function"), text(frame, "trust")
    yield Line(
        place, module, function or _address(frame), bool(function), _source(frame, hosts),
        trust, TRUST.get(trust, "unknown"), trust in WEAK, False,
    )  # fmt: skip


def _source(frame: Document, hosts: Collection[str]) -> Source | None:
    file = text(frame, "file")
    return source(file, number(frame, "line"), hosts) if file else None


def _address(frame: Document) -> str:
    """Name a frame without a function: by module and offset, else by address."""
    unloaded = items(frame, "unloaded_modules")
    if text(frame, "module"):
        return f"{text(frame, 'module')}@{_short(text(frame, 'module_offset'))}"
    if unloaded:
        return f"(unloaded {text(unloaded[0], 'module')})"
    return f"@{_short(text(frame, 'offset'))}"


def _short(address: str) -> str:
    digits = address.removeprefix("0x").lstrip("0")
    return f"0x{digits or '0'}"


def mark_signature(lines: Sequence[Line], signature: str) -> list[Line]:
    """Mark the lines that made *signature*, and those that its rules skipped.

    A signature is frames in order, joined by " | ", each without arguments, template arguments
    and return type, perhaps behind a word like "OOM". So: walk down, match each part with the
    next line that has its name. Lines above the last match that are not in it were skipped.
    """
    wanted = [_plain(part) for part in signature.split(" | ")]
    roles: list[Role] = [""] * len(lines)
    last = -1
    for part in wanted:
        for place in range(last + 1, len(lines)):
            if part and part in (_plain(lines[place].function), _plain(lines[place].module)):
                roles[place], last = "signature", place
                break
    return [
        line._replace(role=role or ("skipped" if place < last else ""))
        for place, (line, role) in enumerate(zip(lines, roles, strict=True))
    ]


_BRACKETS = re.compile(r"<[^<>]*>|\([^()]*\)")
_ANONYMOUS = re.compile(r"[`(]anonymous namespace[')]")


def _plain(function: str) -> str:
    """Return a function's name without arguments, templates, return type, spaces and dots."""
    name = _ANONYMOUS.sub("anonymous", function)[:2000]
    for _ in range(8):
        name, changed = _BRACKETS.subn("", name)
        if not changed:
            break
    name = name.removesuffix(" const").removesuffix("...").strip()
    return name.rpartition(" ")[2].removesuffix("::").lower()
