"""From the frames of a thread to a signature, and what became of each frame on the way.

From the top of the stack:

1. at most 40 names, functions inlined into a frame before it (`frames`);
2. what is above the earliest *sentinel* is dropped: it is machinery that always looks alike;
3. *irrelevant* frames are skipped: they say nothing;
4. *prefix* frames are joined with the next: `arena_dalloc | free | CloseDir`;
5. the first frame that is neither ends the signature.

A frame that is not to be believed is passed over as long as a better one follows; where threads
begin (*bottom*) is no better one. When none follows, the guess is taken, and the trace says so.
Pure.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from socorro.signature.frames import Named, named
from socorro.signature.lists import FrameList, Lists

MOST_FRAMES = 40
LONGEST = 255
JOIN = " | "

NO_THREAD = "EMPTY: no crashing thread identified"
NO_FRAMES = "EMPTY: no frame data available"
NO_MODULE = "(no module)"

Action = Literal[
    "above the sentinel", "irrelevant", "distrusted", "repeats", "prefix", "ends the signature"
]
TAKEN = ("prefix", "ends the signature")

# Frames of a module without symbols; several in a row tell no more than one.
_NAMELESS = re.compile(
    r".*(?:\.dll|\.so|\.dylib|XUL)(?:[.0-9]*)(?:@0x|$)|<name omitted>|<unknown in "
)
_ADDRESS = re.compile(r"@0x([0-9a-f]+)$")
# A page that is never mapped (a null pointer and a small offset), or a fill pattern such as
# 0xe5e5e5e5: the same in every crash of the kind, and telling.
_TELLING_ADDRESS = re.compile(r"@0x(?:[0-9a-f]{1,4}|([0-9a-f]{2})\1{3}(?:\1{4})?)$")
_OFFSET = re.compile(r"@0x[0-9a-f]+$")


@dataclass(frozen=True)
class Step:
    """What became of one frame, and what decided: the line of a list, as "prefix.txt:12"."""

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
class Found:
    """The signature of a stack, the names of its frames, and how it came about."""

    signature: str
    proto_signature: str = ""
    steps: tuple[Step, ...] = ()


def of_stack(
    frames: Sequence[Mapping[str, Any]],
    thread: int | None,
    by: Lists,
    *,
    windows: bool = False,
    trust: bool = True,
) -> Found:
    """Return the signature of a thread's frames. Never raises, whatever the frames hold.

    *thread* None: nobody knows which thread crashed, so no other one's frames are taken instead.
    *trust* False: all frames are believed.
    """
    if thread is None:
        return Found(NO_THREAD)
    found = list(islice(named(frames, windows, by.with_line), MOST_FRAMES))
    if not found:
        return Found(NO_FRAMES)
    steps = walk(found if trust else _believed(found), by)
    taken = [step.name for step in steps if step.action in TAKEN]
    if not taken:
        steps, taken = _least_bad(steps)
    return Found(JOIN.join(taken), JOIN.join(each.name for each in found), tuple(steps))


def _believed(found: Sequence[Named]) -> list[Named]:
    return [Named(number, name) for number, name, _ in found]


def walk(found: Sequence[Named], by: Lists) -> list[Step]:
    """Return what becomes of each frame, down to the one that ends the signature."""
    start, sentinel = _sentinel(found, by.sentinels)
    above = [
        Step(number, name, "above the sentinel", sentinel) for number, name, _ in found[:start]
    ]
    below = found[start:]
    steps = _down(below, by, passed_over=len(below))
    last = steps[-1]
    if last.action != "ends the signature" or (by.bottom.find(last.name) and _guesses(below)):
        steps = _down(below, by, passed_over=_head(below, by))
    return above + steps


def _down(found: Sequence[Named], by: Lists, passed_over: int) -> list[Step]:
    """Take frame by frame; of the first *passed_over* ones, those that are guesses are not."""
    steps: list[Step] = []
    before = None
    for place, (number, name, doubt) in enumerate(found):
        if doubt and place < passed_over:
            steps.append(Step(number, name, "distrusted", doubt))
        elif line := by.irrelevant.find(name):
            steps.append(Step(number, name, "irrelevant", line.where))
        elif name == before and _NAMELESS.match(name):
            steps.append(Step(number, name, "repeats"))
        elif line := by.prefix.find(name):
            steps.append(Step(number, name, "prefix", _though(doubt, line.where)))
            before = name
        else:
            steps.append(Step(number, name, "ends the signature", _though(doubt, None)))
            break
    return steps


def _though(doubt: str | None, where: str | None) -> str | None:
    if doubt is None:
        return where
    why = f"{doubt}, but nothing better is known"
    return f"{where}; {why}" if where else why


def _guesses(found: Sequence[Named]) -> bool:
    return any(each.distrust for each in found)


def _head(found: Sequence[Named], by: Lists) -> int:
    """Return where the first believed frame is that can head a signature; 0 when none can."""
    for place, (_, name, doubt) in enumerate(found):
        if not doubt and not by.irrelevant.find(name) and not by.bottom.find(name):
            return place
    return 0


def _sentinel(found: Sequence[Named], sentinels: FrameList) -> tuple[int, str | None]:
    """Return where the earliest sentinel is, and its line in the list; 0 when there is none."""
    names = [name for _, name, doubt in found if not doubt]
    for place, (_, name, doubt) in enumerate(found):
        if doubt or not sentinels.find(name):
            continue
        for line in sentinels.lines:
            if line.pattern.match(name) and (
                line.condition is None or any(line.condition.match(other) for other in names)
            ):
                return place, line.where
    return 0, None


def _least_bad(steps: Sequence[Step]) -> tuple[list[Step], list[str]]:
    """Name a stack of nothing but irrelevant frames after its first one.

    A bare address there differs from run to run, so that no two crashes would meet: code in no
    module at all is what they have in common, and the module that it was called from.
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
    why = "nothing better is known" if name == step.name else f"nothing better: {name}"
    taken = Step(step.frame, step.name, "ends the signature", why)
    return [*steps[:place], taken, *steps[place + 1 :]]
