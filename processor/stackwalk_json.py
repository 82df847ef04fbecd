"""rust-minidump's JSON, made safe: every known key has its type, whatever is in the dump.

Every key may be missing or null. A known key with a value of the wrong type becomes null. Folders
of modules, which name users, are left out: rust-minidump prints them of unloaded modules. Unknown
keys are kept as they are (`socorro.fields` shows them only to users with permission).
The shape is rust-minidump's (json-schema.md of its minidump-processor).
"""

import copy
import re
from collections.abc import Iterator
from typing import Any

from processor.pipeline import dicts
from socorro import quick_json
from socorro.signature.frames import module_name
from socorro.signature.normalize import FOLDER
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
_NAMELESS = re.compile(NAMELESS)  # module and offset are a better name
_CRASH_TEXTS = ("type", "address", "instruction", "assertion")


class BadOutput(ValueError):
    """The walker's output does not have the format that it should have."""


def parse(text: bytes) -> tuple[dict[str, Any], list[Note]]:
    """Return the JSON in *text* with every known key in its type. Raises BadOutput."""
    try:
        document = quick_json.loads(text)
    except RecursionError:
        raise BadOutput("output is nested too deeply") from None
    except ValueError:
        raise BadOutput("output is not JSON") from None
    if not isinstance(document, dict):
        raise BadOutput("output is not a JSON object")
    return normalize(document), []


def normalize(dump: dict[str, Any]) -> dict[str, Any]:
    """Give every known key in *dump* its type; return *dump*."""
    crashing = dump.get("crashing_thread")
    dump["crash_info"] = _crash_info(dump.get("crash_info"))
    dump["system_info"] = _typed(_dict(dump.get("system_info")), _SYSTEM_TEXTS, ("cpu_count",))
    dump["threads"] = [_thread(thread) for thread in dicts(dump.get("threads"))]
    dump["thread_count"] = len(dump["threads"])
    dump["crashing_thread"] = _crashing_thread(crashing) if isinstance(crashing, dict) else None
    dump["modules"] = [_module(module) for module in dicts(dump.get("modules"))]
    for module in dicts(dump.get("unloaded_modules")):
        _without_folder(module, "filename")
    return _typed(dump, (), ("main_module",))


def without_folders(dump: dict[str, Any]) -> dict[str, Any]:
    """Return *dump* without folders of modules; *dump* itself, when it has none.

    Walks of before 0.1 were stored with those of unloaded modules.
    """
    paths = ((document[name] or "") for document, name in _module_names(dump))
    if not any(isinstance(path, str) and FOLDER.search(path) for path in paths):
        return dump
    copied = copy.deepcopy(dump)
    for document, name in _module_names(copied):
        _without_folder(document, name)
    return copied


def _module_names(dump: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each object that names a module, and the key under which it does."""
    for module in (*dicts(dump.get("modules")), *dicts(dump.get("unloaded_modules"))):
        yield from ((module, name) for name in ("filename", "debug_file") if name in module)
    for thread in (*dicts(dump.get("threads")), _dict(dump.get("crashing_thread"))):
        for frame in dicts(thread.get("frames")):
            modules = [frame, *dicts(frame.get("unloaded_modules"))]
            yield from ((module, "module") for module in modules if "module" in module)


def _crash_info(value: object) -> dict[str, Any]:
    crash_info = _typed(_dict(value), _CRASH_TEXTS, ("crashing_thread",))
    if not isinstance(crash_info.get("adjusted_address"), dict):
        crash_info["adjusted_address"] = None
    return crash_info


def _crashing_thread(thread: dict[str, Any]) -> dict[str, Any]:
    return _typed(_thread(thread), (), ("threads_index",))


def _thread(thread: dict[str, Any]) -> dict[str, Any]:
    thread["frames"] = [_frame(frame) for frame in dicts(thread.get("frames"))]
    thread["frame_count"] = len(thread["frames"])
    return _typed(thread, _THREAD_TEXTS)


def _frame(frame: dict[str, Any]) -> dict[str, Any]:
    inlines = frame.setdefault("inlines")
    if inlines is not None:
        frame["inlines"] = [_typed(inline, _INLINE_TEXTS, _LINE) for inline in dicts(inlines)]
    _without_folder(_typed(frame, _FRAME_TEXTS, _FRAME_NUMBERS), "module")
    for module in dicts(frame.get("unloaded_modules")):
        _without_folder(module, "module")
    if (function := frame["function"]) and _NAMELESS.match(function):
        frame["function"] = frame["function_offset"] = None
    return frame


def _module(module: dict[str, Any]) -> dict[str, Any]:
    return _without_folder(_typed(module, _MODULE_TEXTS), "filename", "debug_file")


def _without_folder(document: dict[str, Any], *names: str) -> dict[str, Any]:
    for name in names:
        path = document.get(name)
        if path is not None and (not isinstance(path, str) or FOLDER.search(path)):
            document[name] = module_name(path) or None
    return document


def _typed(
    document: dict[str, Any], texts: tuple[str, ...], numbers: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return *found*, in which each of *texts* is text or None, each of *numbers* whole or None."""
    for name in texts:
        if not isinstance(document.get(name), str):
            document[name] = None
    for name in numbers:
        if type(document.get(name)) is not int:  # a bool is not a number
            document[name] = None
    return document


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
