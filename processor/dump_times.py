"""When a minidump was written, and when its process began: from the header and MiscInfo stream.

The walkers do not report them. All of it is input from strangers: nothing here raises, and the
rules judge whether the times are plausible (processor/rules/times.py).
"""

import struct
from typing import NamedTuple

MOST_STREAMS = 1000  # clients write some twenty

_SIGNATURES = {b"MDMP": "<", b"PMDM": ">"}  # the byte order of the machine that wrote it
_HEADER = "4xIIIII"  # version, number of streams, where their directory is, checksum, time
_ENTRY = "III"  # type, size, where it is
_MISC_INFO = 15
_MISC = "IIII"  # size, flags, process id, time of the process' creation
_HAS_TIMES = 2


class DumpTimes(NamedTuple):
    """Seconds since 1970, by the client's clock; None when the minidump does not say."""

    written: int | None = None
    started: int | None = None


NO_TIMES = DumpTimes()


def read(dump: bytes) -> DumpTimes:
    """Return the times in a minidump; none of what is no minidump."""
    order = _SIGNATURES.get(bytes(dump[:4]))
    if order is None or len(dump) < struct.calcsize(order + _HEADER):
        return NO_TIMES
    _, count, directory, _, written = struct.unpack_from(order + _HEADER, dump)
    return DumpTimes(written or None, _started(dump, order, directory, count))


def _started(dump: bytes, order: str, directory: int, count: int) -> int | None:
    size = struct.calcsize(order + _ENTRY)
    entries = dump[directory : directory + size * min(count, MOST_STREAMS)]
    whole = entries[: len(entries) // size * size]
    for kind, length, start in struct.iter_unpack(order + _ENTRY, whole):
        if kind == _MISC_INFO:
            needed = struct.calcsize(order + _MISC)
            if length < needed or start + needed > len(dump):
                return None
            _, flags, _, started = struct.unpack_from(order + _MISC, dump, start)
            return (started or None) if flags & _HAS_TIMES else None
    return None
