"""Symbol files as dump_syms meant them: UTF-8, and lines that end in a line feed.

PowerShell's `>` writes UTF-16 with a byte order mark; editors add a mark to UTF-8, and old tools
end some lines, or all, in a carriage return alone. Walkers call all of these corrupt. Text that is
UTF-8 without a mark and has no lone carriage return passes unchanged.
"""

import codecs
import re
from collections.abc import Iterable, Iterator

from socorro.symbols.symfile import BadSymbols

_MODULE = "MODULE "
# The marks of UTF-32 begin like those of UTF-16, so they come first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = tuple(
    (_MODULE.encode(encoding), encoding)
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
)
_HEAD = 32  # bytes that decide
_LONE_RETURNS = re.compile(rb"\r++(?!\n)")


def is_symbols(head: bytes) -> bool:
    """Return whether *head*, at least 32 bytes, begins a symbol file, in any encoding."""
    encoding, mark = _encoding_of(head)
    return head[mark:].decode(encoding, "ignore").startswith(_MODULE)


def _encoding_of(head: bytes) -> tuple[str, int]:
    """Return the encoding of a file that begins with *head*, and the size of its mark."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    for start, encoding in _UNMARKED:
        if head.startswith(start):
            return encoding, 0
    return "utf-8", 0


def as_walkers_read(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a symbol file as UTF-8 with line feeds. Raises BadSymbols."""
    source = iter(pieces)
    head = b""
    for piece in source:
        head += piece
        if len(head) >= _HEAD:
            break
    encoding, mark = _encoding_of(head)
    whole = _chained(head[mark:], source)
    yield from _with_line_feeds(whole if encoding == "utf-8" else _as_utf8(whole, encoding))


def _chained(head: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from pieces


def _as_utf8(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 0
    try:
        for piece in pieces:
            text = decoder.decode(piece)
            lines += text.count("\n")
            yield text.encode()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        reason = f"is {encoding[:6].upper()} and cannot be converted to UTF-8"
        raise BadSymbols(f"{reason} (after line {lines}): write it as UTF-8") from None


def _with_line_feeds(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines that end in a carriage return alone with a line feed instead."""
    held = b""  # the last byte, when it is a carriage return: its line feed may follow
    for piece in pieces:
        text = held + piece
        held = b""
        if b"\r" in text:
            if text.endswith(b"\r"):
                text, held = text.rstrip(b"\r"), b"\r"
            text = _LONE_RETURNS.sub(b"\n", text)
        yield text
    if held:
        yield b"\n"
