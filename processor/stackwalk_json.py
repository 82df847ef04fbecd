"""rust-minidump's JSON, made safe: what is known has its type, whatever came out of the dump.

Every part may be missing or null. A known key with a value of the wrong type becomes null;
unknown keys are kept as they are (socorro.fields hides them from everybody but the authorised).
The shape is rust-minidump's (minidump-processor/json-schema.md).
"""

import re
from typing import Any

from socorro import quick_json
from socorro.symbols.symfile import NAMELESS

Note = str

_FRAME_TEXTS = (
    "file", "function", "function_offset", "module", "module_offset", "offset", "trust",
)  # fmt: skip
_FRAME_NUMBERS = ("frame", "line")
_INLINE_TEXTS = ("file", "function")
_LINE = ("line",)
_THREAD_TEXTS = ("thread_name", "last_error_value")
_MODULE_TEXTS = (
    "base_addr", "cert_subject", "code_id", "debug_file", "debug_id", "end_addr", "filename",
    "symbol_url", "version",
)  # fmt: skip
_SYSTEM_TEXTS = ("os", "os_ver", "cpu_arch", "cpu_info", "cpu_microcode_version")
_NAMELESS = re.compile(NAMELESS)  # a module and an offset say more
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


def normalize(found: dict[str, Any]) -> dict[str, Any]:
    """Bring threads, modules, crash and system information in *found* into shape; return it."""
    crashing = found.get("crashing_thread")
    found["crash_info"] = _crash_info(found.get("crash_info"))
    found["system_info"] = _typed(_dict(found.get("system_info")), _SYSTEM_TEXTS, ("cpu_count",))
    found["threads"] = [_thread(thread) for thread in _dicts(found.get("threads"))]
    found["thread_count"] = len(found["threads"])
    found["crashing_thread"] = _crashing_thread(crashing) if isinstance(crashing, dict) else None
    found["modules"] = [_typed(module, _MODULE_TEXTS) for module in _dicts(found.get("modules"))]
    return _typed(found, (), ("main_module",))


def _crash_info(value: object) -> dict[str, Any]:
    found = _typed(_dict(value), _CRASH_TEXTS, ("crashing_thread",))
    if not isinstance(found.get("adjusted_address"), dict):
        found["adjusted_address"] = None
    return found


def _crashing_thread(found: dict[str, Any]) -> dict[str, Any]:
    return _typed(_thread(found), (), ("threads_index",))


def _thread(found: dict[str, Any]) -> dict[str, Any]:
    found["frames"] = [_frame(frame) for frame in _dicts(found.get("frames"))]
    found["frame_count"] = len(found["frames"])
    return _typed(found, _THREAD_TEXTS)


def _frame(found: dict[str, Any]) -> dict[str, Any]:
    inlines = found.setdefault("inlines")
    if inlines is not None:
        found["inlines"] = [_typed(each, _INLINE_TEXTS, _LINE) for each in _dicts(inlines)]
    _typed(found, _FRAME_TEXTS, _FRAME_NUMBERS)
    if (function := found["function"]) and _NAMELESS.match(function):
        found["function"] = found["function_offset"] = None
    return found


def _typed(
    found: dict[str, Any], texts: tuple[str, ...], numbers: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return *found*, in which each of *texts* is text or None, each of *numbers* whole or None."""
    for name in texts:
        if not isinstance(found.get(name), str):
            found[name] = None
    for name in numbers:
        if type(found.get(name)) is not int:  # JSON's true is none
            found[name] = None
    return found


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
