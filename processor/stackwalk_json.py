"""rust-minidump's JSON, made safe: what is known has its type, whatever came out of the dump.

Every part may be missing or null. A known key with a value of the wrong type becomes null;
unknown keys are kept as they are (socorro.fields hides them from everybody but the authorised).
The shape is rust-minidump's (minidump-processor/json-schema.md).
"""

from collections.abc import Mapping
from typing import Any

from socorro import quick_json

Note = str

_FRAME_TEXTS = (
    "file", "function", "function_offset", "module", "module_offset", "offset", "trust",
)  # fmt: skip
_INLINE_TEXTS = ("file", "function")
_MODULE_TEXTS = (
    "base_addr", "cert_subject", "code_id", "debug_file", "debug_id", "end_addr", "filename",
    "symbol_url", "version",
)  # fmt: skip
_SYSTEM_TEXTS = ("os", "os_ver", "cpu_arch", "cpu_info", "cpu_microcode_version")
_CRASH_TEXTS = ("type", "address", "instruction", "assertion")


class BadOutput(ValueError):
    """What the walker printed is not what it promises to print."""


def parse(text: bytes) -> tuple[dict[str, Any], list[Note]]:
    """Return the JSON in *text* with its known parts in shape. Raises BadOutput."""
    try:
        found = quick_json.loads(text)
    except RecursionError:
        raise BadOutput("its JSON is nested too deeply") from None
    except ValueError:
        raise BadOutput("its output is not JSON") from None
    if not isinstance(found, dict):
        raise BadOutput("its output is not a JSON object")
    return normalize(found), []


def normalize(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return *found* with threads, modules, crash and system information in shape."""
    threads = [_thread(thread) for thread in _dicts(found.get("threads"))]
    crashing = found.get("crashing_thread")
    return {
        **found,
        "crash_info": _crash_info(found.get("crash_info")),
        "system_info": _system_info(found.get("system_info")),
        "threads": threads,
        "thread_count": len(threads),
        "crashing_thread": _crashing_thread(crashing) if isinstance(crashing, dict) else None,
        "modules": [_texts(module, _MODULE_TEXTS) for module in _dicts(found.get("modules"))],
        "main_module": whole(found.get("main_module")),
    }


def whole(value: object) -> int | None:
    """Return *value* when it is a whole number (JSON's true is none), else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _crash_info(value: object) -> dict[str, Any]:
    found = _texts(value if isinstance(value, dict) else {}, _CRASH_TEXTS)
    adjusted = found.get("adjusted_address")
    return {
        **found,
        "crashing_thread": whole(found.get("crashing_thread")),
        "adjusted_address": adjusted if isinstance(adjusted, dict) else None,
    }


def _system_info(value: object) -> dict[str, Any]:
    found = _texts(value if isinstance(value, dict) else {}, _SYSTEM_TEXTS)
    return {**found, "cpu_count": whole(found.get("cpu_count"))}


def _crashing_thread(found: dict[str, Any]) -> dict[str, Any]:
    return {**_thread(found), "threads_index": whole(found.get("threads_index"))}


def _thread(found: dict[str, Any]) -> dict[str, Any]:
    frames = [_frame(frame) for frame in _dicts(found.get("frames"))]
    named = _texts(found, ("thread_name", "last_error_value"))
    return {**named, "frames": frames, "frame_count": len(frames)}


def _frame(found: dict[str, Any]) -> dict[str, Any]:
    inlines = found.get("inlines")
    if inlines is not None:
        inlines = [
            {**_texts(inline, _INLINE_TEXTS), "line": whole(inline.get("line"))}
            for inline in _dicts(inlines)
        ]
    return {
        **_texts(found, _FRAME_TEXTS),
        "frame": whole(found.get("frame")),
        "line": whole(found.get("line")),
        "inlines": inlines,
    }


def _texts(found: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return a copy in which each of *names* is text or None."""
    texts = dict(found)
    for name in names:
        if not isinstance(texts.get(name), str):
            texts[name] = None
    return texts


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
