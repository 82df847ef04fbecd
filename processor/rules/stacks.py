"""Stacks: cut to a length that people read, and the source file on top."""

from collections.abc import Mapping
from typing import Any

from processor.pipeline import Change, View, rule

MOST_FRAMES = 500
_FIRST, _LAST = 250, 249  # and one marker between them


@rule(reads=("json_dump", "extra_dumps"), writes=("json_dump", "extra_dumps", "truncated"))
def truncated_stacks(crash: View) -> Change:
    """Cut the middle out of stacks of more than 500 frames (endless recursion)."""
    dump, cut = truncate(crash.mapping("json_dump"))
    extra = {name: dict(found) for name, found in crash.mapping("extra_dumps").items()}
    for name, found in extra.items():
        shorter, _ = truncate(found.get("json_dump") or {})
        extra[name] = {**found, "json_dump": shorter or None}
    return {"json_dump": dump or None, "extra_dumps": extra, "truncated": cut}


@rule(reads=("json_dump",), writes=("topmost_filenames",))
def topmost_filenames(crash: View) -> Change:
    """Name the source file nearest to the crash that has a known name."""
    thread = crash.mapping("json_dump").get("crashing_thread") or {}
    for frame in thread.get("frames", ()):
        for part in (*(frame.get("inlines") or ()), frame):
            if part.get("file"):
                return {"topmost_filenames": part["file"]}
    return {"topmost_filenames": None}


def truncate(dump: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return a copy of *dump* with long stacks cut, and whether the crashing one was."""
    shorter = dict(dump)
    if dump.get("threads"):
        shorter["threads"] = [_cut(thread) for thread in dump["threads"]]
    crashing = dump.get("crashing_thread")
    if not crashing:
        return shorter, False
    shorter["crashing_thread"] = _cut(crashing)
    return shorter, len(crashing["frames"]) > MOST_FRAMES


def _cut(thread: Mapping[str, Any]) -> dict[str, Any]:
    frames = thread["frames"]
    if len(frames) <= MOST_FRAMES:
        return dict(thread)
    dropped = len(frames) - _FIRST - _LAST
    marker = {"truncated": {"msg": f"{dropped} frames truncated"}}
    return {**thread, "frames": [*frames[:_FIRST], marker, *frames[-_LAST:]], "truncated": True}
