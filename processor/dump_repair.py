"""Repairs a damaged minidump, so that walkers read what is left. Pure.

Both walkers drop a whole list for one bad entry: half a surrogate pair in one module's name, and
the crash has no modules at all. Disks fill up and uploads break off, so lists are cut short, too.
What can be read is written anew: names as far as they are text, as many entries as there are,
memory as far as it goes, a thread that only the exception knows, and the kind of processor by the
size of its registers.
"""

import re
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

from processor.dump_streams import (
    EXCEPTION,
    MEMORY,
    MODULES,
    SYSTEM,
    THREADS,
    UNLOADED,
    Entries,
    Layout,
    Minidump,
    Name,
    Stream,
    Writer,
    read,
)

UNREADABLE = "unreadable-name"

_MODULES = Layout(4, 0, 108)
_THREADS = Layout(4, 0, 48)
_MEMORY = Layout(4, 0, 16)
_UNLOADED = Layout(12, 8, 24)
_EXCEPTION_BYTES, _SYSTEM_BYTES = 168, 56
_EXCEPTION_CONTEXT = 160  # where the exception says where its registers are
_NAME, _CODE_VIEW, _MISC = 20, 76, 84  # places in a module
_UNLOADED_NAME = 20
_STACK_START, _STACK, _CONTEXT = 24, 32, 40  # places in a thread
_TOP = 2**64
# Kinds of processors by the size of a thread's registers: x86, arm, amd64, arm64 old and new.
_PROCESSORS = {716: 0, 368: 5, 1232: 9, 796: 0x8003, 912: 12}
_NO_PLATFORM = 0xFFFF
_CODE_VIEW_NAME, _LONGEST_CODE_VIEW = 24, 24 + 1024
# Where the stack pointer is in registers of such a size.
_STACK_POINTERS = {716: ("I", 0xC4), 368: ("I", 56), 1232: ("Q", 0x98), 912: ("Q", 0x100)}
_PRINTABLE = re.compile(rb"[ -~]{1,260}")


class Repair(NamedTuple):
    """The minidump as far as it can be read, and what of the one that was sent is damaged."""

    dump: bytes
    problems: tuple[str, ...]


def lacks(dump: bytes, walk: Mapping[str, Any]) -> list[str]:
    """Return what a walk does not have, although every minidump of a crash has it."""
    minidump = read(dump)
    if minidump is None:
        return []
    missing = []
    if not walk.get("modules"):
        missing.append("no modules can be read")
    if not walk.get("threads"):
        missing.append("no threads can be read")
    thread = walk.get("crashing_thread") or {}
    if EXCEPTION in minidump.streams and not thread.get("frames"):
        missing.append("no stack of the crashed thread can be read")
    unloaded = walk.get("unloaded_modules")
    if unloaded == [] and minidump.count(UNLOADED, _UNLOADED):
        missing.append("no unloaded modules can be read")
    if _is_cut(minidump):
        missing.append("it is cut short")
    return missing


def _is_cut(minidump: Minidump) -> bool:
    """Return whether a stream or the stack of a thread is beyond the end."""
    places = list(minidump.streams.values())
    layout = f"{minidump.order}II"
    for thread in minidump.entries_of(THREADS, _THREADS).entries:
        size, at = struct.unpack_from(layout, thread, _STACK)
        places.append(Stream(at, size))
    return any(size and not minidump.holds(at, size) for at, size in places)


def repaired(dump: bytes) -> Repair | None:
    """Return a repaired copy; None when nothing is wrong, or it is no minidump."""
    minidump = read(dump)
    return _Repairer(minidump).repair() if minidump else None


class _Repairer:
    """Reads the streams one by one and writes those anew that are damaged."""

    def __init__(self, minidump: Minidump) -> None:
        self._minidump, self._writer = minidump, Writer(minidump)
        self._streams: dict[int, bytes] = {}
        self._problems: list[str] = []
        self._ranges: list[bytes] = []  # of memory

    def repair(self) -> Repair | None:
        """Return the repaired copy, or None."""
        self._modules()
        self._unloaded()
        self._memory()
        exception = self._exception()
        threads = self._threads(exception)
        self._system(threads, exception)
        if not self._problems:
            return None
        return Repair(self._writer.finish(self._streams), tuple(self._problems))

    def _modules(self) -> None:
        listed = self._minidump.entries_of(MODULES, _MODULES)
        modules, bad_names, bad_ranges = [], 0, 0
        for entry in listed.entries:
            base, size = self._numbers("QI", entry, 0)
            if not size or base + size >= _TOP:
                bad_ranges += 1
                continue
            name, is_good = self._name(entry, _NAME)
            if not is_good:
                bad_names += 1
                entry = self._renamed(entry, _NAME, name or self._debug_file(entry) or UNREADABLE)
            modules.append(self._located(entry, _CODE_VIEW, _MISC))
        self._count(bad_names, listed, "module names")
        self._count(bad_ranges, listed, "modules without a range of addresses")
        self._replace(MODULES, listed, modules, "list of modules")

    def _unloaded(self) -> None:
        listed = self._minidump.entries_of(UNLOADED, _UNLOADED)
        modules, bad_names = [], 0
        for entry in listed.entries:
            name, is_good = self._name(entry, _UNLOADED_NAME)
            if not is_good:
                bad_names += 1
                entry = self._renamed(entry, _UNLOADED_NAME, name or UNREADABLE)
            modules.append(entry)
        self._count(bad_names, listed, "names of unloaded modules")
        head = self._minidump.pack("II", _UNLOADED.header, _UNLOADED.entry)
        self._replace(UNLOADED, listed, modules, "list of unloaded modules", head)

    def _memory(self) -> None:
        listed = self._minidump.entries_of(MEMORY, _MEMORY)
        ranges, cut = [], 0
        for entry in listed.entries:
            start, size, at = self._numbers("QII", entry, 0)
            rest = max(0, min(size, len(self._minidump.data) - at))
            cut += rest < size
            if rest and start + rest < _TOP:
                ranges.append(self._minidump.pack("QII", start, rest, at))
        self._ranges = ranges
        self._count(cut, listed, "ranges of memory")
        self._replace(MEMORY, listed, ranges, "list of memory")

    def _exception(self) -> bytes:
        """Return the exception, "" when there is none."""
        stream = self._minidump.streams.get(EXCEPTION)
        if stream is None:
            return b""
        whole = self._minidump.data[stream.at : stream.at + _EXCEPTION_BYTES]
        exception = self._located(whole.ljust(_EXCEPTION_BYTES, b"\0"), _EXCEPTION_CONTEXT)
        if exception != whole or stream.size < _EXCEPTION_BYTES:
            self._problems.append("exception")
            self._streams[EXCEPTION] = exception
        return exception

    def _threads(self, exception: bytes) -> list[bytes]:
        """Return the threads; one that only the exception knows is among them."""
        listed = self._minidump.entries_of(THREADS, _THREADS)
        threads, cut = [], 0
        for entry in listed.entries:
            size, at = self._numbers("II", entry, _STACK)
            rest = max(0, min(size, len(self._minidump.data) - at))
            stack = self._minidump.pack("II", rest, at if rest else 0)
            thread = self._located(entry[:_STACK] + stack + entry[_CONTEXT:], _CONTEXT)
            cut += thread != entry
            threads.append(thread)
        self._count(cut, listed, "threads")
        identities = {thread[:4] for thread in threads}
        if exception.strip(b"\0") and exception[:4] not in identities:
            context = exception[_EXCEPTION_CONTEXT:]
            if context.strip(b"\0"):
                self._problems.append("thread of the exception")
                stack = self._stack(context)
                threads.append(exception[:4] + bytes(_STACK_START - 4) + stack + context)
        self._replace(THREADS, listed, threads, "list of threads")
        return threads

    def _stack(self, context: bytes) -> bytes:
        """Return the memory that a stack pointer points to: its start, size and place."""
        size, at = self._numbers("II", context, 0)
        layout, place = _STACK_POINTERS.get(size, ("Q", 0))
        pointer = self._minidump.unpack(layout, at + place)
        for entry in self._ranges:
            start, length, _ = self._numbers("QII", entry, 0)
            if pointer and start <= pointer[0] < start + length:
                return entry
        return bytes(16)

    def _system(self, threads: list[bytes], exception: bytes) -> None:
        """Give the kind of processor when the minidump does not."""
        stream = self._minidump.streams.get(SYSTEM)
        if stream and stream.size >= _SYSTEM_BYTES and self._minidump.holds(*stream):
            return
        contexts = [exception[_EXCEPTION_CONTEXT:], *(thread[_CONTEXT:] for thread in threads)]
        sizes = (self._numbers("I", context, 0)[0] for context in contexts if context)
        kind = next((_PROCESSORS[size] for size in sizes if size in _PROCESSORS), None)
        if kind is None:
            return
        self._problems.append("description of the system")
        content = self._minidump.data[stream.at : stream.at + _SYSTEM_BYTES] if stream else b""
        if len(content) < _SYSTEM_BYTES or self._numbers("H", content, 0)[0] != kind:
            content = self._minidump.pack("HHHBBIIII", kind, 0, 0, 0, 0, 0, 0, 0, _NO_PLATFORM)
        self._streams[SYSTEM] = content.ljust(_SYSTEM_BYTES, b"\0")

    def _numbers(self, layout: str, entry: bytes, at: int) -> tuple[int, ...]:
        return struct.unpack_from(self._minidump.order + layout, entry, at)

    def _name(self, entry: bytes, at: int) -> Name:
        return self._minidump.name(self._numbers("I", entry, at)[0])

    def _renamed(self, entry: bytes, at: int, name: str) -> bytes:
        place = self._minidump.pack("I", self._writer.add(self._minidump.encoded(name)))
        return entry[:at] + place + entry[at + 4 :]

    def _located(self, entry: bytes, *places: int) -> bytes:
        """Return *entry* without references, at these places, to what is beyond the end."""
        for place in places:
            size, at = self._numbers("II", entry, place)
            if size and not self._minidump.holds(at, size):
                entry = entry[:place] + bytes(8) + entry[place + 8 :]
        return entry

    def _debug_file(self, entry: bytes) -> str:
        """Return the file name of a module's debug file, "" without one."""
        size, at = self._numbers("II", entry, _CODE_VIEW)
        record = self._minidump.data[at : at + min(size, _LONGEST_CODE_VIEW)]
        if not record.startswith(b"RSDS"):
            return ""
        path = record[_CODE_VIEW_NAME:].partition(b"\0")[0]
        leaf = path.replace(b"\\", b"/").rpartition(b"/")[2]
        return leaf.decode() if _PRINTABLE.fullmatch(leaf) else ""

    def _count(self, bad: int, listed: Entries, names: str) -> None:
        if bad:
            self._problems.append(f"{bad} of {len(listed.entries)} {names}")

    def _replace(
        self, kind: int, listed: Entries, entries: list[bytes], name: str, head: bytes = b""
    ) -> None:
        """Write a list anew if it is not what it was."""
        if not listed.is_whole:
            self._problems.append(name)
        if not listed.is_whole or entries != listed.entries:
            count = self._minidump.pack("I", len(entries))
            self._streams[kind] = head + count + b"".join(entries)
