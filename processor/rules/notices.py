"""What program and system noted, as far as a rule has to look at it; mostly protected."""

import json
from typing import Any

from processor.pipeline import Change, View, rule

LONGEST_ERRORS = 4096  # characters
LONGEST_CRASH_INFO = 16 * 1024
MOST_BREADCRUMBS = 500
# After these words, programs quote what the user had open.
_QUOTING = (
    "Failed to load module",
    "byte index",
    "do not use eval with system privileges",
)


@rule(reads=("MozCrashReason",), writes=("moz_crash_reason",))
def moz_crash_reason(crash: View) -> Change:
    """Tell why the program ended itself, without what some of its reasons quote."""
    told = (crash.text("MozCrashReason") or "").strip()
    public = next((words for words in _QUOTING if told.startswith(words)), told[:1000])
    return {"moz_crash_reason": public or None}


@rule(reads=("Breadcrumbs",), writes=("breadcrumbs",))
def breadcrumbs(crash: View) -> Change:
    """Keep the last steps before the crash: a list, or a list under `values`."""
    if not (crash.text("Breadcrumbs") or "").strip():
        return {"breadcrumbs": None}
    found = crash.json("Breadcrumbs")
    if isinstance(found, dict):
        found = found.get("values")
    if not isinstance(found, list) or not all(isinstance(step, dict) for step in found):
        crash.note("Breadcrumbs is not in the expected form")
        return {"breadcrumbs": None}
    return {"breadcrumbs": found[-MOST_BREADCRUMBS:]}


@rule(reads=("json_dump",), writes=("mac_crash_info", "mac_boot_args"))
def mac_notices(crash: View) -> Change:
    """Keep what macOS noted about the crash, and how it was booted."""
    dump = crash.mapping("json_dump")
    found, booted = dump.get("mac_crash_info"), dump.get("mac_boot_args")
    kept = found if isinstance(found, dict) and found.get("records") else None
    return {
        "mac_crash_info": _as_text(crash, "mac_crash_info", kept, LONGEST_CRASH_INFO),
        "mac_boot_args": booted[:1000] if isinstance(booted, str) and booted else None,
    }


@rule(reads=("json_dump",), writes=("soft_errors",))
def soft_errors(crash: View) -> Change:
    """Keep what was wrong with the dump though it could be walked."""
    found = crash.mapping("json_dump").get("soft_errors")
    kept = found if isinstance(found, list) and found else None
    if kept:
        crash.note(f"the client noted {len(kept)} errors in the dump")
    return {"soft_errors": _as_text(crash, "soft_errors", kept, LONGEST_ERRORS)}


def _as_text(crash: View, name: str, value: Any, most: int) -> str | None:
    if value is None:
        return None
    text = json.dumps(value, sort_keys=True)
    if len(text) > most:
        crash.note(f"{name} cut to {most} characters")
    return text[:most]
