"""A dump that the walkers read with symbols of a single function: its name is up to the test."""

import struct
from pathlib import Path

DEBUG_ID = "030201000504070608090A0B0C0D0E0F1"
_BASE, _SIZE = 0x140000000, 0x100000
_PLACE = _BASE + 0x1010
_CONTEXT_SIZE = 1232  # of AMD64
_CONTEXT_FLAGS = 0x10000B


def dump_of(module: str = "C:\\app\\foo.exe") -> bytes:
    """Return a minidump of Windows: one thread, one frame, at 0x1010 in *module*."""
    header_size = 32 + 12 * 5
    body = bytearray()

    def put(data: bytes) -> int:
        offset = header_size + len(body)
        body.extend(data + b"\0" * (-len(data) % 8))
        return offset

    def text(value: str) -> int:
        encoded = value.encode("utf-16-le")
        return put(struct.pack("<I", len(encoded)) + encoded + b"\0\0")

    codeview = b"RSDS" + bytes(range(16)) + struct.pack("<I", 1) + b"foo.pdb\0"
    name, record, context = text(module), put(codeview), put(_context())
    stack = put(b"\0" * 32)
    nothing = text("")
    system = struct.pack("<HHHBBIIIIIHH", 9, 6, 0, 1, 1, 10, 0, 19045, 2, nothing, 0, 0) + bytes(24)
    place = (_CONTEXT_SIZE, context)
    thread = struct.pack("<IIIIIQQIIII", 1, 7, 0, 0, 0, 0, 0x1000, 32, stack, *place)
    loaded = struct.pack("<IQIIII", 1, _BASE, _SIZE, 0, 0, name) + bytes(52)
    loaded += struct.pack("<IIII", len(codeview), record, 0, 0) + bytes(16)
    exception = struct.pack("<IIIIQQII", 7, 0, 0xC0000005, 0, 0, _PLACE, 2, 0)
    exception += struct.pack("<QQ", 0, 0x10) + bytes(13 * 8) + struct.pack("<II", *place)
    streams = [(7, system), (3, thread), (4, loaded), (6, exception)]
    directory = b"".join(struct.pack("<III", kind, len(data), put(data)) for kind, data in streams)
    header = struct.pack("<IIIIIIQ", 0x504D444D, 0xA793, len(streams), 32, 0, 0, 0)
    return (header + directory).ljust(header_size, b"\0") + bytes(body)


def write_symbols(folder: Path, function: str, *, line: str = "1000 100 10 0") -> None:
    """Write symbols for the dump: *function* is all that the module has."""
    path = folder / "foo.pdb" / DEBUG_ID / "foo.sym"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"MODULE windows x86_64 {DEBUG_ID} foo.pdb\nFILE 0 a.cpp\n"
        f"FUNC 1000 100 0 {function}\n{line}\n",
        encoding="utf-8",
    )


def _context() -> bytes:
    context = bytearray(_CONTEXT_SIZE)
    struct.pack_into("<I", context, 0x30, _CONTEXT_FLAGS)
    struct.pack_into("<Q", context, 0x98, 0x1000)  # rsp
    struct.pack_into("<Q", context, 0xF8, _PLACE)  # rip
    return bytes(context)
