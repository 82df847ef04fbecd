"""The input of a signature: the stacks, and what the client reported about the crash. Pure.

It is read from a processed crash, and from the annotations of the raw crash when they are
available. All of it comes from outside, so a value of a wrong type counts as absent.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Frame = Mapping[str, Any]

NO_HANG, BROWSER_HANG, PLUGIN_HANG = 0, 1, -1
LONGEST_HANG = 40  # characters of the name of what hung
LARGEST_SIZE = 2**64 - 1  # bytes: the largest size_t, which clients send for an overflow

_HANG = re.compile(rf"[a-z][a-z0-9_-]{{0,{LONGEST_HANG - 1}}}")
_NOT_HUNG = ("", "0", "false", "no", "none", "null")
_HUNG = ("1", "true", "yes")  # without a name: the browser

# Annotation -> key of the processed crash that holds a copy of it.
ANNOTATIONS: Mapping[str, str] = {
    "AbortMessage": "abort_message",
    "AsyncShutdownTimeout": "async_shutdown_timeout",
    "Hang": "hang",
    "IPCMessageName": "ipc_message_name",
    "JSLargeAllocationFailure": "js_large_allocation_failure",
    "JavaException": "java_exception",
    "JavaStackTrace": "java_stack_trace",
    "OOMAllocationSize": "oom_allocation_size",
    "ipc_channel_error": "ipc_channel_error",
}
PROCESSED = (
    "additional_minidumps", "crashing_thread", "hang_type", "json_dump", "mdsw_status_string",
    "os_name", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class CrashData:
    """What the signature of one crash depends on; frames as in json_dump, top first."""

    frames: Sequence[Frame] = ()  # of the crashing thread
    thread: int | None = None  # None when the walk does not say which thread crashed
    first_thread: Sequence[Frame] = ()  # the main thread's frames; they matter for a hang
    os_name: str = ""
    reason: str = ""
    status: str = "OK"  # of the walk
    last_error: str = ""  # of the crashing thread, on Windows
    hang_type: int = NO_HANG
    hang: str = ""  # what hung: "ui", "main"
    java_stack_trace: str | None = None
    java_exception: str | None = None
    oom_allocation_size: int | None = None
    js_large_allocation_failure: str = ""
    abort_message: str = ""
    async_shutdown_timeout: str = ""
    ipc_channel_error: str = ""
    ipc_message_name: str = ""
    additional_minidumps: Sequence[str] = ()

    @property
    def windows(self) -> bool:
        """Whether the system is Windows, where file names are case-insensitive."""
        return self.os_name == "Windows NT"


def read(processed: Mapping[str, Any], annotations: Mapping[str, Any]) -> CrashData:
    """Read the input from a processed crash and annotations of its raw crash. Never raises."""
    annotated = {
        key: annotations.get(name, processed.get(key)) for name, key in ANNOTATIONS.items()
    }
    dump = _mapping(processed.get("json_dump"))
    crashing = _mapping(dump.get("crashing_thread"))
    threads = _items(dump.get("threads"))
    system = _mapping(dump.get("system_info"))
    return CrashData(
        frames=frames_of(crashing),
        thread=_whole(processed.get("crashing_thread")),
        first_thread=frames_of(threads[0] if threads else {}),
        os_name=_text(processed.get("os_name")) or _text(system.get("os")),
        reason=_text(processed.get("reason")),
        status=_text(processed.get("mdsw_status_string")),
        last_error=_text(crashing.get("last_error_value")),
        hang_type=_whole(processed.get("hang_type")) or NO_HANG,
        hang=hang(_text(annotated["hang"])) or "",
        java_stack_trace=_text(annotated["java_stack_trace"]) or None,
        java_exception=_text(annotated["java_exception"]) or None,
        oom_allocation_size=size(annotated["oom_allocation_size"]),
        js_large_allocation_failure=_text(annotated["js_large_allocation_failure"]).strip(),
        abort_message=_text(annotated["abort_message"]),
        async_shutdown_timeout=_text(annotated["async_shutdown_timeout"]),
        ipc_channel_error=_text(annotated["ipc_channel_error"]),
        ipc_message_name=_text(annotated["ipc_message_name"]),
        additional_minidumps=tuple(
            name for name in _items(processed.get("additional_minidumps")) if isinstance(name, str)
        ),
    )


def of_walk(dump: Mapping[str, Any]) -> CrashData:
    """Return the input from a walk's json_dump alone, before any processing."""
    info = _mapping(dump.get("crash_info"))
    walked = {"json_dump": dump, "mdsw_status_string": dump.get("status")}
    return read(
        {**walked, "crashing_thread": info.get("crashing_thread"), "reason": info.get("type")}, {}
    )


def hang(annotation: str) -> str | None:
    """Return what hung, by a `Hang` annotation: "" when it only says that something did.

    None when nothing hung. The value is public, so text that is not a short word is "unknown".
    """
    name = annotation.strip().lower()
    if name in _NOT_HUNG:
        return None
    return "" if name in _HUNG else name if _HANG.fullmatch(name) else "unknown"


def size(value: object) -> int | None:
    """Return a size in bytes, up to 2^64 - 1; None when the value is no size."""
    if isinstance(value, str):
        digits = value[:100].strip()
        value = int(digits) if digits.isascii() and digits.isdigit() else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= LARGEST_SIZE else None


def frames_of(thread: object) -> tuple[Frame, ...]:
    """Return the frames of a thread; entries that are not frames are left out."""
    listed = _items(_mapping(thread).get("frames"))
    return tuple(frame for frame in listed if isinstance(frame, dict))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _items(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: object) -> int | None:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return int(value) if len(value) <= 18 else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
