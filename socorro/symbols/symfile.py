"""Checks a Breakpad symbol file while it streams by: what walkers could not read is refused.

The grammar is the one of rust-minidump's parser, which calls a file corrupt for a single bad line:
a MODULE record comes first; line and INLINE records stand below a FUNC, STACK CFI records below a
STACK CFI INIT. Stricter here: text without NUL, lines of at most a mebibyte, and the last line has
its end, for a file that lacks it was cut short.

A file may have tens of millions of lines. Whole blocks of them are matched by one expression, some
60 MB/s; only a line that does not match is looked at more closely.
"""

import re
from dataclasses import dataclass

from socorro.symbols.module import BadModule, ModuleId, module_id

LONGEST_LINE = 2**20  # bytes
_BLOCK = 2**18  # bytes looked at at once
_FIRST_LINE = 4096  # bytes; no MODULE record is longer

_SPACE = rb"[ \t]++"


def _grammar(space: bytes, number: bytes, end: bytes) -> dict[bytes, re.Pattern[bytes]]:
    """Return what matches good lines, by what the first of them stands below."""
    address, size = rb"[0-9a-fA-F]{1,16}" + space, rb"[0-9a-fA-F]{1,8}"
    value, decimal = size + space, number + space
    multiple, text = rb"(?:m" + space + rb")?", rb"[^\r\n]*+" + end
    line = address + value + decimal + number + end
    inline = rb"INLINE" + space + decimal * 4 + address + size
    inline += rb"(?:" + space + address + size + rb")*+" + end
    origin = rb"INLINE_ORIGIN" + space + decimal + text
    below_func = rb"(?:" + rb"|".join((line, inline, origin)) + rb")*+"
    below_cfi = rb"(?:STACK CFI" + space + address + text + rb")*+"
    win = rb"[0-9a-fA-F]" + space + address + value * 7 + rb"[0-9]" + space + text
    records = (
        rb"FUNC" + space + multiple + address + value * 2 + text + below_func,
        rb"STACK CFI INIT" + space + address + value + text + below_cfi,
        rb"FILE" + space + decimal + text,
        rb"PUBLIC" + space + multiple + address + value + text,
        rb"STACK WIN" + space + win,
        origin,
        rb"INFO" + space + text,
        end,
    )
    all_records = rb"(?:" + rb"|".join(records) + rb")*+"
    return {
        b"": re.compile(all_records),
        b"FUNC": re.compile(below_func + all_records),
        b"CFI": re.compile(below_cfi + all_records),
    }


# As dump_syms writes, which is matched twice as fast; then all that the walkers read.
# Of decimal numbers from 4e9 to 2^32 only the -1 occurs.
_USUAL = _grammar(rb" ", rb"[0-9]{1,9}", rb"\r?\n")
_ALL = _grammar(_SPACE, rb"(?:[0-3]?[0-9]{1,9}|4294967295)", rb"\r*+\n")
# What dump_syms calls code of which it saw the bounds but no name: in a Windows program without its
# PDB, in an ELF file that was stripped.
NAMELESS = r"<(?:unknown|\.[\w.]{1,64} ELF section) in "
_UNNAMED = re.compile(rb"^(FUNC|PUBLIC) [m0-9a-fA-F \t]+" + NAMELESS.encode(), re.MULTILINE)
_MODULE = re.compile(_SPACE.join((rb"MODULE", *(rb"([^ \t]+)",) * 3, rb"")))
_SHAPES = {
    "FILE": "FILE number name",
    "FUNC": "FUNC [m] address size parameter_size name",
    "PUBLIC": "PUBLIC [m] address parameter_size name",
    "INLINE": "INLINE depth line file origin address size …, below a FUNC",
    "INLINE_ORIGIN": "INLINE_ORIGIN number name",
    "INFO": "INFO text",
    "STACK": "STACK CFI INIT address size rules, below it STACK CFI address rules;"
    " or STACK WIN and 11 values",
}


class BadSymbols(ValueError):
    """A symbol file cannot be used: why, and on which line."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)
        self.reason, self.line = reason, line


@dataclass(frozen=True)
class Facts:
    """What a symbol file is about, and how much is in it."""

    module: ModuleId
    bytes: int
    functions: int  # FUNC records with a name
    publics: int  # PUBLIC records with a name
    stacks: int  # STACK records

    def outdoes(self, other: "Facts") -> bool:
        """Tell whether this file has all kinds of records at least as often, and more of it."""
        mine = (self.functions, self.publics, self.stacks)
        theirs = (other.functions, other.publics, other.stacks)
        return (
            self.names_all(other)
            and self.stacks >= other.stacks
            and (mine != theirs or self.bytes > other.bytes)
        )

    def names_all(self, other: "Facts") -> bool:
        """Tell whether this file names at least as much as the other one."""
        # A FUNC of a full file often stands where a stripped one has only the PUBLIC.
        names_kept = self.functions + self.publics >= other.functions + other.publics
        return self.functions >= other.functions and names_kept

    def completes(self, other: "Facts") -> bool:
        """Tell whether one of the two names more, and the other has more STACK records."""
        more_names = self.names_all(other) and not other.names_all(self)
        fewer_names = other.names_all(self) and not self.names_all(other)
        return (more_names and self.stacks < other.stacks) or (
            fewer_names and self.stacks > other.stacks
        )


class Checker:
    """Takes a file piece by piece; every method raises BadSymbols."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept = bytearray()  # not looked at yet
        self._enough = _BLOCK  # bytes that are worth a look
        self._lines = 0
        self._below = b""
        self._module: ModuleId | None = None
        self._bytes = self._functions = self._publics = self._stacks = 0

    def feed(self, piece: bytes) -> None:
        """Look at the next piece."""
        self._bytes += len(piece)
        check_size(self._bytes, self._limit)
        self._kept += piece
        if len(self._kept) >= self._enough:
            self._look_at_kept()

    def finish(self) -> Facts:
        """Tell what the file was about; call when all of it was fed."""
        if not self._bytes:
            raise BadSymbols("is empty")
        self._look_at_kept()
        if self._kept:
            line = self._lines + 1
            if self._module is None:
                self._first(bytes(self._kept))
            raise BadSymbols("the last line has no end: the file is cut short", line)
        assert self._module  # noqa: S101 -- the first line with an end was its record
        return Facts(self._module, self._bytes, self._functions, self._publics, self._stacks)

    def _look_at_kept(self) -> None:
        end = self._kept.rfind(b"\n") + 1
        block = bytes(self._kept[:end])
        del self._kept[:end]
        if self._module is None and (block or len(self._kept) > _FIRST_LINE):
            block = self._first(block or bytes(self._kept))
        self._look(block)
        if len(self._kept) > LONGEST_LINE:
            raise BadSymbols(f"longer than {LONGEST_LINE} bytes", self._lines + 1)
        self._enough = len(self._kept) + _BLOCK

    def _first(self, block: bytes) -> bytes:
        """Read the MODULE record; return what follows it."""
        first, _, rest = block.partition(b"\n")
        if not re.match(rb"MODULE[ \t]", first) or len(first) > _FIRST_LINE:
            raise BadSymbols(f"no MODULE record but {_shown(first)}", 1)
        found = _MODULE.match(first)
        if not found:
            raise BadSymbols("is not: MODULE system processor debug_id debug_file", 1)
        try:
            name, debug_id = first[found.end() :].rstrip(b"\r").decode(), found[3].decode()
            self._module = module_id(name, debug_id)
        except UnicodeDecodeError:
            raise BadSymbols("is not UTF-8", 1) from None
        except BadModule as why:
            raise BadSymbols(str(why), 1) from None
        self._lines = 1
        return rest

    def _look(self, block: bytes) -> None:
        good = 0
        while good < len(block):
            good = self._match(_USUAL, block, good)
            if good < len(block):
                line, good = good, self._match(_ALL, block, good)
                if good == line:
                    bad = block[good : block.index(b"\n", good)]
                    number = self._lines + block.count(b"\n", 0, good) + 1
                    raise BadSymbols(_what_is_wrong(bad), number)
        self._text(block)
        lines = b"\n" + block
        unnamed = _UNNAMED.findall(lines) if b" <" in lines else []
        self._functions += lines.count(b"\nFUNC ") - unnamed.count(b"FUNC")
        self._publics += lines.count(b"\nPUBLIC ") - unnamed.count(b"PUBLIC")
        self._stacks += lines.count(b"\nSTACK ")
        self._lines += block.count(b"\n")
        self._below = _below(block, len(block), self._below)

    def _match(self, grammar: dict[bytes, re.Pattern[bytes]], block: bytes, start: int) -> int:
        """Return where the good lines from *start* on end."""
        found = grammar[_below(block, start, self._below)].match(block, start)
        return found.end() if found else start

    def _text(self, block: bytes) -> None:
        at = block.find(b"\0")
        try:
            block.decode()
        except UnicodeDecodeError as why:
            at = why.start if at < 0 else min(at, why.start)
        if at >= 0:
            raise BadSymbols("is not UTF-8 text", self._lines + block.count(b"\n", 0, at) + 1)


def check_size(size: int, limit: int) -> None:
    """Raise BadSymbols when a file of *size* bytes is too large to be kept."""
    if size > limit:
        raise BadSymbols(f"larger than {limit:,} bytes; the setting is SOCORRO_SYMBOLS_FILE_BYTES")


def _below(block: bytes, end: int, before: bytes) -> bytes:
    """Return what a line at *end* stands below, FUNC, CFI or nothing; *before*: a line at 0."""
    apart = False  # an INLINE_ORIGIN, which stands anywhere, ends STACK CFI but not FUNC
    while end > 0:
        start = block.rfind(b"\n", 0, end - 1) + 1
        head = block[start : start + 14]
        if head.startswith(b"INLINE_ORIGIN"):
            end, apart = start, True
            continue
        if head.startswith(b"STACK CFI"):
            return b"" if apart else b"CFI"
        if head.startswith((b"FUNC", b"INLINE")) or re.match(rb"[0-9a-fA-F]+[ \t]", head + b" "):
            return b"FUNC"
        return b""
    return b"" if apart and before == b"CFI" else before


def _what_is_wrong(line: bytes) -> str:
    if len(line) > LONGEST_LINE:
        return f"longer than {LONGEST_LINE} bytes"
    kind = re.split(r"[ \t]", line.decode("utf-8", "replace").strip("\r"))[0]
    if kind == "MODULE":
        return "a second MODULE record"
    if kind in _SHAPES:
        return f"{_shown(line)} is not: {_SHAPES[kind]}"
    if re.fullmatch(r"[0-9a-fA-F]+", kind):
        return f"{_shown(line)} is not: address size line file, below a FUNC"
    return f"no such record: {_shown(line)}"


def _shown(line: bytes) -> str:
    text = line[:80].decode("utf-8", "replace").rstrip("\r")
    return ascii(text if len(line) <= 80 else f"{text}…")
