"""Checks a Breakpad symbol file while it streams by, and refuses what walkers could not read.

The grammar is that of rust-minidump's parser, which calls a file corrupt for a single bad line: a
MODULE record comes first; line and INLINE records follow a FUNC, STACK CFI records follow a STACK
CFI INIT. Stricter here: text without NUL, lines of at most a mebibyte, and the last line must be
complete, because a file with an incomplete one was cut short.

A file may have tens of millions of lines. One expression matches whole blocks of them, at some
60 MB/s; only a line that does not match is examined more closely.
"""

import re
from dataclasses import dataclass

from socorro.symbols.module import BadModule, ModuleId, module_id

LONGEST_LINE = 2**20  # bytes
TOO_LONG = f"the line is longer than {LONGEST_LINE} bytes"
_BLOCK = 2**18  # bytes checked at once
_FIRST_LINE = 4096  # bytes; no MODULE record is longer
SIZE_SETTING = "SOCORRO_SYMBOLS_FILE_BYTES"

_SPACE = rb"[ \t]++"


def _grammar(space: bytes, number: bytes, end: bytes) -> dict[bytes, re.Pattern[bytes]]:
    """Return patterns of valid lines, by the record that the first of them belongs to."""
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
# Name that dump_syms gives to code without a name: in a Windows program without its PDB, in a
# stripped ELF file, on the Mac.
NAMELESS = r"<(?:name omitted>(?![^\r\n])|(?:unknown|\.[\w.]{1,64} ELF section) in )"
_UNNAMED = re.compile(rb"^(FUNC|PUBLIC) [m0-9a-fA-F \t]+" + NAMELESS.encode(), re.MULTILINE)
_MODULE = re.compile(_SPACE.join((rb"MODULE", *(rb"([^ \t]+)",) * 3, rb"")))
_SHAPES = {
    "FILE": "FILE number name",
    "FUNC": "FUNC [m] address size parameter_size name",
    "PUBLIC": "PUBLIC [m] address parameter_size name",
    "INLINE": "INLINE depth line file origin address size …, after a FUNC",
    "INLINE_ORIGIN": "INLINE_ORIGIN number name",
    "INFO": "INFO text",
    "STACK": "STACK CFI INIT address size rules, after it STACK CFI address rules;"
    " or STACK WIN and 11 values",
}


class BadSymbols(ValueError):
    """A symbol file cannot be used; *reason* and *line* say why and where."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)
        self.reason, self.line = reason, line


@dataclass(frozen=True)
class Facts:
    """The module of a symbol file, and how much is in it."""

    module: ModuleId
    bytes: int
    functions: int  # FUNC records with a name
    publics: int  # PUBLIC records with a name
    stacks: int  # STACK records

    def outdoes(self, other: "Facts") -> bool:
        """Return whether this file has all kinds of records at least as often, and more in all."""
        mine = (self.functions, self.publics, self.stacks)
        theirs = (other.functions, other.publics, other.stacks)
        return (
            self.names_all(other)
            and self.stacks >= other.stacks
            and (mine != theirs or self.bytes > other.bytes)
        )

    def names_all(self, other: "Facts") -> bool:
        """Return whether this file names at least as much as the other one."""
        # A full file often has a FUNC where a stripped one has only a PUBLIC.
        names_kept = self.functions + self.publics >= other.functions + other.publics
        return self.functions >= other.functions and names_kept

    def completes(self, other: "Facts") -> bool:
        """Return whether one of the two names more, and the other has more STACK records."""
        more_names = self.names_all(other) and not other.names_all(self)
        fewer_names = other.names_all(self) and not self.names_all(other)
        return (more_names and self.stacks < other.stacks) or (
            fewer_names and self.stacks > other.stacks
        )


class Checker:
    """Takes a file piece by piece; every method raises BadSymbols."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept = bytearray()  # not checked yet
        self._enough = _BLOCK  # bytes that are worth a check
        self._lines = 0
        self._below = b""
        self._module: ModuleId | None = None
        self._bytes = self._functions = self._publics = self._stacks = 0

    def feed(self, piece: bytes) -> None:
        """Check the next piece."""
        self._bytes += len(piece)
        check_size(self._bytes, self._limit)
        self._kept += piece
        if len(self._kept) >= self._enough:
            self._check_kept()

    def finish(self) -> Facts:
        """Return the facts of the file; call it after the last piece."""
        if not self._bytes:
            raise BadSymbols("is empty")
        self._check_kept()
        if self._kept:
            line = self._lines + 1
            if self._module is None:
                self._first(bytes(self._kept))
            raise BadSymbols("the last line is incomplete: the file is cut short", line)
        assert self._module  # noqa: S101 -- the first line with an end was its record
        return Facts(self._module, self._bytes, self._functions, self._publics, self._stacks)

    def _check_kept(self) -> None:
        end = self._kept.rfind(b"\n") + 1
        block = bytes(self._kept[:end])
        del self._kept[:end]
        if self._module is None and (block or len(self._kept) > _FIRST_LINE):
            block = self._first(block or bytes(self._kept))
        self._check(block)
        if len(self._kept) > LONGEST_LINE:
            raise BadSymbols(TOO_LONG, self._lines + 1)
        self._enough = len(self._kept) + _BLOCK

    def _first(self, block: bytes) -> bytes:
        """Read the MODULE record; return what follows it."""
        first, _, rest = block.partition(b"\n")
        if not re.match(rb"MODULE[ \t]", first) or len(first) > _FIRST_LINE:
            raise BadSymbols(f"{_shown(first)} is not a MODULE record", 1)
        match = _MODULE.match(first)
        if not match:
            raise BadSymbols(
                f"{_shown(first)}: expected MODULE system processor debug_id debug_file", 1
            )
        try:
            name, debug_id = first[match.end() :].rstrip(b"\r").decode(), match[3].decode()
            self._module = module_id(name, debug_id)
        except UnicodeDecodeError:
            raise BadSymbols("is not UTF-8", 1) from None
        except BadModule as error:
            raise BadSymbols(str(error), 1) from None
        self._lines = 1
        return rest

    def _check(self, block: bytes) -> None:
        long = _long_line(block)
        if long is not None:
            self._check(block[:long])
            raise BadSymbols(TOO_LONG, self._lines + 1)
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
        """Return the end of the valid lines from *start* on."""
        match = grammar[_below(block, start, self._below)].match(block, start)
        return match.end() if match else start

    def _text(self, block: bytes) -> None:
        at = block.find(b"\0")
        try:
            block.decode()
        except UnicodeDecodeError as error:
            at = error.start if at < 0 else min(at, error.start)
        if at >= 0:
            raise BadSymbols("is not UTF-8 text", self._lines + block.count(b"\n", 0, at) + 1)


def check_size(size: int, limit: int) -> None:
    """Raise BadSymbols when a file of *size* bytes is too large to be kept."""
    if size > limit:
        raise BadSymbols(f"larger than {limit:,} bytes ({SIZE_SETTING})")


def _below(block: bytes, end: int, before: bytes) -> bytes:
    """Return the record that a line at *end* belongs to: FUNC, CFI or none; *before*: at 0."""
    apart = False  # an INLINE_ORIGIN, which may be anywhere, ends STACK CFI but not FUNC
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


def _long_line(block: bytes) -> int | None:
    """Return the start of the first line that is too long, if any; *block* has whole lines."""
    start = 0
    while len(block) - start > LONGEST_LINE:
        end = block.rfind(b"\n", start, start + LONGEST_LINE + 1)
        if end < 0:
            return start
        start = end + 1
    return None


def _what_is_wrong(line: bytes) -> str:
    if b"\0" in line:
        return "is not UTF-8 text, perhaps UTF-16 from here on"
    kind = re.split(r"[ \t]", line.decode("utf-8", "replace").strip("\r"))[0]
    if kind == "MODULE":
        return "a second MODULE record"
    if kind in _SHAPES:
        return f"{_shown(line)}: expected {_SHAPES[kind]}"
    if re.fullmatch(r"[0-9a-fA-F]+", kind):
        return f"{_shown(line)}: expected address size line file, after a FUNC"
    return f"unknown record: {_shown(line)}"


def _shown(line: bytes) -> str:
    text = line[:80].decode("utf-8", "replace").rstrip("\r")
    return ascii(text if len(line) <= 80 else f"{text}…")
