"""Annotations as clients send them, form fields and JSON, cleaned and merged.

Whatever is changed or dropped is noted, by name, never by value: notes go into the raw crash and
everybody can read them.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from collector.body import TooLarge
from collector.charset import decode
from collector.dumps import MINIDUMP
from collector.json_members import members
from collector.notes import Notes
from collector.segments import Content
from socorro.crash import MAIN_DUMP, OURS, SHARED

LONGEST_NAME = 200  # characters

_DROPPED = frozenset(OURS) - SHARED
# TelemetryClientId and the like join a crash to what Telemetry has about its user.
_OF_OTHER_SYSTEMS = re.compile(r"(?:telemetry|glean)\w*(?:id|url)", re.IGNORECASE)

BOTH_ENCODINGS = "includes annotations in both json-encoded extra and formdata parts"


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
        size, form = len(value), self._form
        if (
            value.isascii()
            and not charset
            and size <= self._longest
            and name not in form
            and b"\0" not in value
            and len(name) <= LONGEST_NAME
            and _is_usual(name)
        ):  # nearly always: nothing to note, to clean or to leave out
            self._size += size + len(name)
            if self._size > self._total:
                raise TooLarge
            form[name] = value.decode("ascii")
            return
        self._add(self._form, name, self._decoded(name, value, charset))

    def add_fields(self, fields: Mapping[str, str]) -> bool:
        """Add form fields, all UTF-8; False, and none is added, unless each is as they usually are.

        Then there is nothing to note, and they are added by a few calls instead of some for each.
        """
        return self._add_usual(self._form, fields)

    def add_json(self, text: bytes, charset: str = "") -> None:
        """Add the members of a JSON object. Raises Malformed, TooLarge."""
        self.has_json = True
        decoded = self._decoded("extra", text, charset).removeprefix(
            "\N{ZERO WIDTH NO-BREAK SPACE}"
        )
        texts, repeated = members(decoded)
        if not repeated and self._add_usual(self._json, texts):
            return
        for name in repeated:
            self._repeated(_cleaned_name(name))
        for name, value in texts.items():
            if value is None:
                self._notes.add(f"{_cleaned_name(name)}: null, dropped")
            else:
                self._add(self._json, name, value)

    def too_long(self, name: str) -> None:
        """Note that *name* was longer than an annotation may be, and was dropped."""
        self._notes.add(f"{_cleaned_name(name)}: longer than {self._longest} bytes, dropped")

    def merged(self) -> dict[str, str]:
        """Return all annotations; JSON wins over the form field of the same name."""
        if self._form and self._json:
            self._notes.add(BOTH_ENCODINGS)
        for name in sorted(self._form.keys() & self._json.keys()):
            self._notes.add(f"{name}: the JSON annotation replaced the form field")
        return {**self._form, **self._json}

    def _add_usual(self, into: dict[str, str], texts: Mapping[str, str | None]) -> bool:
        """Add *texts* as the first annotations of *into*; False when one needs a second look."""
        if into or max(map(len, texts), default=0) > LONGEST_NAME or not all(map(_is_usual, texts)):
            return False
        try:
            values = "".join(texts.values())  # type: ignore[arg-type]
            size = len(values.encode())
        except (TypeError, UnicodeEncodeError):  # a null, or half a surrogate pair
            return False
        total = self._size + size + len("".join(texts))
        if "\0" in values or size > self._longest or total > self._total:
            return False
        self._size = total
        into.update(texts)  # type: ignore[arg-type]
        return True

    def _add(self, into: dict[str, str], name: str, value: str) -> None:
        if not name.isprintable():  # nearly all are, and then there is nothing to remove
            name = _clean(name)
        if not 0 < len(name) <= LONGEST_NAME:
            self._notes.add("an annotation was dropped: it had no name, or a very long one")
            return
        if _OF_OTHER_SYSTEMS.fullmatch(name):
            self._notes.add(f"{name}: it names the user of another system, dropped")
            return
        if name in _DROPPED:
            self._notes.add(f"Removed {name} from raw crash.")
            return
        size = len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
        if size > self._longest:
            self.too_long(name)
            return
        self._size += size + len(name)
        if self._size > self._total:
            raise TooLarge
        if name in into:
            self._repeated(name)
        cleaned = into[name] = _clean(value)
        if cleaned != value:
            self._notes.add(f"{name}: NUL or invalid characters were removed")

    def _repeated(self, name: str) -> None:
        self._notes.add(f"{name}: sent more than once, the last value was kept")

    def _decoded(self, name: str, value: Content, charset: str) -> str:
        if not charset:  # nearly always
            try:
                return str(value, "utf-8")
            except UnicodeDecodeError:
                pass
        text, problem = decode(value, charset)
        if problem:
            self._notes.add(f"{_cleaned_name(name)}: {problem}")
            if bytes(value[:4]) in MINIDUMP:
                self._notes.add(f"{_cleaned_name(name)}: a minidump, sent as text: not {MAIN_DUMP}")
        return text


@lru_cache(maxsize=4096)  # the names that clients send are few
def _is_usual(name: str) -> bool:
    """Say whether an annotation of this name is kept, under this name."""
    return (
        name.isprintable()
        and bool(name)
        and not _OF_OTHER_SYSTEMS.fullmatch(name)
        and name not in _DROPPED
    )


def _cleaned_name(name: str) -> str:
    return _clean(name)[: LONGEST_NAME + 1]


def _clean(text: str) -> str:
    """Remove what UTF-8 or Postgres cannot hold: NUL and halves of surrogate pairs."""
    if "\0" in text:
        text = text.replace("\0", "")
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
