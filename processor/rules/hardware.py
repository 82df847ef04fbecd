"""Signs that the machine is to blame, or that memory was overrun: what the walk saw of it."""

import math
from typing import Any

from processor.pipeline import Change, View, rule

MOST_INCONSISTENCIES = 20


@rule(reads=("json_dump",), writes=("possible_bit_flips_max_confidence",))
def possible_bit_flips(crash: View) -> Change:
    """Say how sure the walker is, at best, that one wrong bit explains the crash: 0 to 100."""
    told = [flip.get("confidence") for flip in _listed(crash, "possible_bit_flips")]
    known = [
        confidence
        for confidence in told
        if isinstance(confidence, int | float)
        and not isinstance(confidence, bool)
        and math.isfinite(confidence)
    ]
    sure = round(100 * min(1.0, max(0.0, *known, 0.0))) if known else None
    return {"possible_bit_flips_max_confidence": sure}


@rule(reads=("json_dump",), writes=("crash_inconsistencies",))
def crash_inconsistencies(crash: View) -> Change:
    """List what does not fit together, such as a fault that the instruction cannot cause."""
    found = _info(crash).get("crash_inconsistencies")
    told = found if isinstance(found, list) else []
    names = [name[:200] for name in told if isinstance(name, str)]
    return {"crash_inconsistencies": names[:MOST_INCONSISTENCIES]}


@rule(reads=("json_dump",), writes=("has_guard_page_access",))
def guard_page_access(crash: View) -> Change:
    """Say whether the instruction used memory that is there to catch overruns."""
    accesses = _listed(crash, "memory_accesses")
    if not accesses:
        return {"has_guard_page_access": None}
    guarded = any(access.get("is_likely_guard_page") is True for access in accesses)
    return {"has_guard_page_access": guarded}


def _info(crash: View) -> dict[str, Any]:
    found = crash.mapping("json_dump").get("crash_info")
    return found if isinstance(found, dict) else {}


def _listed(crash: View, name: str) -> list[dict[str, Any]]:
    found = _info(crash).get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
