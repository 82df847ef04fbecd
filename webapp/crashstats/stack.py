"""A stack as the page shows it: one line per call, inlined calls before the frame they are in."""

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from webapp.crashstats.reading import Document, items, mapping, number, text
from webapp.crashstats.sources import Source, source

MOST_LINES = 500  # of a thread
MOST_THREADS = 300
MOST_IN_ALL = 6_000  # lines of all threads: a page of about a megabyte

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
MADE_BY = ("prefix", "ends the signature")  # actions of a signature's trace that keep a frame

Role = Literal["signature", "skipped", ""]


class Line(NamedTuple):
    """One call. *role* says whether it made the signature, *why* which rule decided."""

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
    why: str = ""


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
    """Return the threads of a walked dump; what is too much for a page is counted as hidden."""
    found, left = [], MOST_IN_ALL
    for index, thread in enumerate(items(dump, "threads")[:MOST_THREADS]):
        found.append(_thread(index, thread, hosts, min(left, MOST_LINES)))
        left -= len(found[-1].lines)
    return found


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


def _thread(index: int, thread: Document, hosts: Collection[str], most: int = MOST_LINES) -> Thread:
    frames = items(thread, "frames")
    every = (line for frame in frames for line in _lines(frame, hosts))
    lines = list(islice(every, most))
    shown = sum(not line.inlined for line in lines)
    told = number(thread, "frame_count") or 0
    hidden = max(len(frames), told) - shown if shown < len(frames) else 0
    return Thread(index, text(thread, "thread_name"), lines, hidden)


def _lines(frame: Document, hosts: Collection[str]) -> Iterator[Line]:
    left_out = mapping(frame, "truncated")
    if left_out:
        yield Line(-1, "", text(left_out, "msg"), False, None, "", "left out", False, False)
        return
    place, module = number(frame, "frame") or 0, text(frame, "module")
    for inline in items(frame, "inlines"):
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


def traced(lines: Sequence[Line], trace: Sequence[Document]) -> list[Line]:
    """Mark the lines that the signature was made of, and those it skipped, with the reason.

    *trace* is signature_trace of the processed crash: steps in the order of the lines. A frame
    of which nothing is known has a line but no step.
    """
    steps = deque(trace)
    marked = []
    for line in lines:
        told = steps[0] if steps else {}
        if number(told, "frame") != line.number:
            marked.append(line)
            continue
        steps.popleft()
        action, where = text(told, "action"), text(told, "decided_by")
        role: Role = "signature" if action in MADE_BY else "skipped"
        marked.append(line._replace(role=role, why=f"{action}: {where}" if where else action))
    return marked
