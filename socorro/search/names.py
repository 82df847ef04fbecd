"""What searches may call fields, which operators each takes, and what a bare value means."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final, Literal

from socorro.search.builds import BUILDS
from socorro.search.errors import MOST_ERRORS, quote
from socorro.search.interface import Operator, SearchField

# Names that today's clients use: crashstats-tools, bookmarks, and scripts on Crash Stats.
ALIASES: Final[Mapping[str, str]] = {
    "uuid": "crash_id",
    "date": "submitted_timestamp",
    "date_processed": "submitted_timestamp",
    "build_id": "build",
    "platform": "os_name",
    "platform_version": "os_version",
    "platform_pretty_version": "os_pretty_version",
    "cpu_name": "cpu_arch",
    "locale": "useragent_locale",
    "comments": "user_comments",
}
# Keywords that read like text: a bare value means its words, as on Crash Stats.
WORDY: Final = frozenset(
    {
        *("signature", "reason", "addons", "cpu_info", "topmost_filenames"),
        *("crashing_thread_name", "main_thread_runnable_name", "xpcom_spin_event_loop_stack"),
        *("ipc_fatal_error_msg", "async_shutdown_timeout", "email"),
    }
)
TEXTS: Final[tuple[Operator, ...]] = ("words", "=", "~", "^", "$", "@", "null")
RANGES: Final[tuple[Operator, ...]] = (">", ">=", "<", "<=")
NUMBERS: Final[tuple[Operator, ...]] = ("=", *RANGES, "null")
_LONGEST_NAME = 60  # characters; a longer one is no field, and is not worth comparing


class Fields:
    """The fields by every name, and the protected ones that a search has named."""

    def __init__(self, fields: Mapping[str, SearchField]) -> None:
        self._fields = fields
        self.protected: set[str] = set()
        self._suggestions = MOST_ERRORS  # left: comparing names takes a millisecond each

    def __getitem__(self, name: str) -> SearchField:
        """Return the field of that name; ValueError lists the nearest names."""
        field = self._fields.get(ALIASES.get(name, name)) or self._fields.get(name)
        if field is None:
            self._suggestions -= 1
            alike = nearest(name, self.names()) if self._suggestions >= 0 else ""
            raise ValueError(f"There is no field {quote(name)}.{alike}")
        if not field.public:
            self.protected.add(field.name)
        return field

    def names(self) -> list[str]:
        """Return every name, aliases too."""
        return [*self._fields, *(name for name, field in ALIASES.items() if field in self._fields)]


def nearest(name: str, names: list[str]) -> str:
    """Return a sentence, with a space before it, that lists the names most like *name*, or ""."""
    alike = get_close_matches(name.lower(), names, 3, 0.6) if len(name) <= _LONGEST_NAME else []
    return f" Nearest: {', '.join(alike)}." if alike else ""


def aliases_of(field: SearchField) -> list[str]:
    """Return the other names of a field."""
    return [name for name, target in ALIASES.items() if target == field.name]


def operators_of(field: SearchField) -> tuple[Operator, ...]:
    """Return the operators that a field takes."""
    if field.type in ("keyword", "text"):
        words = bare_operator(field) == "words"
        texts = TEXTS if words else tuple(operator for operator in TEXTS if operator != "words")
        return (*texts, *RANGES) if field.name in BUILDS else texts
    return ("=", "null") if field.type == "boolean" else NUMBERS


def bare_operator(field: SearchField) -> Literal["words", "="]:
    """Return what a value without an operator means: words of text, else equal."""
    return "words" if field.type == "text" or field.name in WORDY else "="
