"""Checks a Breakpad symbol file while it streams by, and refuses what walkers could not read.

The grammar is that of rust-minidump's parser, which calls a file corrupt for a single bad line: a
MODULE record comes first; line and INLINE records follow a FUNC, STACK CFI records follow a STACK
CFI INIT. Stricter here: text without NUL, lines of at most a mebibyte, and the last line must be
complete, because a file with an incomplete one was cut short.

A file may have tens of millions of lines. One expression matches whole blocks of them, at some
60 MB/s; only a line that does not match is examined more closely.
"""

import re
from dataclasses import dataclass, field, replace

from socorro.symbols.module import BadModule, ModuleId, module_id

LONGEST_LINE = 2**20  # bytes
MOST_DROPPED = 1000  # bad lines of one file
SECOND_MODULE = "a second MODULE record"
TOO_LONG = f"the line is longer than {LONGEST_LINE} bytes"
_BLOCK = 2**18  # bytes checked at once
_HEAD = 64  # bytes of a line that say what it is
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
# What belongs to a record, and has no meaning without it.
_BELOW = (
    (b"FUNC", re.compile(rb"(?:(?:INLINE|[0-9a-fA-F]++)[ \t][^\n]*+\n)*+")),
    (b"STACK CFI INIT", re.compile(rb"(?:STACK CFI[ \t]++(?!INIT)[^\n]*+\n)*+")),
)
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
    lines: int = 0  # line records, of all functions
    inlines: int = 0  # INLINE records
    dropped: int = field(default=0, compare=False)  # text lines that were left out
    first_dropped: str = field(default="", compare=False)  # what is wrong with the first of them

    @property
    def counts(self) -> tuple[int, ...]:
        """How many records of each kind there are, what matters most first."""
        return (self.functions, self.inlines, self.lines, self.publics, self.stacks)

    def with_drops_of(self, other: "Facts") -> "Facts":
        """Return these facts, with the lines that were dropped from another file."""
        return replace(self, dropped=other.dropped, first_dropped=other.first_dropped)

    def covers(self, other: "Facts") -> bool:
        """Return whether this file has no kind of record less often than the other one."""
        return all(mine >= theirs for mine, theirs in zip(self.counts, other.counts, strict=True))

    def outdoes(self, other: "Facts") -> bool:
        """Return whether this file covers the other one, and is more."""
        is_more = self.counts != other.counts or self.bytes > other.bytes
        return self.covers(other) and is_more


class Drops:
    """The bad lines that were left out of a file."""

    def __init__(self) -> None:
        self.lines = 0  # with those that belong to bad lines
        self.first = ""
        self._bad = 0
        self._orphans: re.Pattern[bytes] | None = None  # of a bad line, at the end of a block

    def note(self, line: bytes, lines: int, error: BadSymbols) -> None:
        """Note a bad *line*, and how many *lines* are left out because of it."""
        self._bad += 1
        self.lines += lines
        self.first = self.first or str(error)
        if self._bad > MOST_DROPPED:
            raise BadSymbols(f"more than {MOST_DROPPED:,} bad lines; the first is {self.first}")
        self._orphans = next((below for start, below in _BELOW if line.startswith(start)), None)

    def without(self, block: bytes, number: int, error: BadSymbols) -> bytes:
        """Return *block* without the line with this *number*, from 0, and what belongs to it."""
        start = 0
        for _ in range(number):
            start = block.index(b"\n", start) + 1
        end = block.index(b"\n", start) + 1
        self.note(block[start:end], 1, error)
        return block[:start] + self.without_orphans(block[end:])

    def without_orphans(self, block: bytes) -> bytes:
        """Return *block* without the lines at its start that belong to a bad line before it."""
        if not self._orphans or not block:
            return block
        match = self._orphans.match(block)
        end = match.end() if match else 0
        if end < len(block):
            self._orphans = None
        self.lines += block.count(b"\n", 0, end)
        return block[end:]


class Checker:
    """Takes a file piece by piece; every method raises BadSymbols."""

    def __init__(self, limit: int, drop_bad_lines: bool = False) -> None:
        """*drop_bad_lines* leaves bad lines out, with what belongs to them, instead of raising.

        At most MOST_DROPPED of them; the first line and a second MODULE record cannot be dropped.
        """
        self._limit = limit
        self._kept = bytearray()  # not checked yet
        self._enough = _BLOCK  # bytes that are worth a check
        self._lines = 0
        self._below = b""
        self._module: ModuleId | None = None
        self._bytes = self._functions = self._publics = self._stacks = 0
        self._inlines = self._line_records = 0
        self._read_bytes = 0
        self._drops = Drops() if drop_bad_lines else None
        self._is_skipping = False  # the rest of a long line

    def feed(self, piece: bytes) -> bytes:
        """Check the next piece; return lines that are good, of this piece or of earlier ones."""
        self._read_bytes += len(piece)
        check_size(self._read_bytes, self._limit)
        if self._is_skipping:
            end = piece.find(b"\n") + 1
            self._is_skipping, piece = not end, piece[end:] if end else b""
        self._kept += piece
        return self._check_kept() if len(self._kept) >= self._enough else b""

    def rest(self) -> bytes:
        """Check what is left; return the last good lines. Call it after the last piece."""
        if not self._read_bytes:
            raise BadSymbols("is empty")
        good = self._check_kept()
        if self._kept:
            number = self._lines + 1
            if self._module is None:
                self._first(bytes(self._kept))
            cut = BadSymbols("the last line is incomplete: the file is cut short", number)
            if number == 1:
                raise cut
            self._drop_kept(cut)
        return good

    def finish(self) -> Facts:
        """Return the facts of the file, of its good lines; call it after the last piece."""
        self.rest()
        assert self._module  # noqa: S101 -- the first line with an end was its record
        counts = (self._functions, self._publics, self._stacks, self._line_records, self._inlines)
        drops = self._drops or Drops()
        return Facts(self._module, self._bytes, *counts, drops.lines, drops.first)

    def _check_kept(self) -> bytes:
        """Check the whole lines that are kept; return the good ones."""
        end = self._kept.rfind(b"\n") + 1
        block = bytes(self._kept[:end])
        del self._kept[:end]
        head = b""
        if self._module is None and (block or len(self._kept) > _FIRST_LINE):
            whole = block or bytes(self._kept)
            block = self._first(whole)
            head = whole[: len(whole) - len(block)]
        block = self._good(block)
        self._accept(block)
        if len(self._kept) > LONGEST_LINE:
            self._drop_kept(BadSymbols(TOO_LONG, self._lines + 1))
            self._is_skipping = True
        self._enough = len(self._kept) + _BLOCK
        good = head + block
        self._bytes += len(good)
        return good

    def _good(self, block: bytes) -> bytes:
        """Return *block*, or the good lines of it. Raises BadSymbols."""
        if self._drops:
            block = self._drops.without_orphans(block)
        while True:
            try:
                self._verify(block)
            except BadSymbols as error:
                if not self._drops or error.line is None or error.reason == SECOND_MODULE:
                    raise
                block = self._drops.without(block, error.line - self._lines - 1, error)
            else:
                return block

    def _drop_kept(self, error: BadSymbols) -> None:
        """Drop an incomplete line. Raises *error* unless lines may be dropped."""
        if not self._drops:
            raise error
        self._drops.note(bytes(self._kept[:_HEAD]), 1, error)
        self._kept.clear()

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

    def _verify(self, block: bytes) -> None:
        """Raise BadSymbols unless all lines of *block* are good. Changes nothing."""
        long = _long_line(block)
        if long is not None:
            self._verify(block[:long])
            raise BadSymbols(TOO_LONG, self._lines + block.count(b"\n", 0, long) + 1)
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

    def _accept(self, block: bytes) -> None:
        """Count the good lines of *block*."""
        self._count(b"\n" + block)
        self._lines += block.count(b"\n")
        self._below = _below(block, len(block), self._below)

    def _count(self, lines: bytes) -> None:
        """Count the records in *lines*, which begin and end with a line feed."""
        unnamed = _UNNAMED.findall(lines) if b" <" in lines else []
        functions, publics = lines.count(b"\nFUNC"), lines.count(b"\nPUBLIC")
        stacks = lines.count(b"\nSTACK")
        inlines = lines.count(b"\nINLINE") - (origins := lines.count(b"\nINLINE_ORIGIN"))
        others = origins + lines.count(b"\nFILE") + lines.count(b"\nINFO") + _blank(lines)
        every = lines.count(b"\n") - 1
        self._line_records += every - functions - publics - stacks - inlines - others
        self._functions += functions - unnamed.count(b"FUNC")
        self._publics += publics - unnamed.count(b"PUBLIC")
        self._stacks += stacks
        self._inlines += inlines

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


def _blank(lines: bytes) -> int:
    """Return how many of *lines* are blank."""
    if b"\n\n" not in lines and b"\n\r" not in lines:
        return 0
    texts = lines[1:-1].split(b"\n")
    blank = texts.count(b"")
    return blank + sum(text[:1] == b"\r" for text in texts) if b"\n\r" in lines else blank


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
        return SECOND_MODULE
    if kind in _SHAPES:
        return f"{_shown(line)}: expected {_SHAPES[kind]}"
    if re.fullmatch(r"[0-9a-fA-F]+", kind):
        return f"{_shown(line)}: expected address size line file, after a FUNC"
    return f"unknown record: {_shown(line)}"


def _shown(line: bytes) -> str:
    text = line[:80].decode("utf-8", "replace").rstrip("\r")
    return ascii(text if len(line) <= 80 else f"{text}…")
