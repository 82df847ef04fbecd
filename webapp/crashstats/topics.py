"""Groups of fields in the data dictionary, and which fields a search of it matches."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from socorro.fields import Field, copies, fields

# The first field of each group, in the order of processed_crash.yaml: a new field belongs to the
# group in which it is declared.
GROUPS: Mapping[str, str] = {
    "crash_id": "Crash and report",
    "product": "Product and build",
    "crash_time": "Times",
    "signature": "Signature and stack",
    "report_type": "Kind of crash",
    "os_name": "System and hardware",
    "safe_mode": "Add-ons and plugins",
    "app_notes": "From the user and the application",
    "breadcrumbs": "State of the application",
    "graphics_critical_error": "Graphics",
    "total_page_file": "Memory",
    "cpu_microcode_version": "Desktop and devices",
    "android_version": "Android",
    "content_sandbox_capable": "Processes and sandboxes",
    "startup_cache_valid": "Startup, shutdown and main thread",
    "blocked_dll_list": "Windows and macOS",
    "ipc_fatal_error_msg": "Messages between processes",
    "phc_kind": "Heap checks",
    "dumper_error": "Other",
    "submitted_from": "Submission",
    "success": "Processing",
}
BY_COLLECTOR = "Added by the collector"
AS_SENT = "Other annotations"
_COLLECTORS = ("uuid", "submitted_timestamp", "version", "metadata")
MOST_NEAREST = 5


def grouped_processed() -> dict[str, list[Field]]:
    """Return the fields of the processed crash by group, in the order of declaration."""
    groups: dict[str, list[Field]] = {}
    current = AS_SENT
    for name, field in fields("processed_crash").items():
        current = GROUPS.get(name, current)
        groups.setdefault(current, []).append(field)
    return groups


def grouped_raw() -> dict[str, list[Field]]:
    """Return the annotations by the group of their copy in the processed crash."""
    copied = {copy.name: source for source, copy in copies()}
    declared = dict(fields("raw_crash"))
    groups = {BY_COLLECTOR: [declared.pop(name) for name in _COLLECTORS]}
    for group, members in grouped_processed().items():
        sources = [copied[field.name] for field in members if field.name in copied]
        if sources:
            groups[group] = [declared.pop(source) for source in sources]
    return {**groups, AS_SENT: list(declared.values())}


def matches(field: Field, words: Sequence[str]) -> bool:
    """Return whether name or meaning of a field has all *words*, which are in small letters."""
    spaced = field.name.replace("_", " ")
    text = f"{field.name} {spaced} {field.description} {field.source_annotation or ''}".lower()
    return all(word in text for word in words)


def nearest(word: str) -> list[str]:
    """Return the names of fields that are spelled most like *word*."""
    names = {
        name.lower(): name for kind in ("processed_crash", "raw_crash") for name in fields(kind)
    }
    return [names[one] for one in get_close_matches(word.lower(), names, MOST_NEAREST, 0.6)]
