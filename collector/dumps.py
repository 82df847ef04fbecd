"""The dumps and attachments of one post: named, inflated where they are gzip, written to the spool.

A dump (its name starts with upload_file_minidump) that is gzip is inflated while it streams in; all
dumps of a post together may be as large as a body. Of damaged gzip, what could be inflated is kept:
the crash counts, and its walk says what the dump lacks. Attachments are kept as they were sent; one
that is a minidump is noted, as only dumps are processed.
"""

import re
import zlib
from collections.abc import Callable
from typing import Final

from collector.body import STEP, Malformed, TooLarge
from collector.notes import Notes
from collector.segments import Content
from socorro.crash import MAIN_DUMP
from socorro.spool.entry import LONGEST_DUMP_NAME
from socorro.spool.spool import Draft, DumpWriter

# Names under which a store may keep something else about a crash.
RESERVED_NAMES = frozenset({"dump_names", "processed_crash", "raw_crash"})

MINIDUMP: Final = (b"MDMP", b"PMDM")  # the latter from machines with the other byte order
BLOCK: Final = 64 * 1024  # bytes of gzip that are inflated at once

_HEAD: Final = 1024  # bytes that say what a file is, even behind the file name in gzip's header
_GZIP_MAGIC: Final = b"\x1f\x8b"
_GZIP: Final = 16 + zlib.MAX_WBITS
_NOT_IN_DUMP_NAME: Final = re.compile(r"[^A-Za-z0-9_]")


class Dumps:
    """The dumps of one post, each under a name of its own: at most *most*, of *size* bytes."""

    def __init__(self, draft: Draft, most: int, size: int, notes: Notes) -> None:
        self._draft = draft
        self._most = most
        self._room = size
        self._notes = notes
        self._writers: dict[str, DumpWriter] = {}

    def begin(self, sent_name: str) -> "_Dump":
        """Begin the dump that the client calls *sent_name*. Raises Malformed."""
        if len(self._writers) >= self._most:
            raise Malformed("too_many_dumps")
        name = self._free(_usable(sent_name))
        if name != sent_name:
            self._notes.add(f"a dump was renamed to {name}")
        writer = self._writers[name] = self._draft.dump(name)

        def write(content: Content) -> None:
            self._room -= len(content)
            if self._room < 0:
                raise TooLarge
            writer.write(content)

        return _Dump(name, write, self._notes)

    def checksums(self) -> dict[str, str]:
        """Return the SHA-256 of each dump, hex."""
        return {name: writer.sha256 for name, writer in self._writers.items()}

    def any_bytes(self) -> bool:
        """Say whether a dump has content."""
        return any(writer.size for writer in self._writers.values())

    def _free(self, name: str) -> str:
        """Return *name*, numbered when an earlier dump has it."""
        free, number = name, 1
        while free in self._writers:
            number += 1
            free = f"{name[: LONGEST_DUMP_NAME - 4]}_{number}"
        return free


def _usable(sent_name: str) -> str:
    name = _NOT_IN_DUMP_NAME.sub("", sent_name)[:LONGEST_DUMP_NAME] or "attachment"
    if name in RESERVED_NAMES:
        raise Malformed("invalid_dump_name")
    return name


class _Dump:
    """A dump or an attachment; its first bytes say what is to be done with it."""

    def __init__(self, name: str, write: Callable[[Content], None], notes: Notes) -> None:
        self._name, self._write, self._notes = name, write, notes
        self._head = bytearray()
        self._is_begun = False
        self._inflater: _Inflater | None = None

    def write(self, chunk: Content) -> None:
        if self._inflater:
            self._inflater.write(chunk)
        elif self._is_begun:
            self._write(chunk)
        elif not self._head and len(chunk) >= _HEAD:
            self._begin(chunk)
        else:
            self._head += chunk
            if len(self._head) >= _HEAD:
                self._begin(bytes(self._head))

    def end(self) -> None:
        """Write what was held back; the draft closes the file after syncing it."""
        if not self._is_begun:
            self._begin(bytes(self._head))
        if self._inflater:
            is_whole = self._inflater.close()
            outcome = "inflated" if is_whole else "damaged; what could be inflated was kept"
            self._notes.add(f"{self._name}: gzip, {outcome}")

    def _begin(self, content: Content) -> None:
        self._is_begun = True
        head = bytes(content[:_HEAD])
        is_dump = self._name.startswith(MAIN_DUMP)
        if is_dump and head.startswith(_GZIP_MAGIC):
            self._inflater = _Inflater(self._write)
            self._inflater.write(content)
            return
        if not is_dump and _inflated(head).startswith(MINIDUMP):
            self._notes.add(f"{self._name}: a minidump, not processed: not named {MAIN_DUMP}")
        if content:
            self._write(content)


def _inflated(head: bytes) -> bytes:
    """Return the first bytes of a file, inflated if it is gzip."""
    if not head.startswith(_GZIP_MAGIC):
        return head
    try:
        return zlib.decompressobj(_GZIP).decompress(head, len(MINIDUMP[0]))
    except zlib.error:
        return head


class _Inflater:
    """Inflates one gzip stream into *write*; bytes after it are damage.

    What was inflated before the damage must not depend on how the stream was cut into pieces: the
    crash id is derived from it. So the stream goes to zlib in blocks of one size.
    """

    def __init__(self, write: Callable[[Content], None]) -> None:
        self._write = write
        self._stream = zlib.decompressobj(_GZIP)
        self._block = bytearray()
        self._is_damaged = False

    def write(self, chunk: Content) -> None:
        self._block += chunk
        whole = len(self._block) // BLOCK * BLOCK
        for start in range(0, whole, BLOCK):
            self._inflate(bytes(self._block[start : start + BLOCK]))
        del self._block[:whole]

    def close(self) -> bool:
        """Inflate the rest; return whether the stream was whole."""
        if self._block:
            self._inflate(bytes(self._block))
        return self._stream.eof and not self._is_damaged

    def _inflate(self, block: bytes) -> None:
        self._is_damaged = self._is_damaged or self._stream.eof
        while not self._is_damaged:
            try:
                piece = self._stream.decompress(block, STEP)
            except zlib.error:
                self._is_damaged = True
                return
            if piece:
                self._write(piece)
            self._is_damaged = bool(self._stream.unused_data)
            block = self._stream.unconsumed_tail
            if not block and len(piece) < STEP:
                return
