"""Reads a multipart form with symbol files: what sym_upload and Tecken's clients send.

sym_upload sends the file as `symbol_file`, and what it is of as `debug_file`, `debug_identifier`,
`code_file`, `cpu`, `os`, `version`. Tecken's clients send archives under any name. Files go to disk
while they arrive, so that the order of fields and files does not matter.
"""

import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from middleware.reply import bad_request
from socorro.symbols.module import BadModule, module_id

MULTIPART = "multipart/form-data"
MOST_SEGMENTS = 100  # fields and files
LONGEST_FIELD = 4096  # bytes
LONGEST_BOUNDARY = 200
_FILE = "symbol_file"  # may come without a file name


class FormFile(NamedTuple):
    """A file of a form, on disk, and the name that its client gave it."""

    name: str
    file: IO[bytes]


class Form(NamedTuple):
    """The fields of a form by name, and its files."""

    fields: dict[str, str]
    files: list[FormFile]


def is_form(content_type: str) -> bool:
    """Return whether a body of this type is a form."""
    return content_type.partition(";")[0].strip().lower() == MULTIPART


def read_form(
    chunks: Iterable[bytes],
    content_type: str,
    folder: Path,
    on_write: Callable[[int], object],
    stack: ExitStack,
) -> Form:
    """Read a form; its files are in *folder*, without a name, until *stack* is closed.

    *on_write* is called with a number of bytes before they are written; it may raise.
    Raises Refused.
    """
    reader = _Reader(folder, on_write, stack)
    try:
        with PushMultipartParser(
            _boundary(content_type), max_segment_count=MOST_SEGMENTS
        ) as parser:
            for chunk in chunks:
                for event in () if parser.closed else parser.parse(chunk):
                    reader.take(event)
    except MultipartError as error:
        raise bad_request({"body": f"not a readable form: {error}"}) from None
    if "url" in reader.form.fields:
        raise bad_request({"url": "symbols are not downloaded: send the file"})
    if not reader.form.files:
        raise bad_request({_FILE: "no file in the form"})
    return reader.form


def module_path(fields: dict[str, str]) -> PurePosixPath | None:
    """Return the path of the module that a form says its file is of. Raises Refused."""
    debug_file, debug_id = fields.get("debug_file"), fields.get("debug_identifier")
    if not debug_file or not debug_id:
        return None
    leaf = debug_file.replace("\\", "/").rpartition("/")[2]
    try:
        return PurePosixPath(module_id(leaf, debug_id.replace("-", "")).path)
    except BadModule as error:
        raise bad_request({"debug_identifier": str(error)}) from None


class _Reader:
    """Takes the events of the parser, segment by segment."""

    def __init__(self, folder: Path, on_write: Callable[[int], object], stack: ExitStack) -> None:
        self.form = Form({}, [])
        self._folder, self._on_write, self._stack = folder, on_write, stack
        self._segment: MultipartSegment | None = None
        self._file: IO[bytes] | None = None
        self._value = b""

    def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        """Take the start of a segment, some of its content, or its end."""
        if event is None:
            self._end()
        elif isinstance(event, bytes | bytearray):
            self._write(event)
        else:
            self._begin(event)

    def _begin(self, segment: MultipartSegment) -> None:
        self._segment, self._file, self._value = segment, None, b""
        if segment.filename is not None or segment.name == _FILE:
            file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 -- closed by the stack
            self._file = self._stack.enter_context(file)

    def _write(self, content: bytes | bytearray) -> None:
        if self._file:
            self._on_write(len(content))
            self._file.write(content)
            return
        self._value += content
        if len(self._value) > LONGEST_FIELD:
            raise bad_request({self._name: f"longer than {LONGEST_FIELD} bytes"})

    def _end(self) -> None:
        if self._file:
            self._file.seek(0)
            self.form.files.append(FormFile(self._name, self._file))
        elif self._segment:
            value = self._value.decode("utf-8", "replace").strip()
            self.form.fields.setdefault(self._segment.name, value)

    @property
    def _name(self) -> str:
        """The name of the file, else of the field; printable and short."""
        segment = self._segment
        name = str((segment.filename or segment.name) if segment else "")
        return "".join(filter(str.isprintable, name))[:300]


def _boundary(content_type: str) -> bytes:
    _, options = parse_options_header(content_type)
    boundary = str(options.get("boundary") or "").encode("latin-1", "replace")
    if not 0 < len(boundary) <= LONGEST_BOUNDARY or b"\n" in boundary:
        raise bad_request({"Content-Type": "no boundary, or one that is not valid"})
    return boundary
