"""Where a frame is that has only the name of a public symbol far before it.

Breakpad's walker says how far behind the symbol a frame is, but not where the symbol is. The symbol
file does. So the frame gets the offset in its module, which rust-minidump reports for every frame,
and is named by it as without symbols (`socorro.signature.frames`).
"""

import mmap
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from socorro.signature.frames import name_doubt
from socorro.symbols.module import module_of_dump

MOST_NAMES: Final = 32  # looked up for one crash
MOST_HITS: Final = 64  # of a name's text in one symbol file
LONGEST_RECORD: Final = 100  # bytes before the name

_RECORD = re.compile(
    rb"(?:FUNC|PUBLIC) (?:m )?([0-9a-f]{1,16}) (?:[0-9a-f]+ )?[0-9a-f]+", re.IGNORECASE
)

Json = dict[str, Any]


def place(document: Json, folders: Sequence[Path]) -> None:
    """Add `module_offset` and `offset` to frames of *document* whose symbol's address is known."""
    modules = {
        module["filename"]: module
        for module in reversed(document.get("modules") or [])
        if module.get("filename")
    }
    addresses: dict[tuple[str, str], int | None] = {}
    for frame in _far_frames(document):
        module = modules.get(frame["module"])
        name = frame["module"], frame["function"]
        if module is None:
            continue
        if name not in addresses:
            if len(addresses) >= MOST_NAMES:
                return
            addresses[name] = _address(folders, module, frame["function"])
        address = addresses[name]
        base = int(module["base_addr"] or "0", 16)
        if address is not None and base:
            width = len(module["base_addr"]) - 2
            at = address + int(frame["function_offset"], 16)
            frame["module_offset"] = f"0x{at:0{width}x}"
            frame["offset"] = f"0x{base + at:0{width}x}"


def _far_frames(document: Json) -> Iterator[Json]:
    # The crashing thread is in the document twice, as equal but different objects.
    threads = [*(document.get("threads") or []), document.get("crashing_thread") or {}]
    for thread in threads:
        for frame in thread.get("frames") or []:
            if name_doubt(frame) and frame.get("module") and frame.get("function_offset"):
                yield frame


def _address(folders: Iterable[Path], module: Mapping[str, Any], name: str) -> int | None:
    """Return where the only symbol of this *name* begins, from the base of its module."""
    identity = module_of_dump(module.get("debug_file"), module.get("debug_id"))
    if identity is None:
        return None
    for folder in folders:
        try:
            with (folder / identity.path).open("rb") as file:
                return _only_address(file.fileno(), name)
        except (OSError, ValueError):  # no such file, or an empty one
            continue
    return None


def _only_address(descriptor: int, name: str) -> int | None:
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as text:
        addresses: set[int] = set()
        text_of_name, at = b" " + name.encode(), 0
        for _ in range(MOST_HITS):
            at = text.find(text_of_name, at)
            if at < 0:
                return addresses.pop() if len(addresses) == 1 else None
            end = at + len(text_of_name)
            before = text[max(0, at - LONGEST_RECORD) : at].rpartition(b"\n")[2]
            record = _RECORD.fullmatch(before)
            if record and text[end : end + 1] in (b"\n", b"\r", b""):
                addresses.add(int(record[1], 16))
            at = end
    return None
