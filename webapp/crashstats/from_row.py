"""A processed crash as far as its row in Postgres has it: for reports without a dump."""

from collections.abc import Mapping
from typing import Any, Final

from socorro.fields import redact
from webapp.crashstats.reading import number, text

MOST_FRAMES: Final = 500
# Column -> fields of the processed crash, where they differ.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "crash_id": ("crash_id", "uuid"),
    "submitted_at": ("submitted_timestamp", "date_processed"),
    "started_at": ("started_datetime",),
    "completed_at": ("completed_datetime",),
    "crash_time": ("client_crash_date",),
    "build_id": ("build",),
    "status": ("mdsw_status_string",),
}


def document(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public fields, with a stack of the names in the proto signature."""
    processed: dict[str, Any] = dict(row.get("fields") or {})
    for column, value in row.items():
        if column != "fields":
            processed.update(dict.fromkeys(_NAMES.get(column, (column,)), value))
    processed["throttle_rate"] = float(f"{row.get('throttle_rate') or 1:.3g}")  # kept as real
    return _with_stack(redact("processed_crash", processed))


def _with_stack(processed: dict[str, Any]) -> dict[str, Any]:
    names = text(processed, "proto_signature").split(" | ")
    if not any(names):
        return processed
    frames = [
        {"frame": place, "function": name, "trust": "name only"} for place, name in enumerate(names)
    ]
    thread = {"threads_index": number(processed, "crashing_thread") or 0, "frames": frames}
    modules = [
        dict(zip(("filename", "debug_id"), entry.split("/", 1), strict=False))
        for entry in text(processed, "modules_in_stack").split(";")
        if entry
    ]
    return {**processed, "json_dump": {"crashing_thread": thread, "modules": modules}}
