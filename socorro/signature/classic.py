"""Signatures as they were made in 2012, for those who compare with that time. Pure.

They keep parameters, return types and namespaces; of template arguments only numbers go. There
are no inlined functions and no limit of frames, and all frames are believed. Quotes are not
doubled, though they were then: that was SQL that had got into the data.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from socorro.signature.crash_data import BROWSER_HANG, PLUGIN_HANG, CrashData
from socorro.signature.frames import Named
from socorro.signature.lists import Lists
from socorro.signature.normalize import LONGEST, printable
from socorro.signature.rules import Rule, State, cut
from socorro.signature.stack import JOIN, NO_FRAMES, NO_THREAD, TAKEN, Found, walk

MOST_FRAMES = 1000

_BEFORE_MARK = re.compile(r" +(?=[*&,])")
_AFTER_COMMA = re.compile(r",(?=[^ ])")
_NUMBER = re.compile(r"(?<=[<,])( ?)-?[0-9]+(?=[,> ])")
_FOLDER = re.compile(r"[/\\]")
_HANGS = {PLUGIN_HANG: "hang", BROWSER_HANG: "chromehang"}


def of_stack(crash: CrashData, by: Lists) -> Found:
    """Return the signature of the crashing thread's frames, of a browser's hang the main one's."""
    browser = crash.hang_type == BROWSER_HANG
    frames = crash.first_thread if browser else crash.frames
    if crash.thread is None and not browser:
        return Found(NO_THREAD)
    windows = crash.os_name in ("Windows NT", "")
    named = [Named(number, _name(frame, windows, by)) for number, frame in enumerate(frames)]
    found = list(islice((each for each in named if each.name), MOST_FRAMES))
    if not found:
        return Found(NO_FRAMES)
    steps = walk(found, by)
    taken = [step.name for step in steps if step.action in TAKEN] or [found[0].name]
    hang = [_HANGS[crash.hang_type]] if crash.hang_type in _HANGS else []
    proto = JOIN.join(each.name for each in found)
    return Found(JOIN.join([*hang, *taken]), proto, tuple(steps))


def _name(frame: Mapping[str, Any], windows: bool, by: Lists) -> str:
    function, line = printable(frame.get("function")), frame.get("line")
    if function:
        name = _NUMBER.sub(r"\1int", _AFTER_COMMA.sub(", ", _BEFORE_MARK.sub("", function)))
        return f"{name}:{line}"[:LONGEST] if by.with_line.find(name) else name[:LONGEST]
    file = printable(frame.get("file"))
    if file and line is not None:
        return f"{_FOLDER.split(file)[-1]}#{line}"[:LONGEST]
    module = printable(frame.get("module"))
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
