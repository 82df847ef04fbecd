"""Breakpad's `minidump_stackwalk -m` output, converted to rust-minidump's JSON shape.

Each line has fields separated by `|`, which Breakpad removes from the values:

    OS|Windows NT|5.1.2600 Service Pack 2
    CPU|x86|GenuineIntel family 6 model 13 stepping 8|1
    Crash|EXCEPTION_ACCESS_VIOLATION_WRITE|0x45|0
    Module|test_app.exe||test_app.pdb|5A98…FF1|0x00400000|0x0042cfff|1
    (an empty line)
    0|0|test_app.exe|main|c:\\test_app.cc|65|0x5      thread|frame|module|function|file|line|offset

The crashing thread's frames come first. The offset is relative to the line if that is known, else
to the function, else to the module, else it is an absolute address. What Breakpad does not report
(trust, thread names, whether symbols were found) is null: unknown. It leaves out the thread that
wrote the dump, and numbers the following threads as if that thread did not exist.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from processor.stackwalk_json import BadOutput, Note, normalize

MOST_THREADS = 10_000

# A caller's offset is its return address. rust-minidump reports the call before it, and so do we:
# a frame without symbols then has the same name from both walkers.
_CALL_BYTES = {"x86": 1, "amd64": 1, "arm": 2, "arm64": 4, "ppc": 4, "ppc64": 4, "mips": 8}
_WIDE = ("amd64", "arm64", "ppc64", "mips64", "riscv64")
# "0.0.0 Linux 3.13.0-53-generic #89-Ubuntu SMP … x86_64": rust-minidump keeps the middle.
_LINUX = re.compile(r"0\.0\.0 Linux (.*?)(?: (?:x86_64|i[3-6]86|aarch64|armv\w+))?")
_NO_CRASH = "No crash"


def parse(text: bytes) -> tuple[dict[str, Any], list[Note]]:
    """Return *text* in rust-minidump's JSON shape, and notes. Raises BadOutput."""
    lines = iter(text.decode("utf-8", "replace").splitlines())
    header = _Header(_until_empty(lines))
    if not header.system:
        raise BadOutput("output has no OS or CPU line")
    threads, order, unread = _threads(lines, header)
    lines_unread = "1 line" if unread == 1 else f"{unread} lines"
    notes = [f"stack walker: {lines_unread} could not be read"] if unread else []
    crashing = header.thread
    document = {
        "status": "OK",
        "crash_info": {**header.crash, "crashing_thread": crashing},
        "system_info": header.system,
        "modules": header.modules,
        "main_module": header.main_module,
        "threads": threads,
        "crashing_thread": None,
    }
    if crashing is not None and crashing < len(threads) and order[:1] == [crashing]:
        document["crashing_thread"] = {**threads[crashing], "threads_index": crashing}
    return normalize(document), notes


class _Header:
    """The lines before the empty one; unknown tags are skipped (newer versions add some)."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.system: dict[str, Any] = {}
        self.crash: dict[str, Any] = {}
        self.thread: int | None = None
        self.modules: list[dict[str, Any]] = []
        self.main_module: int | None = None
        for line in lines:
            tag, *values = line.split("|")
            if tag == "OS" and len(values) >= 2:
                self.system.update(os=values[0] or None, os_ver=_os_version(values[1]))
            elif tag == "CPU" and len(values) >= 3:
                self.system.update(
                    cpu_arch=values[0] or None,
                    cpu_info=values[1] or None,
                    cpu_count=_number(values[2]),
                )
            elif tag == "Crash" and len(values) >= 3:
                self._crash(*values[:3])
            elif tag == "Module" and len(values) == 7:
                self._module(values)

    def address(self, value: int) -> str:
        """Return an address as rust-minidump writes it: as wide as the processor."""
        return f"0x{value:0{16 if self.system.get('cpu_arch') in _WIDE else 8}x}"

    def call_bytes(self) -> int:
        """How many bytes before a return address the call is assumed to be."""
        return _CALL_BYTES.get(str(self.system.get("cpu_arch")), 1)

    def _crash(self, reason: str, address: str, thread: str) -> None:
        where = _hex(address)
        self.thread = _number(thread)
        self.crash = {
            "type": None if reason in ("", _NO_CRASH) else reason,
            "address": None if where is None else self.address(where),
        }

    def _module(self, values: list[str]) -> None:
        name, version, debug_file, debug_id, base, last, main = values
        start, end = _hex(base), _hex(last)
        if main == "1":
            self.main_module = len(self.modules)
        self.modules.append(
            {
                "filename": name or None,
                "version": version or None,
                "debug_file": debug_file or None,
                "debug_id": debug_id or None,
                "base_addr": None if start is None else self.address(start),
                "end_addr": None if end is None else self.address(end + 1),
            }
        )


def _until_empty(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if not line:
            return
        yield line


def _threads(lines: Iterable[str], header: _Header) -> tuple[list[dict[str, Any]], list[int], int]:
    """Return all threads by index, their order in the output, and a count of unreadable lines."""
    bases: dict[str, int] = {}
    for module in header.modules:
        base = _hex(module["base_addr"] or "")
        if module["filename"] and base is not None:
            bases.setdefault(module["filename"], base)
    frames: dict[int, list[dict[str, Any]]] = {}
    unread = 0
    for line in lines:
        values = line.split("|")
        thread = _number(values[0])
        if len(values) != 7 or thread is None or thread >= MOST_THREADS:
            unread += bool(line)
            continue
        frames.setdefault(thread, []).append(_frame(values, header, bases))
    count = max(frames, default=-1) + 1
    return [{"frames": frames.get(index, [])} for index in range(count)], list(frames), unread


def _frame(values: list[str], header: _Header, bases: dict[str, int]) -> dict[str, Any]:
    _, number, module, function, file, line, offset = values
    frame: dict[str, Any] = {
        "frame": _number(number),
        "module": module or None,
        "function": function or None,
        "file": file or None,
        "line": _number(line),
    }
    at = _hex(offset)
    if at is None or frame["line"] is not None:
        return frame  # relative to the line, whose address is unknown
    if frame["frame"]:
        at = max(0, at - header.call_bytes())
    if function:
        frame["function_offset"] = header.address(at)
    elif module:
        frame["module_offset"] = header.address(at)
        if module in bases:
            frame["offset"] = header.address(bases[module] + at)
    else:
        frame["offset"] = header.address(at)
    return frame


def _os_version(text: str) -> str | None:
    linux = _LINUX.fullmatch(text.strip())
    return (linux[1] if linux else text.strip()) or None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _hex(text: str) -> int | None:
    try:
        return int(text, 16) if len(text) <= 18 else None
    except ValueError:
        return None
