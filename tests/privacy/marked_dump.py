"""A minidump whose modules, loaded and unloaded, are in a folder that names a user. Pure."""

import struct

_MODULES, _UNLOADED = 4, 14  # types of streams
_MODULE_BYTES, _NAME = 108, 20
CRASH_IN = (0x3DF000, 0x2000)  # in exec_av_on_stack.dmp: a page of the stack runs as code


def in_folder(dump: bytes, folder: str) -> bytes:
    """Return *dump* with all modules in *folder*, and with one that was unloaded: gone.dll."""
    changed = bytearray(dump)
    count, directory = struct.unpack_from("<II", dump, 8)
    entries = [struct.unpack_from("<III", dump, directory + 12 * n) for n in range(count)]
    for kind, _, place in entries:
        if kind == _MODULES:
            for number in range(struct.unpack_from("<I", dump, place)[0]):
                at = place + 4 + _MODULE_BYTES * number + _NAME
                name = _text(dump, struct.unpack_from("<I", dump, at)[0])
                struct.pack_into("<I", changed, at, _add(changed, f"{folder}{_file(name)}"))
    name_at = _add(changed, f"{folder}gone.dll")
    unloaded_at = len(changed)
    base, size = CRASH_IN
    changed += struct.pack("<III", 12, 24, 1) + struct.pack("<QIIII", base, size, 0, 0, name_at)
    entries.append((_UNLOADED, len(changed) - unloaded_at, unloaded_at))
    struct.pack_into("<II", changed, 8, len(entries), len(changed))
    return bytes(changed) + b"".join(struct.pack("<III", *entry) for entry in entries)


def _add(dump: bytearray, text: str) -> int:
    """Append a text; return where it is."""
    dump += bytes(-len(dump) % 8)
    encoded = text.encode("utf-16-le")
    at = len(dump)
    dump += struct.pack("<I", len(encoded)) + encoded + bytes(2)
    dump += bytes(-len(dump) % 8)
    return at


def _text(dump: bytes, at: int) -> str:
    size = struct.unpack_from("<I", dump, at)[0]
    return dump[at + 4 : at + 4 + size].decode("utf-16-le")


def _file(path: str) -> str:
    return path.replace("\\", "/").split("/")[-1]
