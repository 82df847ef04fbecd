"""Signs of faulty hardware or of a memory overrun, as the walk reports them."""

import math
from typing import Any

from processor.pipeline import Change, View, dicts, rule

MOST_INCONSISTENCIES = 20


@rule(reads=("json_dump",), writes=("possible_bit_flips_max_confidence",))
def possible_bit_flips(crash: View) -> Change:
    """Give the walker's highest confidence that one flipped bit explains the crash, 0 to 100."""
    confidences = [flip.get("confidence") for flip in dicts(_info(crash).get("possible_bit_flips"))]
    numbers = [
        confidence
        for confidence in confidences
        if isinstance(confidence, int | float)
        and not isinstance(confidence, bool)
        and math.isfinite(confidence)
    ]
    percent = round(100 * min(1.0, max(0.0, *numbers, 0.0))) if numbers else None
    return {"possible_bit_flips_max_confidence": percent}


@rule(reads=("json_dump",), writes=("crash_inconsistencies",))
def crash_inconsistencies(crash: View) -> Change:
    """List the contradictions, such as a fault that the instruction cannot cause."""
    listed = _info(crash).get("crash_inconsistencies")
    texts = listed if isinstance(listed, list) else []
    names = [name[:200] for name in texts if isinstance(name, str)]
    return {"crash_inconsistencies": names[:MOST_INCONSISTENCIES]}


@rule(reads=("json_dump",), writes=("has_guard_page_access",))
def guard_page_access(crash: View) -> Change:
    """Say whether the instruction accessed a guard page, which is there to catch overruns."""
    accesses = dicts(_info(crash).get("memory_accesses"))
    if not accesses:
        return {"has_guard_page_access": None}
    guarded = any(access.get("is_likely_guard_page") is True for access in accesses)
    return {"has_guard_page_access": guarded}


def _info(crash: View) -> dict[str, Any]:
    info = crash.mapping("json_dump").get("crash_info")
    return info if isinstance(info, dict) else {}
