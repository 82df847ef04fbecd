"""Signatures: the name of the bucket that a crash belongs to, from the stack of its thread.

From the top of the stack:

1. names of frames (`normalize`), at most 40, functions inlined into a frame before it;
2. what is above the earliest *sentinel* is dropped: it is machinery that always looks alike;
3. *irrelevant* frames are skipped: they say nothing;
4. *prefix* frames are joined with the next: `arena_dalloc | free | CloseDir`;
5. the first frame that is neither ends the signature.

A stack without names is not thrown together with others like it: frames without a function are
`module@offset`. The result says what became of every frame that was looked at, and which line
of which list decided. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from socorro.signature import lists
from socorro.signature.lists import FrameList
from socorro.signature.normalize import expand, frame_name

ALGORITHM = "1"  # stored with every signature; changes when the same stack gets another one
MOST_FRAMES = 40
LONGEST = 255
JOIN = " | "

NO_THREAD = "EMPTY: no crashing thread identified"
NO_FRAMES = "EMPTY: no frame data available"


@dataclass(frozen=True)
class Stack:
    """What a signature is made of; frames as in json_dump, top first."""

    frames: Sequence[Mapping[str, Any]]
    thread: int | None  # None: the walk does not say which thread crashed
    os_name: str | None = None
    status: str = "OK"  # of the walk


@dataclass(frozen=True)
class Step:
    """What became of one frame, and the line of the list that decided, as "prefix.txt:12"."""

    frame: int
    name: str
    action: str  # "above the sentinel", "irrelevant", "prefix", "ends the signature"
    decided_by: str | None = None

    def document(self) -> dict[str, Any]:
        """Return the step as JSON."""
        return {
            "frame": self.frame,
            "name": self.name[:LONGEST],
            "action": self.action,
            "decided_by": self.decided_by,
        }


@dataclass(frozen=True)
class Signature:
    """The signature, all names it was made of, notes, and how it came about."""

    signature: str
    proto_signature: str
    notes: tuple[str, ...] = ()
    trace: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Lists:
    """The three lists that decide."""

    sentinels: FrameList
    irrelevant: FrameList
    prefix: FrameList

    @classmethod
    def shipped(cls) -> "Lists":
        """Return the lists that come with Socorro."""
        return cls(*(lists.load(f"{name}.txt") for name in ("sentinels", "irrelevant", "prefix")))


def generate(stack: Stack, by: Lists | None = None) -> Signature:
    """Return the signature of a stack. Never raises, whatever the frames hold."""
    if stack.thread is None:
        return _empty(NO_THREAD, stack.status)
    windows = stack.os_name == "Windows NT"
    expanded = islice(expand(iter(stack.frames)), MOST_FRAMES)
    named = [(number, frame_name(frame, windows)) for number, frame in expanded]
    named = [(number, name) for number, name in named if name]
    if not named:
        return _empty(NO_FRAMES, stack.status)
    steps = _steps(named, by or Lists.shipped())
    taken = [step.name for step in steps if step.action in ("prefix", "ends the signature")]
    text, notes = _cut(JOIN.join(taken or [named[0][1]]))
    return Signature(text, JOIN.join(name for _, name in named), notes, tuple(steps))


def _steps(named: Sequence[tuple[int, str]], by: Lists) -> list[Step]:
    start, sentinel = _sentinel([name for _, name in named], by.sentinels)
    steps = [Step(number, name, "above the sentinel", sentinel) for number, name in named[:start]]
    for number, name in named[start:]:
        if line := by.irrelevant.find(name):
            steps.append(Step(number, name, "irrelevant", line.where))
        elif line := by.prefix.find(name):
            steps.append(Step(number, name, "prefix", line.where))
        else:
            steps.append(Step(number, name, "ends the signature"))
            break
    return steps


def _sentinel(names: Sequence[str], sentinels: FrameList) -> tuple[int, str | None]:
    """Return where the earliest sentinel is, and its line in the list; 0 when there is none."""
    for place, name in enumerate(names):
        for line in sentinels.lines:
            if not line.pattern.match(name):
                continue
            condition = line.condition
            if condition is None or any(condition.match(other) for other in names):
                return place, line.where
    return 0, None


def _empty(text: str, status: str) -> Signature:
    return Signature(text if status in ("OK", "") else f"{text}; {status}"[:LONGEST], "")


def _cut(text: str) -> tuple[str, tuple[str, ...]]:
    if len(text) <= LONGEST:
        return text, ()
    return f"{text[: LONGEST - 3]}...", (f"signature cut from {len(text)} characters",)
