"""Messages of the program and the system that are not copied unchanged; most are protected."""

import json
from typing import Any

from processor.crash_reasons import public_reason
from processor.pipeline import Change, View, rule

LONGEST_ERRORS = 4096  # characters
LONGEST_CRASH_INFO = 16 * 1024
MOST_BREADCRUMBS = 500


@rule(reads=("MozCrashReason",), writes=("moz_crash_reason",))
def moz_crash_reason(crash: View) -> Change:
    """Give the reason why the program aborted, without the private text that reasons quote."""
    return {"moz_crash_reason": public_reason(crash.text("MozCrashReason") or "")}


@rule(reads=("Breadcrumbs",), writes=("breadcrumbs",))
def breadcrumbs(crash: View) -> Change:
    """Copy the last steps before the crash: a list, or a list under `values`."""
    if not (crash.text("Breadcrumbs") or "").strip():
        return {"breadcrumbs": None}
    steps = crash.json("Breadcrumbs")
    if isinstance(steps, dict):
        steps = steps.get("values")
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        crash.note("Breadcrumbs is not in the expected format")
        return {"breadcrumbs": None}
    return {"breadcrumbs": steps[-MOST_BREADCRUMBS:]}


@rule(reads=("json_dump",), writes=("mac_crash_info", "mac_boot_args"))
def mac_notices(crash: View) -> Change:
    """Copy what macOS noted about the crash, and its boot arguments."""
    dump = crash.mapping("json_dump")
    info, boot_args = dump.get("mac_crash_info"), dump.get("mac_boot_args")
    kept = info if isinstance(info, dict) and info.get("records") else None
    return {
        "mac_crash_info": _as_text(crash, "mac_crash_info", kept, LONGEST_CRASH_INFO),
        "mac_boot_args": boot_args[:1000] if isinstance(boot_args, str) and boot_args else None,
    }


@rule(reads=("json_dump",), writes=("soft_errors",))
def soft_errors(crash: View) -> Change:
    """Copy the errors in the dump that did not prevent a walk."""
    errors = crash.mapping("json_dump").get("soft_errors")
    kept = errors if isinstance(errors, list) and errors else None
    if kept:
        count = "1 error" if len(kept) == 1 else f"{len(kept)} errors"
        crash.note(f"The client reported {count} in the dump")
    return {"soft_errors": _as_text(crash, "soft_errors", kept, LONGEST_ERRORS)}


def _as_text(crash: View, name: str, value: Any, most: int) -> str | None:
    if value is None:
        return None
    text = json.dumps(value, sort_keys=True)
    if len(text) > most:
        crash.note(f"{name} cut to {most} characters")
    return text[:most]
