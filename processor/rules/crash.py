"""The crash itself, as the walk reports it: thread, reason, address."""

from collections.abc import Mapping
from typing import Any

from processor.pipeline import Change, View, rule


@rule(reads=("json_dump",), writes=("crashing_thread", "crashing_thread_name", "last_error_value"))
def crashing_thread(crash: View) -> Change:
    """Name the thread that crashed; None when the walk does not: there is no guessing."""
    dump = crash.mapping("json_dump")
    number = dump.get("crash_info", {}).get("crashing_thread")
    if number is None or number < 0:
        if dump:
            crash.note("No crashing thread identified")
        return {"crashing_thread": None}
    thread = _thread(dump)
    return {
        "crashing_thread": number,
        "crashing_thread_name": thread.get("thread_name"),
        "last_error_value": thread.get("last_error_value"),
    }


@rule(reads=("json_dump",), writes=("reason", "address", "crash_address_kind"))
def crash_info(crash: View) -> Change:
    """Give the reason and the address of the crash.

    The walker may know a better address than the CPU reported: on x86-64 the fault of a
    non-canonical address does not report that address, and a small offset from NULL means a
    null pointer.
    """
    info = crash.mapping("json_dump").get("crash_info", {})
    address, kind = info.get("address"), None
    adjusted = info.get("adjusted_address") or {}
    if adjusted.get("kind") == "non-canonical" and isinstance(adjusted.get("address"), str):
        address, kind = adjusted["address"], "non-canonical"
    elif adjusted.get("kind") == "null-pointer" and isinstance(adjusted.get("offset"), str):
        address, kind = adjusted["offset"], "null-pointer"
    return {"reason": info.get("type"), "address": address, "crash_address_kind": kind}


def _thread(dump: Mapping[str, Any]) -> Mapping[str, Any]:
    thread = dump.get("crashing_thread")
    return thread if isinstance(thread, dict) else {}
