"""Minidumps that are broken with intent. Pure."""

import struct

_MODULES, _THREADS, _GONE = 4, 3, 0x7777  # types of streams
_MODULE_BYTES, _NAME, _VERSION, _DEBUG = 108, 20, 24, 76
_DISK_FULL = "No space left on device.exe"


def with_module_names(dump: bytes, name: str = _DISK_FULL) -> bytes:
    """Return a dump in which every module is called *name*, and which has no list of threads.

    Breakpad's walker cannot process it, and names its modules while it says so.
    """
    changed = bytearray(dump)
    encoded = name.encode("utf-16-le")
    at = len(changed)
    changed += struct.pack("<I", len(encoded)) + encoded + bytes(64)
    for entry, kind, place in _streams(dump):
        if kind == _THREADS:
            struct.pack_into("<I", changed, entry, _GONE)
        if kind == _MODULES:
            for number in range(struct.unpack_from("<I", dump, place)[0]):
                module = place + 4 + _MODULE_BYTES * number
                struct.pack_into("<I", changed, module + _NAME, at)
                struct.pack_into("<I", changed, module + _VERSION, 0)
                struct.pack_into("<II", changed, module + _DEBUG, 0, 0)
    return bytes(changed)


def _streams(dump: bytes) -> list[tuple[int, int, int]]:
    """Return where each stream's entry is, its type, and where its content is."""
    count, directory = struct.unpack_from("<II", dump, 8)
    entries = [directory + 12 * number for number in range(count)]
    return [(at, *struct.unpack_from("<I4xI", dump, at)) for at in entries]
