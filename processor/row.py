"""The `reports` row of a processed crash: columns of bounded length, and the rest as JSON. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from socorro import quick_json
from socorro.crash import Processed
from socorro.fields import field_of, redact
from socorro.signature.stack import LONGEST as LONGEST_SIGNATURE

# Column -> key of the processed crash, and characters kept.
TEXTS: Mapping[str, tuple[str, int]] = {
    "signature": ("signature", LONGEST_SIGNATURE),
    "product": ("product", 100),
    "product_id": ("product_id", 100),
    "version": ("version", 100),
    "build_id": ("build", 100),
    "release_channel": ("release_channel", 100),
    "process_type": ("process_type", 20),
    "os_name": ("os_name", 100),
    "os_version": ("os_version", 100),
    "cpu_arch": ("cpu_arch", 100),
    "cpu_info": ("cpu_info", 100),
    "reason": ("reason", 255),
    "address": ("address", 20),
    "hang_id": ("hang_id", 100),
    "flash_version": ("flash_version", 100),
    "distributor": ("distributor", 20),
    "distributor_version": ("distributor_version", 20),
    "topmost_filenames": ("topmost_filenames", 1000),
    "app_notes": ("app_notes", 1000),
    "status": ("mdsw_status_string", 100),
    "throttle_rule": ("throttle_rule", 100),
}
INTEGERS = ("crashing_thread", "uptime", "install_age", "last_crash")
PROTECTED: Mapping[str, int] = {"url": 2000, "email": 100, "user_comments": 2000}

LARGEST_FIELD = 8 * 1024  # bytes of JSON
LARGEST_FIELDS = 64 * 1024
# Kept in columns, or read from the crash store by the page that shows them.
NOT_IN_FIELDS = frozenset(
    {key for key, _ in TEXTS.values()}
    | set(INTEGERS)
    | {
        "crash_id", "uuid", "submitted_timestamp", "date_processed", "started_datetime",
        "completed_datetime", "client_crash_date", "crash_time", "install_time", "hang_type",
        "addons_checked", "success", "truncated", "processor_notes", "throttle_rate", "json_dump",
        "signature_trace", "signature_changes", "stack_quality_parts",
        "missing_symbols", "module_certificates", "java_exception",
    }
)  # fmt: skip
_INT4 = range(-(2**31), 2**31)


def to_row(processed: Processed) -> tuple[dict[str, Any], list[str]]:
    """Return the columns of `reports` in their JSON form, and notes on what was cut."""
    notes: list[str] = []
    row: dict[str, Any] = {
        column: _cut(processed.get(key), column, most, notes)
        for column, (key, most) in TEXTS.items()
    }
    for key, most in PROTECTED.items():
        _cut(processed.get(key), key, most, notes)
    for column in ("signature", "product", "version", "status"):
        row[column] = row[column] or ""
    row |= {column: _int4(processed.get(column)) for column in INTEGERS}
    fields, dropped = _fields(processed)
    notes += dropped
    row |= {
        "crash_time": _time(processed.get("crash_time")),
        "hang_type": _int4(processed.get("hang_type")) or 0,
        "addons_checked": processed.get("addons_checked"),
        "success": bool(processed.get("success")),
        "truncated": bool(processed.get("truncated")),
        "throttle_rate": processed.get("throttle_rate", 1.0),
        "fields": fields,
    }
    return row, notes


def user_info(processed: Processed) -> dict[str, str | None]:
    """Return the personal data of a crash, cut to length; None for each absent value."""
    return {
        name: _cut(processed.get(name), name, most, []) or None for name, most in PROTECTED.items()
    }


def _cut(value: object, column: str, most: int, notes: list[str]) -> str | None:
    if not isinstance(value, str):
        return None
    if len(value) > most:
        notes.append(f"{column} cut to {most} characters in reports")
    return value[:most]


def _int4(value: object) -> int | None:
    return value if isinstance(value, int) and value in _INT4 else None


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def _fields(processed: Processed) -> tuple[dict[str, Any], list[str]]:
    """Return the other public fields without those that are too large, and notes."""
    others = {
        key: value
        for key, value in processed.items()
        if key not in NOT_IN_FIELDS
        and value not in (None, "", [], {})
        and not (isinstance(value, dict) and _is_dump(key))
    }
    public = redact("processed_crash", others)
    if len(quick_json.dumps(public)) <= LARGEST_FIELD:  # then no field is larger
        return public, []
    kept, notes, size = {}, [], 2
    for key, value in sorted(public.items()):
        length = len(quick_json.dumps({key: value}))
        if length > LARGEST_FIELD or size + length > LARGEST_FIELDS:
            notes.append(f"{key} is too large for reports")
            continue
        size += length
        kept[key] = value
    return kept, notes


def _is_dump(key: str) -> bool:
    declared = field_of("processed_crash", key)
    return declared is not None and "json_dump" in declared.properties
