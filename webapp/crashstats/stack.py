"""A stack as the page shows it: one row per call, inlined calls before the frame they are in.

Equal calls one after the other are one row; calls from the first guess on are apart, because one
wrong guess makes all that follow it doubtful.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from typing import Literal, NamedTuple

from webapp.crashstats.reading import Document, items, mapping, number, text
from webapp.crashstats.sources import Links, Source, source

MOST_CALLS = 500  # of a thread

TRUST = {
    "context": "exact: taken from the registers",
    "prewalked": "exact: walked by the client",
    "cfi": "reliable: found by call frame information",
    "cfi_scan": "fair: call frame information, reached by scanning",
    "frame_pointer": "fair: found by the frame pointer",
    "scan": "weak: found by scanning the stack, may be wrong",
    "inline": "inlined into the frame below",
    "name only": "of sample data only the names of frames are kept",
}
WEAK = ("scan", "none", "")
GUESSED = ("scan", "cfi_scan")
INCLUDED = ("prefix", "ends the signature")  # actions that put a frame into the signature

Role = Literal["signature", "skipped", ""]


class Call(NamedTuple):
    """One call. *role* is its role in the signature, *reason* the rule that decided it.

    *times* is how many equal calls it stands for, from frame *number* on.
    """

    number: int
    module: str
    function: str
    is_named: bool  # its function has a name
    source: Source | None
    trust: str
    trust_text: str
    is_weak: bool
    is_inlined: bool
    role: Role = ""
    reason: str = ""
    times: int = 1

    def unmarked(self) -> "Call":
        """The call as it is wherever it is in the stack, without its role."""
        return self._replace(number=0, role="", reason="")


class Thread(NamedTuple):
    """One thread; *hidden* is the number of frames that only the raw data has."""

    number: int
    name: str
    calls: list[Call]
    hidden: int
    crashed: bool = True  # False for the thread that hung, when another thread crashed for it

    @property
    def top(self) -> str:
        """The function at the top of the stack."""
        return self.calls[0].function if self.calls else ""

    @property
    def frame_count(self) -> int:
        """How many frames its calls are; inlined ones are no frames."""
        return _frames(self.calls)

    @property
    def sure(self) -> list[Call]:
        """The calls before the first guess, in rows."""
        return rows(self.calls[: self._first_guess])

    @property
    def guessed(self) -> list[Call]:
        """The calls from the first guess on, in rows."""
        return rows(self.calls[self._first_guess :])

    @property
    def guessed_frames(self) -> int:
        """How many frames are guessed."""
        return _frames(self.calls[self._first_guess :])

    @property
    def makes_signature_by_guess(self) -> bool:
        """Whether a guessed frame is in the signature."""
        return any(call.role == "signature" for call in self.calls[self._first_guess :])

    @property
    def _first_guess(self) -> int:
        guesses = (place for place, call in enumerate(self.calls) if call.trust in GUESSED)
        return next(guesses, None) or len(self.calls)  # a stack of guesses only is not folded


def rows(calls: Sequence[Call]) -> list[Call]:
    """Return the calls of one frame for a run of equal frames, which recursion makes.

    Of a run, often only the first frame is in the signature: it is shown.
    """
    shown: list[Call] = []
    frames = (list(frame) for _, frame in groupby(calls, lambda call: call.number))
    for _, run in groupby(frames, lambda frame: [call.unmarked() for call in frame]):
        first, *others = run
        best = next((frame for frame in (first, *others) if frame[-1].role == "signature"), first)
        shown += [call._replace(number=first[0].number) for call in best[:-1]]
        shown.append(best[-1]._replace(number=first[0].number, times=1 + len(others)))
    return shown


def _frames(calls: Sequence[Call]) -> int:
    return sum(call.number >= 0 and not call.is_inlined for call in calls)


def crashing_thread(dump: Document, recorded: int | None, links: Links) -> Thread | None:
    """Return the thread that crashed; None when the dump does not say which.

    *recorded* is the index in the processed crash, for dumps without one.
    """
    own = mapping(dump, "crashing_thread")
    index = number(own, "threads_index") if own else recorded
    if index is None:
        index = recorded
    if index is None:
        return None
    listed = items(dump, "threads")
    thread = own or (listed[index] if 0 <= index < len(listed) else {})
    return thread_of(index, thread, links) if thread else None


def signature_thread(dump: Document, public: Document, links: Links) -> Thread | None:
    """Return the thread that the signature is about: the one that crashed, or the one that hung."""
    crashing = crashing_thread(dump, number(public, "crashing_thread"), links)
    index, listed = number(public, "signature_thread"), items(dump, "threads")
    is_other = index is not None and crashing is not None and index != crashing.number
    if not is_other or index is None or not 0 <= index < len(listed):
        return crashing
    return thread_of(index, listed[index], links)._replace(crashed=False)


def thread_of(index: int, thread: Document, links: Links, most: int = MOST_CALLS) -> Thread:
    """Return a thread with its first calls, at most so many."""
    frames = items(thread, "frames")
    calls = list(islice((call for frame in frames for call in _calls(frame, links)), most))
    shown = sum(not call.is_inlined for call in calls)
    total = max(len(frames), number(thread, "frame_count") or 0)
    hidden = total - shown if shown < len(frames) else 0
    return Thread(index, text(thread, "thread_name"), calls, hidden)


def _calls(frame: Document, links: Links) -> Iterator[Call]:
    left_out = mapping(frame, "truncated")
    if left_out:
        yield Call(-1, "", text(left_out, "msg"), False, None, "", "left out", False, False)
        return
    index, module = number(frame, "frame") or 0, text(frame, "module")
    for inline in items(frame, "inlines"):
        function = text(inline, "function")
        yield Call(
            index, module, function or "(no name)", bool(function), _source(inline, links),
            "inline", TRUST["inline"], False, True,
        )  # fmt: skip
    function, trust = text(frame, "function"), text(frame, "trust")
    yield Call(
        index, module, function or _address(frame), bool(function), _source(frame, links),
        trust, TRUST.get(trust, "unknown"), trust in WEAK, False,
    )  # fmt: skip


def _source(frame: Document, links: Links) -> Source | None:
    file = text(frame, "file")
    return source(file, number(frame, "line"), links) if file else None


def _address(frame: Document) -> str:
    """Name a frame without a function by module and offset, else by address."""
    unloaded = items(frame, "unloaded_modules")
    if text(frame, "module"):
        return f"{text(frame, 'module')}@{_short(text(frame, 'module_offset'))}"
    if unloaded:
        return f"(unloaded {text(unloaded[0], 'module')})"
    return f"@{_short(text(frame, 'offset'))}"


def _short(address: str) -> str:
    digits = address.removeprefix("0x").lstrip("0")
    return f"0x{digits or '0'}"


def traced(calls: Sequence[Call], trace: Sequence[Document]) -> list[Call]:
    """Mark the calls that are in the signature, and those it skipped, with the reason.

    *trace* is signature_trace of the processed crash: steps in the order of the calls. A frame
    without any name has a call but no step.
    """
    steps = deque(trace)
    marked = []
    for call in calls:
        step = steps[0] if steps else {}
        if number(step, "frame") != call.number:
            marked.append(call)
            continue
        steps.popleft()
        action, decided_by = text(step, "action"), text(step, "decided_by")
        role: Role = "signature" if action in INCLUDED else "skipped"
        reason = f"{action}: {decided_by}" if decided_by else action
        marked.append(call._replace(role=role, reason=reason))
    return marked
