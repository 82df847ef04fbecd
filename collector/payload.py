"""Multipart body -> annotations and dumps. Dumps stream into the spool while they are read.

Fifteen years of clients send form fields and a dump (2012); one JSON part called "extra" and a dump
of any content type (Firefox today); fields, then attachments, then the dump, all of it gzipped and
chunked (Crashpad). A part is

* a dump, when its name starts with upload_file_minidump;
* JSON annotations, when it is called extra or extra.json, or is of type application/json and has no
  file name;
* an annotation, when it has no file name and no type but text;
* else an attachment, kept like a dump under its own name (Firefox: memory_report).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from multipart import parse_options_header

from collector.annotations import Annotations
from collector.body import Body, Malformed, Request, TooLarge
from collector.dumps import Dumps
from collector.notes import Notes
from collector.segments import Content, Segment, Splitter
from socorro.crash import MAIN_DUMP
from socorro.spool.spool import Draft

LONGEST_BOUNDARY = 256

_JSON_NAMES = frozenset({"extra", "extra.json"})


class Limits(NamedTuple):
    """How much one post may contain: bytes, then counts."""

    body: int
    annotations: int
    annotation: int
    part_count: int
    dump_count: int


@dataclass(frozen=True)
class Payload:
    """What a post contained; the dumps' bytes are in the draft."""

    annotations: Mapping[str, str]
    dump_checksums: Mapping[str, str]
    notes: list[str]
    kind: str  # json or multipart
    compressed: bool
    size: int  # bytes on the wire


def receive(request: Request, draft: Draft, limits: Limits) -> Payload:
    """Read the body to its end. Raises Malformed, TooLarge, SpoolUnavailable."""
    form = _Form(draft, limits)
    boundary = _boundary(request.content_type)
    splitter = Splitter(boundary, form, limits.part_count, limits.body)
    body = Body(request, limits.body)
    for piece in body:
        splitter.feed(piece)
    splitter.close()
    return form.payload(body)


def _boundary(content_type: str) -> bytes:
    if not content_type.strip():
        raise Malformed("no_content_type")
    kind, options = parse_options_header(content_type)
    if kind not in ("multipart/form-data", "multipart/mixed"):
        raise Malformed("wrong_content_type")
    boundary = str(options.get("boundary") or "").encode("latin-1", "replace")
    if not 0 < len(boundary) <= LONGEST_BOUNDARY or b"\n" in boundary:
        raise Malformed("no_boundary")
    return boundary


class _Part(Protocol):
    def write(self, content: Content) -> None: ...

    def end(self) -> None: ...


class _Form:
    """The parts of one body, one after the other."""

    def __init__(self, draft: Draft, limits: Limits) -> None:
        self._notes = Notes()
        self._annotations = Annotations(self._notes, limits.annotation, limits.annotations)
        self._dumps = Dumps(draft, limits.dump_count, limits.body, self._notes)
        self._limits = limits
        self._part: _Part = _Field(self._annotations, "", 0)

    def field(self, name: str, value: bytes) -> None:
        if len(value) > self._limits.annotation or not _is_field_name(name):
            self.whole(Segment(name, "", False), value)
        else:
            self._annotations.add_field(name, value)

    def fields(self, fields: Mapping[str, str]) -> bool:
        return (
            _JSON_NAMES.isdisjoint(fields)
            and MAIN_DUMP not in "".join(fields)
            and self._annotations.add_fields(fields)
        )

    def whole(self, segment: Segment, content: Content) -> None:
        self.begin(segment)
        self._part.write(content)
        self._part.end()

    def begin(self, segment: Segment) -> None:
        name = segment.name
        if _is_field(segment):
            self._part = _Field(self._annotations, name, self._limits.annotation, segment.charset)
        elif _is_json(segment):
            self._part = _Json(self._annotations, segment.charset)
        else:
            self._part = self._dumps.begin(name)

    def write(self, content: Content) -> None:
        self._part.write(content)

    def end(self) -> None:
        self._part.end()

    def payload(self, body: Body) -> Payload:
        annotations = self._annotations.merged()
        checksums = self._dumps.checksums()
        if not annotations and not self._dumps.any_bytes():
            raise Malformed("no_annotations")
        kind = "json" if self._annotations.has_json else "multipart"
        return Payload(
            annotations, checksums, self._notes.all(), kind, body.compressed, body.wire_size
        )


def _is_field(segment: Segment) -> bool:
    name, kind, has_filename, _ = segment
    return not has_filename and (not kind or kind.startswith("text/")) and _is_field_name(name)


def _is_field_name(name: str) -> bool:
    return name not in _JSON_NAMES and not name.startswith(MAIN_DUMP)


def _is_json(segment: Segment) -> bool:
    name, kind, has_filename, _ = segment
    if name in _JSON_NAMES:
        return True
    # A file of JSON is the program's own: it may contain anything, and be broken.
    return kind == "application/json" and not has_filename and not name.startswith(MAIN_DUMP)


class _Field:
    """A form field; nothing is kept of one that is too long."""

    def __init__(
        self, annotations: Annotations, name: str, longest: int, charset: str = ""
    ) -> None:
        self._annotations = annotations
        self._name = name
        self._longest = longest
        self._charset = charset
        self._value = bytearray()
        self._too_long = False

    def write(self, chunk: Content) -> None:
        self._too_long = self._too_long or len(self._value) + len(chunk) > self._longest
        if self._too_long:
            self._value.clear()
        else:
            self._value += chunk

    def end(self) -> None:
        if self._too_long:
            self._annotations.too_long(self._name)
        else:
            self._annotations.add_field(self._name, bytes(self._value), self._charset)


class _Json:
    """A JSON object of annotations; it is read whole, so its size is bounded."""

    def __init__(self, annotations: Annotations, charset: str) -> None:
        self._annotations = annotations
        self._charset = charset
        self._text = bytearray()

    def write(self, chunk: Content) -> None:
        self._text += chunk
        if len(self._text) > self._annotations.room():
            raise TooLarge

    def end(self) -> None:
        self._annotations.add_json(bytes(self._text), self._charset)
