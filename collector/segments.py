"""Splits a multipart body into segments, with one outcome however it is cut into pieces.

Heads as browsers, curl, Crashpad and Firefox write them are read by one regular expression; every
other head by the `multipart` library. A segment that is whole in a piece, as all are when the body
is in memory, is handed on in one call; of a larger one no more than a piece is held.

The rules are those of `multipart.PushMultipartParser` for a body in one piece, to which
tests/collector/test_parser.py holds this code. That parser is not used for whole bodies, because it
needs several calls and objects per field, and because its verdict may change where a line break or
a boundary is at the end of a piece.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from multipart import MultipartError, MultipartSegment, PushMultipartParser

from collector.body import Malformed

LONGEST_HEADER = 8192
MOST_HEADERS = 16
MOST_LINES = 64  # of a head; joining those of one header takes time that grows with their square

# Names, file names and types that need not be unquoted or refused.
_FIELD_HEAD = re.compile(rb'Content-Disposition: form-data; name="([^"%\\\r\n]{0,200})"\r\n\r\n')
_FIELD_START = b'Content-Disposition: form-data; name="'
_FILE = b'"; filename="'
_NOT_PLAIN = re.compile(r'["%\\\r\n]')
_LONGEST_PLAIN = 200  # characters of a name
_PLAIN_HEAD = re.compile(
    rb'Content-Disposition: form-data; name="([^"%\\\r\n]{0,200})"'
    rb'(?:; filename="([^"%\\\r\n]{0,300})")?\r\n'
    rb"(?:Content-Type: ([A-Za-z0-9.+/_-]{1,100})\r\n)?\r\n"
)


_AFTER_BOUNDARY = (b"\r\n", b"--")


Content = bytes | memoryview


class Segment(NamedTuple):
    """The head of a segment."""

    name: str
    kind: str  # its type in lower case; "" when it has none
    has_filename: bool
    charset: str = ""  # that its type declares


class Receiver(Protocol):
    """Who takes the segments, one after the other."""

    def fields(self, fields: Mapping[str, str]) -> bool:
        """Take segments that have neither type nor file name, all of them or none."""
        ...

    def field(self, name: str, value: bytes) -> None:
        """Take a segment that has neither type nor file name."""
        ...

    def whole(self, segment: Segment, content: Content) -> None:
        """Take a segment."""
        ...

    def begin(self, segment: Segment) -> None:
        """Begin a segment, whose content follows."""
        ...

    def write(self, content: Content) -> None:
        """Take more content."""
        ...

    def end(self) -> None:
        """End the segment."""
        ...


class Splitter:
    """Splits one body at *boundary* into at most *most* segments, none over *longest* bytes."""

    def __init__(self, boundary: bytes, receiver: Receiver, most: int, longest: int) -> None:
        self._delimiter = b"\r\n--" + boundary
        self._receiver = receiver
        self._most = most
        self._longest = longest
        self._count = 0
        self._state: Callable[[Splitter], bool] = Splitter._preamble
        self._buffer = b""
        self._at = 0  # where the state goes on in the buffer
        self._missing: int | None = None  # bytes of a segment that has a Content-Length
        self._is_complete = False

    def feed(self, piece: bytes) -> None:
        """Hand on what is in *piece*. Raises Malformed, and what the receiver raises."""
        if self._is_complete:
            return  # an epilogue
        self._buffer = self._buffer + piece if self._buffer else piece
        while self._state(self):
            pass
        self._buffer = self._buffer[self._at :]
        self._at = 0

    def close(self) -> None:
        """Say that no piece follows. Raises Malformed when the last boundary is missing."""
        if not self._is_complete:
            raise _malformed()

    # A state goes on in the buffer; it returns False when it needs another piece.

    def _preamble(self) -> bool:
        buffer, boundary = self._buffer, self._delimiter[2:]
        start = buffer.find(boundary)
        # A line break before it is kept as well, so only the body itself may begin with a boundary.
        self._at = max(0, (len(buffer) + 1 - len(boundary) if start < 0 else start) - 2)
        if start > 0 and buffer[self._at : start] != b"\r\n":
            raise _malformed()
        return start >= 0 and self._boundary_ends(start + len(boundary))

    def _heads(self) -> bool:
        """Hand on segments whose heads are plain and whose content is whole."""
        if self._count == 1:
            self._fields_before_file()
        self._fields()
        buffer, size = self._buffer, len(self._delimiter)
        while match := _PLAIN_HEAD.match(buffer, self._at):
            start = match.end()
            end = buffer.find(self._delimiter, start)
            if end < 0 or buffer[end + size : end + size + 2] not in _AFTER_BOUNDARY:
                break
            name, filename, kind = match.groups()
            segment = Segment(
                name.decode("utf-8", "replace"),
                kind.decode("ascii").lower() if kind else "",
                filename is not None,
            )
            self._receiver.whole(segment, memoryview(buffer)[start:end])
            if not self._boundary_ends(end + size):
                return False
        return self._head()

    def _fields_before_file(self) -> None:
        """Hand on all form fields before the first file in one call, if their heads are plain.

        If not, or if the receiver takes them one by one only, nothing has happened yet.
        """
        buffer, delimiter = self._buffer, self._delimiter
        start = self._at + len(_FIELD_START)
        end = buffer.rfind(delimiter, start, max(0, buffer.find(_FILE, start)))
        after = end + len(delimiter)
        if end < 0 or not (
            buffer.startswith(_FIELD_START, self._at) and buffer.startswith(b"\r\n", after)
        ):
            return
        content = buffer[start:end]
        count = content.count(delimiter) + 1
        fields = _plain_fields(content, delimiter + b"\r\n" + _FIELD_START)
        if len(fields) != count or self._count + count > self._most:
            return
        if self._receiver.fields(fields):
            self._at = after + 2
            self._count += count

    def _fields(self) -> None:
        """Hand on form fields that another segment follows: most of what clients send."""
        buffer, delimiter, field = self._buffer, self._delimiter, self._receiver.field
        while match := _FIELD_HEAD.match(buffer, self._at):
            start = match.end()
            end = buffer.find(delimiter, start)
            after = end + len(delimiter)
            if end < 0 or not buffer.startswith(b"\r\n", after):
                return
            field(str(match[1], "utf-8", "replace"), buffer[start:end])
            self._at = after + 2
            self._count += 1
            if self._count > self._most:
                raise Malformed("too_many_parts")

    def _head(self) -> bool:
        """Read any head."""
        buffer, start = self._buffer, self._at
        end = buffer.find(b"\r\n\r\n", start) + 4
        if end < 4:
            # Of a head that is not whole, the lines that are have to be valid.
            line_end = buffer.rfind(b"\r\n", start)
            end = start if line_end < 0 else line_end + 2
            if len(buffer) - end > LONGEST_HEADER + 1 or buffer.startswith(b"\r\n", start):
                raise _malformed()
            _read(buffer[start:end], self._longest)
            return False
        head = _read(buffer[start:end], self._longest)
        if head is None:
            raise _malformed()
        length = head.header("Content-Length")
        self._missing = None if length is None else int(length)
        self._receiver.begin(
            Segment(
                (head.name or "").encode("latin-1", "replace").decode("utf-8", "replace"),
                head.content_type or "",
                head.filename is not None,
                head.charset or "",
            )
        )
        self._at = end
        self._state = Splitter._content
        return True

    def _content(self) -> bool:
        buffer, delimiter = self._buffer, self._delimiter
        end = boundary = buffer.find(delimiter, self._at)
        if boundary < 0:
            # What may be the beginning of a delimiter waits for the next piece.
            end = buffer.find(b"\r", max(self._at, len(buffer) + 1 - len(delimiter)))
            end = len(buffer) if end < 0 else end
        self._write(buffer[self._at : end])
        self._at = end
        after = end + len(delimiter)
        if boundary < 0 or len(buffer) < after + 2:
            return False
        if buffer[after : after + 2] in _AFTER_BOUNDARY:
            if self._missing:
                raise _malformed()
            self._receiver.end()
        return self._boundary_ends(after)

    def _write(self, content: bytes) -> None:
        is_too_long = False
        if self._missing is not None:
            is_too_long = len(content) > self._missing
            content = content[: self._missing]
            self._missing -= len(content)
        if content:
            self._receiver.write(content)
        if is_too_long:
            raise _malformed()

    def _boundary_ends(self, after: int) -> bool:
        """Go on behind a boundary: a segment follows, or nothing."""
        text = self._buffer[after : after + 2]
        if text == b"\r\n":
            self._count += 1
            if self._count > self._most:
                raise Malformed("too_many_parts")
            self._at = after + 2
            self._state = Splitter._heads
            return True
        if text == b"--":
            self._is_complete = True
            self._at = len(self._buffer)
        elif len(text) == 2:
            raise _malformed()
        return False


def _plain_fields(content: bytes, between: bytes) -> dict[str, str]:
    """Return the fields in *content*, with *between* between them; fewer if one is not plain."""
    try:
        texts = content.decode().split(between.decode("latin-1"))
        fields = dict(text.split('"\r\n\r\n', 1) for text in texts)
    except ValueError:  # not UTF-8, or a head with more lines
        return {}
    names = "".join(fields)
    is_plain = names.isascii() and not _NOT_PLAIN.search(names)
    return fields if is_plain and max(map(len, fields)) <= _LONGEST_PLAIN else {}


def _read(lines: bytes, longest: int) -> MultipartSegment | None:
    """Read the lines of a head; None when its empty line is missing. Raises Malformed."""
    if lines.count(b"\r\n") - lines.endswith(b"\r\n\r\n") > MOST_LINES:
        raise _malformed()
    parser = PushMultipartParser(
        b"b",
        max_header_size=LONGEST_HEADER,
        max_header_count=MOST_HEADERS,
        max_segment_size=longest,
        header_charset="latin-1",  # accepts every byte
    )
    try:
        for head in parser.parse(b"--b\r\n" + lines):
            return head
    except MultipartError:
        raise _malformed() from None
    return None


def _malformed() -> Malformed:
    return Malformed("invalid_payload_structure")
