"""What the walk says about the crash itself: thread, reason, address."""

from collections.abc import Mapping
from typing import Any

from processor.pipeline import Change, View, rule


@rule(reads=("json_dump",), writes=("crashing_thread", "crashing_thread_name", "last_error_value"))
def crashing_thread(crash: View) -> Change:
    """Name the thread that crashed. When the walk does not, nobody guesses: it stays None."""
    dump = crash.mapping("json_dump")
    number = dump.get("crash_info", {}).get("crashing_thread")
    if number is None or number < 0:
        if dump:
            crash.note("no crashing thread identified")
        return {"crashing_thread": None}
    thread = _thread(dump)
    return {
        "crashing_thread": number,
        "crashing_thread_name": thread.get("thread_name"),
        "last_error_value": thread.get("last_error_value"),
    }


@rule(reads=("json_dump",), writes=("reason", "address", "crash_address_kind"))
def crash_info(crash: View) -> Change:
    """Tell reason and address of the crash.

    The walker may know better than the processor's fault address: on x86-64 the fault of a
    non-canonical address does not tell it, and a small offset from NULL means a null pointer.
    """
    found = crash.mapping("json_dump").get("crash_info", {})
    address, kind = found.get("address"), None
    adjusted = found.get("adjusted_address") or {}
    if adjusted.get("kind") == "non-canonical" and isinstance(adjusted.get("address"), str):
        address, kind = adjusted["address"], "non-canonical"
    elif adjusted.get("kind") == "null-pointer" and isinstance(adjusted.get("offset"), str):
        address, kind = adjusted["offset"], "null-pointer"
    return {"reason": found.get("type"), "address": address, "crash_address_kind": kind}


def _thread(dump: Mapping[str, Any]) -> Mapping[str, Any]:
    found = dump.get("crashing_thread")
    return found if isinstance(found, dict) else {}
