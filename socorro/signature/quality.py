"""How reliable a stack is, from 0 (no frames) to 100, and the values behind the score. Pure.

Of the first 40 frames of the crashing thread:

    trusted   share not found by mere scanning; null when the walker does not report trust
    named     share with a function name that is not far behind a public symbol
    corrupt   a caller is in no module: the stack is damaged, or the walk lost it
    truncated the stack was longer than what was kept

    score = 100 * (0.4 trusted + 0.4 named + 0.2 whole)

where whole is 1, or 0 when the stack is corrupt, or 0.5 when it is only truncated. When trust is
null, the other two make up the score: 100 * (0.4 named + 0.2 whole) / 0.6. No frames: 0.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from socorro.signature.frames import distrust, name_doubt
from socorro.signature.stack import MOST_FRAMES

_TRUSTED, _NAMED, _WHOLE = 0.4, 0.4, 0.2


class Quality(NamedTuple):
    """The score of a stack, and the values that it is computed from."""

    score: int
    frames: int
    trusted: float | None
    named: float
    corrupt: bool
    truncated: bool


def quality(thread: Mapping[str, Any]) -> Quality:
    """Return the quality of a thread of a json_dump."""
    listed = thread.get("frames")
    every = (
        [frame for frame in listed if isinstance(frame, dict)] if isinstance(listed, list) else []
    )
    frames = [frame for frame in every if not frame.get("truncated")]
    truncated = bool(thread.get("truncated")) or len(frames) < len(every)
    looked_at = frames[:MOST_FRAMES]
    if not looked_at:
        return Quality(0, 0, None, 0.0, False, truncated)
    named = sum(map(_is_named, looked_at)) / len(looked_at)
    trusted = _trusted(looked_at)
    corrupt = any(not frame.get("module") and not frame.get("function") for frame in looked_at[1:])
    whole = 0.0 if corrupt else 0.5 if truncated else 1.0
    if trusted is None:
        share = (_NAMED * named + _WHOLE * whole) / (_NAMED + _WHOLE)
    else:
        share = _TRUSTED * trusted + _NAMED * named + _WHOLE * whole
    shares = (None if trusted is None else round(trusted, 2), round(named, 2))
    return Quality(round(100 * share), len(looked_at), *shares, corrupt, truncated)


def _is_named(frame: Mapping[str, Any]) -> bool:
    return bool(frame.get("function")) and name_doubt(frame) is None


def _trusted(frames: list[dict[str, Any]]) -> float | None:
    if not any(frame.get("trust") for frame in frames):
        return None
    return sum(distrust(frame) is None for frame in frames) / len(frames)
