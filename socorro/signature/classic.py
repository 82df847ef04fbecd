"""Signatures as they were in 2012, for comparison with data of that time. Pure.

They keep parameters, return types and namespaces; numbers in template arguments become `int`.
Inlined functions are ignored, all frames are trusted, and MOST_FRAMES of them count. Quotes were
doubled in 2012, by SQL that leaked into the data; here they are not.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from socorro.signature.crash_data import BROWSER_HANG, PLUGIN_HANG, CrashData
from socorro.signature.frames import Named, base_name, module_name
from socorro.signature.lists import Lists
from socorro.signature.normalize import AFTER_COMMA, BEFORE_MARK, LONGEST, one_line, printable
from socorro.signature.rules import Rule, State, cut
from socorro.signature.stack import JOIN, NO_FRAMES, NO_THREAD, TAKEN, StackSignature, walk

MOST_FRAMES = 1000

_NUMBER = re.compile(r"(?<=[<,])( ?)-?[0-9]+(?=[,> ])")
_HANGS = {PLUGIN_HANG: "hang", BROWSER_HANG: "chromehang"}


def of_stack(crash: CrashData, lists: Lists) -> StackSignature:
    """Return the signature of the crashing thread, or of the main thread for a browser hang."""
    browser = crash.hang_type == BROWSER_HANG
    frames = crash.first_thread if browser else crash.frames
    if crash.thread is None and not browser:
        return StackSignature(NO_THREAD)
    windows = crash.os_name in ("Windows NT", "")
    every_frame = [
        Named(number, _name(frame, windows, lists)) for number, frame in enumerate(frames)
    ]
    named_frames = list(islice((frame for frame in every_frame if frame.name), MOST_FRAMES))
    if not named_frames:
        return StackSignature(NO_FRAMES)
    steps = walk(named_frames, lists)
    taken = [step.name for step in steps if step.action in TAKEN] or [named_frames[0].name]
    hang = [_HANGS[crash.hang_type]] if crash.hang_type in _HANGS else []
    proto = JOIN.join(frame.name for frame in named_frames)
    return StackSignature(JOIN.join([*hang, *taken]), proto, tuple(steps))


def _name(frame: Mapping[str, Any], windows: bool, lists: Lists) -> str:
    function, line = printable(frame.get("function")), frame.get("line")
    if function:
        name = _NUMBER.sub(r"\1int", AFTER_COMMA.sub(", ", BEFORE_MARK.sub("", function)))
        return f"{name}:{line}"[:LONGEST] if lists.with_line.find(name) else name[:LONGEST]
    file = printable(base_name(one_line(frame.get("file"))))
    if file and line is not None:
        return f"{file}#{line}"[:LONGEST]
    module = printable(module_name(frame.get("module")))
    offset = frame.get("module_offset") if module else frame.get("offset")
    try:
        at = f"@{hex(int(offset, 16))}" if isinstance(offset, str) else ""
    except ValueError:
        at = ""
    return f"{module.lower() if windows else module}{at}"[:LONGEST]


def corrupt_dump(crash: CrashData, state: State) -> State:
    """Say with an empty signature that the dump could not be walked."""
    if not state.text.startswith("EMPTY") or crash.status in ("OK", ""):
        return state
    return state.put(f"{state.text}; corrupt dump")


AFTER_THE_STACK: Sequence[Rule] = (corrupt_dump, cut)
