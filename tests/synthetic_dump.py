"""Minidumps made by hand: one thread that crashes, and modules with any name. Pure."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

DEBUG_ID = "030201000504070608090A0B0C0D0E0F1"
GUID = bytes(range(16))
BASE = 0x140000000
SIZE = 0x100000
THREADS, MODULES, EXCEPTION, SYSTEM = 3, 4, 6, 7
_CONTEXT_BYTES, _FLAGS, _SEGMENT, _RSP, _RIP = 1232, 0x30, 0x38, 0x98, 0xF8
_STACK = 0x7FFF0000


@dataclass(frozen=True)
class Module:
    """A module of a dump. *name* is text, or the bytes of a name in UTF-16."""

    name: str | bytes = "C:\\app\\foo.exe"
    base: int = BASE
    size: int = SIZE
    debug_file: bytes = b"foo.pdb\0"
    name_bytes: int | None = None  # the length that the dump claims
    name_at: int | None = None  # where the dump says that the name is


@dataclass
class _Writer:
    content: bytearray = field(default_factory=bytearray)

    def add(self, data: bytes) -> int:
        """Append *data*, aligned; return where it is."""
        self.content += bytes(-len(self.content) % 8)
        self.content += data
        return len(self.content) - len(data)


def synthetic_dump(
    *modules: Module,
    address: int = BASE + 0x1010,
    stack: bytes = bytes(32),
    claimed_modules: int | None = None,
    without: tuple[int, ...] = (),
    stream_bytes: dict[int, int] | None = None,
) -> bytes:
    """Return a dump of a 64-bit Windows program that crashes at *address*.

    *claimed_modules* is the number of modules that the list claims; streams *without* are left
    out; *stream_bytes* are other sizes for streams.
    """
    writer = _Writer(bytearray(32 + 12 * 4))
    streams = {
        SYSTEM: _system(writer),
        THREADS: _threads(writer, address, stack),
        MODULES: _modules(writer, modules or (Module(),), claimed_modules),
        EXCEPTION: _exception(writer, address),
    }
    kept = [(kind, place) for kind, place in streams.items() if kind not in without]
    header = struct.pack("<4sIIIIIQ", b"MDMP", 0xA793, len(kept), 32, 0, 0x6A1B0000, 0)
    for kind, (at, size) in kept:
        header += struct.pack("<III", kind, (stream_bytes or {}).get(kind, size), at)
    writer.content[: len(header)] = header
    return bytes(writer.content)


def with_stream(dump: bytes, kind: int, stream: Callable[[Callable[[bytes], int]], bytes]) -> bytes:
    """Return *dump* with one more stream, which *stream* makes; it may add what it refers to."""
    writer = _Writer(bytearray(dump))
    content = stream(writer.add)
    at = writer.add(content)
    count, directory = struct.unpack_from("<II", dump, 8)
    entries = dump[directory : directory + 12 * count]
    place = writer.add(entries + struct.pack("<III", kind, len(content), at))
    struct.pack_into("<II", writer.content, 8, count + 1, place)
    return bytes(writer.content)


def _system(writer: _Writer) -> tuple[int, int]:
    service_pack = writer.add(struct.pack("<I", 0) + bytes(2))
    info = struct.pack("<HHHBBIIIII", 9, 6, 0, 4, 1, 10, 0, 19045, 2, service_pack)
    return writer.add(info + bytes(56 - len(info))), 56


def _threads(writer: _Writer, address: int, stack: bytes) -> tuple[int, int]:
    stack_at = writer.add(stack)
    context_at = writer.add(_context(address))
    thread = struct.pack("<IIIIQQ", 1, 0, 0, 0, 0, _STACK)
    thread += struct.pack("<IIII", len(stack), stack_at, _CONTEXT_BYTES, context_at)
    return writer.add(struct.pack("<I", 1) + thread), 4 + len(thread)


def _context(address: int) -> bytes:
    context = bytearray(_CONTEXT_BYTES)
    struct.pack_into("<I", context, _FLAGS, 0x10001F)
    struct.pack_into("<H", context, _SEGMENT, 0x33)
    struct.pack_into("<Q", context, _RSP, _STACK)
    struct.pack_into("<Q", context, _RIP, address)
    return bytes(context)


def _modules(writer: _Writer, modules: tuple[Module, ...], claimed: int | None) -> tuple[int, int]:
    records = b""
    for module in modules:
        name = module.name.encode("utf-16-le") if isinstance(module.name, str) else module.name
        size = len(name) if module.name_bytes is None else module.name_bytes
        name_at = writer.add(struct.pack("<I", size) + name + bytes(2))
        debug = b"RSDS" + GUID + struct.pack("<I", 1) + module.debug_file
        debug_at = writer.add(debug)
        at = name_at if module.name_at is None else module.name_at
        record = struct.pack("<QIIII", module.base, module.size, 0, 0, at)
        record += bytes(52) + struct.pack("<IIII", len(debug), debug_at, 0, 0) + bytes(16)
        records += record
    count = len(modules) if claimed is None else claimed
    return writer.add(struct.pack("<I", count) + records), 4 + len(records)


def _exception(writer: _Writer, address: int) -> tuple[int, int]:
    context_at = writer.add(_context(address))
    stream = struct.pack("<IIIIQQII", 1, 0, 0xC0000005, 0, 0, address, 2, 0)
    stream += struct.pack("<QQ", 0, 0x10) + bytes(8 * 13)
    stream += struct.pack("<II", _CONTEXT_BYTES, context_at)
    return writer.add(stream), len(stream)
