"""The signature of a thread's frames, and what happened to each frame. Pure.

From the top of the stack:

1. the first 40 names count; functions inlined into a frame come before it (`frames`);
2. frames above the earliest *sentinel* are dropped: they are the same machinery every time;
3. *irrelevant* frames are skipped: they say nothing;
4. *prefix* frames are joined with the next: `arena_dalloc | free | CloseDir`;
5. the first frame that is neither ends the signature.

A frame that was found by scanning is passed over as long as a better one follows; a frame where
threads begin (*bottom*) is not better. When none follows, the guess is taken, and the trace says
so. A frame that the walker trusts is never passed over because of its symbols (see `frames`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from socorro.signature.frames import Named, named
from socorro.signature.lists import FrameList, Lists

MOST_FRAMES = 40
LONGEST = 255  # characters of a signature
JOIN = " | "

NO_THREAD = "EMPTY: no crashing thread identified"
NO_FRAMES = "EMPTY: no frame data available"
NO_MODULE = "(no module)"

Action = Literal[
    "above the sentinel", "irrelevant", "distrusted", "repeats", "prefix", "ends the signature"
]
TAKEN = ("prefix", "ends the signature")

# Frames of a module without symbols; several in a row say no more than one.
_NAMELESS = re.compile(r".*(?:\.dll|\.so|\.dylib|XUL)(?:[.0-9]*)(?:@0x|$)")
_ADDRESS = re.compile(r"@0x([0-9a-f]+)$")
# In a page that is never mapped (a null pointer and a small offset), or a fill pattern such as
# 0xe5e5e5e5: such an address is the same in every crash of its kind, so it belongs in the name.
_TELLING_ADDRESS = re.compile(r"@0x(?:[0-9a-f]{1,4}|([0-9a-f]{2})\1{3}(?:\1{4})?)$")
_OFFSET = re.compile(r"@0x[0-9a-f]+$")


@dataclass(frozen=True)
class Step:
    """What happened to one frame, and what decided it: a line of a list, as "prefix.txt:12"."""

    frame: int
    name: str
    action: Action
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
class StackSignature:
    """The signature of a stack, the names of its frames, and what happened to each."""

    signature: str
    proto_signature: str = ""
    steps: tuple[Step, ...] = ()


def of_stack(
    frames: Sequence[Mapping[str, Any]],
    thread: int | None,
    lists: Lists,
    *,
    windows: bool = False,
    trust: bool = True,
) -> StackSignature:
    """Return the signature of a thread's frames. Never raises, whatever the frames contain.

    *thread* None means that the crashing thread is unknown: no other thread is used instead.
    *trust* False means that all frames are trusted.
    """
    if thread is None:
        return StackSignature(NO_THREAD)
    named_frames = list(islice(named(frames, windows, lists.with_line, trust), MOST_FRAMES))
    if not named_frames:
        return StackSignature(NO_FRAMES)
    steps = walk(named_frames, lists)
    taken = [step.name for step in steps if step.action in TAKEN]
    if not taken:
        steps, taken = _least_bad(steps)
    return StackSignature(
        JOIN.join(taken), JOIN.join(frame.name for frame in named_frames), tuple(steps)
    )


def walk(frames: Sequence[Named], lists: Lists) -> list[Step]:
    """Return what happens to each frame, down to the one that ends the signature."""
    start, sentinel = _sentinel(frames, lists.sentinels)
    above = [
        Step(frame.number, frame.name, "above the sentinel", sentinel) for frame in frames[:start]
    ]
    below = frames[start:]
    steps = _down(below, lists, passed_over=len(below))
    last = steps[-1]
    if last.action != "ends the signature" or (lists.bottom.find(last.name) and _guesses(below)):
        steps = _down(below, lists, passed_over=_head(below, lists))
    return above + steps


def _down(frames: Sequence[Named], lists: Lists, passed_over: int) -> list[Step]:
    """Take frame by frame; among the first *passed_over* frames, guesses are not taken."""
    steps: list[Step] = []
    before = None
    for place, (number, name, doubt, note) in enumerate(frames):
        if doubt and place < passed_over:
            steps.append(Step(number, name, "distrusted", doubt))
        elif line := lists.irrelevant.find(name):
            steps.append(Step(number, name, "irrelevant", _reasons(line.where, note)))
        elif name == before and _NAMELESS.match(name):
            steps.append(Step(number, name, "repeats", note))
        elif line := lists.prefix.find(name):
            steps.append(Step(number, name, "prefix", _with_doubt(doubt, line.where, note)))
            before = name
        else:
            steps.append(Step(number, name, "ends the signature", _with_doubt(doubt, None, note)))
            break
    return steps


def _with_doubt(doubt: str | None, where: str | None, note: str | None) -> str | None:
    return _reasons(where, note, f"{doubt}, but no better frame follows" if doubt else None)


def _reasons(*reasons: str | None) -> str | None:
    return "; ".join(filter(None, reasons)) or None


def _guesses(frames: Sequence[Named]) -> bool:
    return any(frame.distrust for frame in frames)


def _head(frames: Sequence[Named], lists: Lists) -> int:
    """Return where the first trusted frame is that can head a signature; 0 when none can."""
    for place, (_, name, doubt, _) in enumerate(frames):
        if not doubt and not lists.irrelevant.find(name) and not lists.bottom.find(name):
            return place
    return 0


def _sentinel(frames: Sequence[Named], sentinels: FrameList) -> tuple[int, str | None]:
    """Return where the earliest sentinel is, and its line in the list; 0 when there is none."""
    names = [frame.name for frame in frames if not frame.distrust]
    for place, (_, name, doubt, _) in enumerate(frames):
        if doubt or not sentinels.find(name):
            continue
        for line in sentinels.lines:
            if line.pattern.match(name) and (
                line.condition is None or any(line.condition.match(other) for other in names)
            ):
                return place, line.where
    return 0, None


def _least_bad(steps: Sequence[Step]) -> tuple[list[Step], list[str]]:
    """Name a stack of only irrelevant frames after the first of them.

    A bare address differs from run to run, so no two crashes would share it. What they share is
    that the code is in no module, and the module that it was called from.
    """
    first = steps[0]
    if not _ADDRESS.match(first.name) or _TELLING_ADDRESS.match(first.name):
        return _marked(steps, 0, first.name), [first.name]
    below = (place for place, step in enumerate(steps) if not _ADDRESS.match(step.name))
    caller = next(below, None)
    if caller is None:
        return _marked(steps, 0, NO_MODULE), [NO_MODULE]
    name = _OFFSET.sub("", steps[caller].name)
    marked = _marked(_marked(steps, 0, NO_MODULE), caller, name)
    return marked, [NO_MODULE, name]


def _marked(steps: Sequence[Step], place: int, name: str) -> list[Step]:
    step = steps[place]
    reason = "no better frame" if name == step.name else f"no better frame; named {name}"
    taken = Step(step.frame, step.name, "ends the signature", reason)
    return [*steps[:place], taken, *steps[place + 1 :]]
