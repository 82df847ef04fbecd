"""The parser of posts as it was at first: an event per part, a call per JSON object.

It is slow and costs what the client likes; its verdicts are what those of collector/payload.py are
compared with (tests/collector/test_parser.py).
"""

import json
from collections import Counter
from typing import Any, Protocol

from multipart import (
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from collector.annotations import BOTH_ENCODINGS, LONGEST_NAME
from collector.body import Body, Malformed, Request, TooLarge
from collector.charset import decode
from collector.dumps import Dumps
from collector.notes import Notes
from collector.payload import Limits, Payload
from socorro.crash import MAIN_DUMP, OURS, SHARED
from socorro.spool.spool import Draft

LONGEST_BOUNDARY = 256
LONGEST_HEADER = 8192
MOST_HEADERS = 16

_JSON_NAMES = frozenset({"extra", "extra.json"})


Chunk = bytes | bytearray


class Annotations:
    """Gathers the annotations of one crash; *longest* and *total* are bytes."""

    def __init__(self, notes: Notes, longest: int, total: int) -> None:
        self._notes = notes
        self._longest = longest
        self._total = total
        self._form: dict[str, str] = {}
        self._json: dict[str, str] = {}
        self._size = 0
        self.has_json = False

    def room(self) -> int:
        """How many more bytes are allowed."""
        return self._total - self._size

    def add_field(self, name: str, value: bytes, charset: str = "") -> None:
        """Add a form field. Raises TooLarge when the total is over the limit."""
        self._add(self._form, name, self._decoded(name, value, charset))

    def add_json(self, text: bytes, charset: str = "") -> None:
        """Add the members of a JSON object. Raises Malformed, TooLarge."""
        self.has_json = True
        decoded = self._decoded("extra", text, charset).removeprefix(
            "\N{ZERO WIDTH NO-BREAK SPACE}"
        )
        members, repeated = _parse(decoded)
        for name in repeated:
            self._repeated(self._cleaned_name(name))
        for name, value in members.items():
            if value is None:
                self._notes.add(f"{self._cleaned_name(name)}: null, dropped")
            else:
                self._add(self._json, name, value)

    def too_long(self, name: str) -> None:
        """Note that *name* was longer than an annotation may be, and was dropped."""
        self._notes.add(f"{self._cleaned_name(name)}: longer than {self._longest} bytes, dropped")

    def merged(self) -> dict[str, str]:
        """Return all annotations; JSON wins over the form field of the same name."""
        if self._form and self._json:
            self._notes.add(BOTH_ENCODINGS)
        for name in sorted(self._form.keys() & self._json.keys()):
            self._notes.add(f"{name}: the JSON annotation replaced the form field")
        return {**self._form, **self._json}

    def _add(self, into: dict[str, str], name: str, value: str) -> None:
        name = self._cleaned_name(name)
        if not name or len(name) > LONGEST_NAME:
            self._notes.add("an annotation was dropped: it had no name, or a very long one")
        elif name in OURS and name not in SHARED:
            self._notes.add(f"Removed {name} from raw crash.")
        else:
            size = len(value if value.isascii() else value.encode("utf-8", "surrogatepass"))
            if size > self._longest:
                self.too_long(name)
                return
            self._size += size + len(name)
            if self._size > self._total:
                raise TooLarge
            if name in into:
                self._repeated(name)
            into[name] = _clean(value)
            if into[name] != value:
                self._notes.add(f"{name}: NUL or invalid characters were removed")

    def _repeated(self, name: str) -> None:
        self._notes.add(f"{name}: sent more than once, the last value was kept")

    def _decoded(self, name: str, value: bytes, charset: str) -> str:
        text, problem = decode(value, charset)
        if problem:
            self._notes.add(f"{self._cleaned_name(name)}: {problem}")
        return text

    @staticmethod
    def _cleaned_name(name: str) -> str:
        return _clean(name)[: LONGEST_NAME + 1]


def _clean(text: str) -> str:
    """Remove what UTF-8 or Postgres cannot hold: NUL and halves of surrogate pairs."""
    if "\0" in text:
        text = text.replace("\0", "")
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _parse(text: str) -> tuple[dict[str, str | None], list[str]]:
    """Return the members of a JSON object, and the names that occur more than once.

    Values that are not text are returned as JSON. Raises Malformed.
    """
    repeated: list[str] = []

    def join(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        # The outermost object comes last, so it is its names that remain.
        joined = dict(pairs)
        repeated.clear()
        if len(joined) < len(pairs):
            counted = Counter(name for name, _ in pairs)
            repeated.extend(name for name, count in counted.items() if count > 1)
        return joined

    try:
        members = json.loads(text, object_pairs_hook=join)
        if not isinstance(members, dict):
            raise Malformed("invalid_json_value")
        return {name: _as_text(value) for name, value in members.items()}, repeated
    except (ValueError, RecursionError):
        raise Malformed("invalid_json") from None


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def receive(request: Request, draft: Draft, limits: Limits) -> Payload:
    """Read the body to its end. Raises Malformed, TooLarge, SpoolUnavailable."""
    parser = PushMultipartParser(
        _boundary(request.content_type),
        max_header_size=LONGEST_HEADER,
        max_header_count=MOST_HEADERS,
        max_segment_size=limits.body,
        max_segment_count=limits.part_count,
        header_charset="latin-1",  # accepts every byte; _Form decodes the names
    )
    body = Body(request, limits.body)
    form = _Form(draft, limits)
    try:
        for chunk in body:
            for event in parser.parse(chunk):
                if event is None:
                    form.end()
                elif isinstance(event, MultipartSegment):
                    form.begin(event)
                else:
                    form.write(event)
        parser.close()
    except ParserLimitReached as error:
        is_count = "segment count" in str(error)
        raise Malformed("too_many_parts" if is_count else "invalid_payload_structure") from None
    except MultipartError:
        raise Malformed("invalid_payload_structure") from None
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
    def write(self, chunk: Chunk) -> None: ...

    def end(self) -> None: ...


class _Form:
    """The parts of one body, one after the other."""

    def __init__(self, draft: Draft, limits: Limits) -> None:
        self._notes = Notes()
        self._annotations = Annotations(self._notes, limits.annotation, limits.annotations)
        self._dumps = Dumps(draft, limits.dump_count, limits.body, self._notes)
        self._limits = limits
        self._part: _Part = _Field(self._annotations, "", 0)

    def begin(self, segment: MultipartSegment) -> None:
        name = (segment.name or "").encode("latin-1", "replace").decode("utf-8", "replace")
        kind = segment.content_type or ""
        if name.startswith(MAIN_DUMP):
            self._part = self._dumps.begin(name)
        elif name in _JSON_NAMES or (kind == "application/json" and segment.filename is None):
            self._part = _Json(self._annotations, segment.charset or "")
        elif segment.filename is None and (not kind or kind.startswith("text/")):
            self._part = _Field(
                self._annotations, name, self._limits.annotation, segment.charset or ""
            )
        else:
            self._part = self._dumps.begin(name)

    def write(self, chunk: Chunk) -> None:
        self._part.write(chunk)

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


class _Field:
    """A form field; nothing is kept of one that is too long."""

    def __init__(
        self, annotations: Annotations, name: str, longest: int, charset: str = ""
    ) -> None:
        self._annotations = annotations
        self._charset = charset
        self._name = name
        self._longest = longest
        self._value = bytearray()
        self._too_long = False

    def write(self, chunk: Chunk) -> None:
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

    def write(self, chunk: Chunk) -> None:
        self._text += chunk
        if len(self._text) > self._annotations.room():
            raise TooLarge

    def end(self) -> None:
        self._annotations.add_json(bytes(self._text), self._charset)
