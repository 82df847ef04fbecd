"""A walked stack as a list of calls, and several stacks side by side. Pure.

Walkers differ in shape: rust-minidump keeps inlined calls inside the frame that they were inlined
into, Breakpad prints each as a frame of its own. As calls they can be compared.
"""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

Row = tuple["Call | None", ...]  # one call as each walker reports it


class Call(NamedTuple):
    """One call. *name* is the function, or module and offset where that has no name."""

    name: str
    module: str
    source: str  # file:line, "" when unknown
    trust: str  # "" when the walker does not report it
    frame: int | None
    inlined: bool

    @property
    def key(self) -> tuple[str, str, str]:
        """What walkers must agree on: module, name and source."""
        return self.module, self.name, self.source


def calls(thread: Mapping[str, Any]) -> list[Call]:
    """Return the calls of a thread, innermost first; inlined calls before their frame."""
    stack = []
    for frame in thread.get("frames") or ():
        module, number = str(frame.get("module") or ""), frame.get("frame")
        for inline in frame.get("inlines") or ():
            name = str(inline.get("function") or "(no name)")
            stack.append(Call(name, module, _source(inline), "inlined", number, True))
        trust = str(frame.get("trust") or "")
        name = _name(frame, module)
        stack.append(Call(name, module, _source(frame), trust, number, False))
    return stack


def side_by_side(stacks: Sequence[Sequence[Call]]) -> list[Row]:
    """Align *stacks* to the first one; None where a stack has no such call."""
    base = stacks[0]
    places: list[list[list[Call | None]]] = [_placed(base, other) for other in stacks[1:]]
    rows: list[Row] = []
    for place in range(len(base) + 1):
        columns = [column[place] for column in places]
        extra = max((len(column) - 1 for column in columns), default=0)
        for number in range(extra):
            row = [column[number] if number < len(column) - 1 else None for column in columns]
            rows.append((None, *row))
        if place < len(base):
            rows.append((base[place], *(column[-1] for column in columns)))
    return rows


def differs(row: Row) -> bool:
    """Return whether the walkers disagree on a call."""
    return len({call.key if call else None for call in row}) > 1


def _placed(base: Sequence[Call], other: Sequence[Call]) -> list[list[Call | None]]:
    """Return the calls of *other* for each place of *base*, and for its end.

    The last of each list is the call at that place, None without one; before it are calls that
    *base* does not have.
    """
    places: list[list[Call | None]] = [[None] for _ in range(len(base) + 1)]
    matcher = SequenceMatcher(None, [c.key for c in base], [c.key for c in other], autojunk=False)
    for _, first, last, start, end in matcher.get_opcodes():
        paired = min(last - first, end - start)
        for number in range(paired):
            places[first + number][-1] = other[start + number]
        # Calls left over in *other* come before the next call of *base*.
        places[first + paired][:-1] = other[start + paired : end]
    return places


def _name(frame: Mapping[str, Any], module: str) -> str:
    if frame.get("truncated"):
        return "(frames left out)"
    if frame.get("function"):
        return str(frame["function"])
    if module:
        return f"{module}@{frame.get('module_offset') or '?'}"
    return str(frame.get("offset") or "?")


def _source(place: Mapping[str, Any]) -> str:
    if not place.get("file"):
        return ""
    file = str(place["file"])
    return f"{file}:{place['line']}" if place.get("line") else file
