"""Stacks and their modules: the topmost file, missing symbols, and the length that is kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from processor.pipeline import Change, View, rule
from socorro.signature.frames import module_name

MOST_FRAMES = 500
MOST_MODULES = 1000
MOST_CERTIFICATES = 100
_FIRST, _LAST = 250, 249  # and one marker between them


@rule(reads=("json_dump", "extra_dumps"), writes=("json_dump", "extra_dumps", "truncated"))
def truncated_stacks(crash: View) -> Change:
    """Cut the middle out of stacks of more than 500 frames (endless recursion)."""
    dump, cut = truncate(crash.mapping("json_dump"))
    extra = {name: dict(walk) for name, walk in crash.mapping("extra_dumps").items()}
    for name, walk in extra.items():
        shorter, _ = truncate(walk.get("json_dump") or {})
        extra[name] = {**walk, "json_dump": shorter or None}
    return {"json_dump": dump or None, "extra_dumps": extra, "truncated": cut}


@rule(reads=("json_dump",), writes=("topmost_filenames",))
def topmost_filenames(crash: View) -> Change:
    """Name the source file of the topmost frame that has one."""
    thread = crash.mapping("json_dump").get("crashing_thread") or {}
    for frame in thread.get("frames", ()):
        for part in (*(frame.get("inlines") or ()), frame):
            if part.get("file"):
                return {"topmost_filenames": part["file"]}
    return {"topmost_filenames": None}


@rule(reads=("json_dump",), writes=("thread_count",))
def thread_count(crash: View) -> Change:
    """Count the threads."""
    return {"thread_count": crash.mapping("json_dump").get("thread_count")}


@rule(reads=("json_dump",), writes=("modules_in_stack",))
def modules_in_stack(crash: View) -> Change:
    """List the modules of the crashing thread's stack, top first: `xul.dll/<debug id>;…`."""
    dump = crash.mapping("json_dump")
    ids = {module.get("filename"): module.get("debug_id") for module in _modules(crash)}
    thread = dump.get("crashing_thread") or {}
    names = dict.fromkeys(frame.get("module") for frame in thread.get("frames", ()))
    entries = [f"{name}/{ids.get(name) or ''}" for name in names if name]
    return {"modules_in_stack": ";".join(entries[:MOST_MODULES]) or None}


@rule(reads=("json_dump",), writes=("missing_symbols",))
def missing_symbols(crash: View) -> Change:
    """List modules without symbols: `file/version/debug id/code id;…`, absent values empty."""
    columns = ("filename", "version", "debug_id", "code_id")
    entries = [
        "/".join(str(module.get(column) or "") for column in columns).rstrip("/")
        for module in _modules(crash)
        if module.get("missing_symbols") is True
    ]
    return {"missing_symbols": ";".join(dict.fromkeys(entries[:MOST_MODULES])) or None}


@rule(reads=("json_dump", "ModuleSignatureInfo"), writes=("module_certificates",))
def module_certificates(crash: View) -> Change:
    """List who signed which modules: from the walk, else from the client."""
    signed: dict[str, list[str]] = {}
    for module in _modules(crash):
        if module.get("cert_subject") and module.get("filename"):
            signed.setdefault(module["cert_subject"], []).append(module["filename"])
    info = crash.json("ModuleSignatureInfo")
    if not signed and isinstance(info, dict):
        signed = {
            subject: [module_name(name) for name in names if isinstance(name, str)]
            for subject, names in info.items()
            if isinstance(names, list)
        }
    certificates = [
        {"subject": subject[:300], "modules": [name[:300] for name in names[:MOST_MODULES]]}
        for subject, names in sorted(signed.items())[:MOST_CERTIFICATES]
    ]
    return {"module_certificates": certificates}


def truncate(dump: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return a copy of *dump* with long stacks cut, and whether the crashing one was."""
    shorter = dict(dump)
    if dump.get("threads"):
        shorter["threads"] = [_cut(thread) for thread in dump["threads"]]
    crashing = dump.get("crashing_thread")
    if not crashing:
        return shorter, False
    shorter["crashing_thread"] = _cut(crashing)
    return shorter, len(crashing["frames"]) > MOST_FRAMES


def _modules(crash: View) -> Sequence[Mapping[str, Any]]:
    modules: Sequence[Mapping[str, Any]] = crash.mapping("json_dump").get("modules") or ()
    return modules


def _cut(thread: Mapping[str, Any]) -> dict[str, Any]:
    frames = thread["frames"]
    if len(frames) <= MOST_FRAMES:
        return dict(thread)
    dropped = len(frames) - _FIRST - _LAST
    marker = {"truncated": {"msg": f"{dropped} frames truncated"}}
    return {**thread, "frames": [*frames[:_FIRST], marker, *frames[-_LAST:]], "truncated": True}
