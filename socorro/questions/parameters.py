"""The parameters that questions share: one set everywhere, with one reader each."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from socorro.queries.top_crashers import SYSTEMS
from socorro.questions.interface import Parameter

MOST_CHARACTERS = 255  # of a name
MOST_VALUES = 20  # of a name that may be repeated
MOST_DAYS = 400
MOST_ROWS = 10_000  # of one page
MOST_OFFSET = 1_000_000
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)

YES, NO = ("true", "1", "yes"), ("false", "0", "no")

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def read_text(text: str) -> str:
    """Return a name as Postgres can compare it. Raises ValueError for any other."""
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"longer than {MOST_CHARACTERS} characters")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise ValueError("has control characters, or is not Unicode")
    return text


def read_day(text: str) -> date:
    """Return the UTC day that *text* names."""
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise ValueError(f"{text[:40]!r} is not a date (expected e.g. 2026-11-29)")
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"{day} is not between {FIRST_DAY} and {LAST_DAY}")
    return day


def choice(
    name: str, description: str, options: Sequence[str], default: str | None = None
) -> Parameter:
    """One of *options*."""

    def read(text: str) -> str:
        if text not in options:
            raise ValueError(f"{text[:40]!r} is not one of {', '.join(options)}")
        return text

    schema: dict[str, object] = {"type": "string", "enum": list(options)}
    if default is not None:
        schema["default"] = default
    return Parameter(name, description, read, schema, default=default)


def integer(
    name: str, description: str, least: int, most: int, default: int | None = None
) -> Parameter:
    """A whole number from *least* to *most*."""

    def read(text: str) -> int:
        digits = text.removeprefix("-")
        if not (text.isascii() and digits.isdigit() and len(text) <= 10):
            raise ValueError(f"{text[:40]!r} is not a whole number")
        if not least <= int(text) <= most:
            raise ValueError(f"{int(text)} is not between {least} and {most}")
        return int(text)

    schema: dict[str, object] = {"type": "integer", "minimum": least, "maximum": most}
    if default is not None:
        schema["default"] = default
    return Parameter(
        name, description, read, schema, default=None if default is None else str(default)
    )


def flag(name: str, description: str) -> Parameter:
    """Yes or no; no when it is absent."""

    def read(text: str) -> bool:
        if text.lower() not in YES + NO:
            raise ValueError(f"{text[:40]!r} is not one of {', '.join(YES + NO)}")
        return text.lower() in YES

    schema = {"type": "boolean", "default": False}
    return Parameter(name, description, read, schema, default="false")


def text(name: str, description: str, required: bool = False, many: bool = False) -> Parameter:
    """A name."""
    schema = {"type": "string", "maxLength": MOST_CHARACTERS}
    most = MOST_VALUES if many else 1
    return Parameter(name, description, read_text, schema, required, many=many, most=most)


def day(name: str, description: str) -> Parameter:
    """A UTC day."""
    schema = {"type": "string", "format": "date"}
    return Parameter(name, description, read_day, schema)


def days(default: int = 7) -> Parameter:
    """The length of the period, when `from` and `to` do not say it; select() gets the default."""
    return integer("days", f"Number of UTC days; default: {default}", 1, MOST_DAYS)


def limit(default: int, rows: str = "rows") -> Parameter:
    """The largest number of rows of one answer."""
    return integer("limit", f"Maximum number of {rows}", 1, MOST_ROWS, default)


PRODUCT = text("product", "Product; default: the first one with crashes")
PRODUCT_OR_ALL = text("product", "Product; default: all products")
VERSION = text("version", "Version, repeatable; default: all versions", many=True)
CHANNEL = text("channel", "Versions of this release channel only; unknown: the client names none")
FROM = day("from", "First day, UTC")
_TO = "Day after the last one, UTC; default: {}, or after the last day with crashes"
TO = day("to", _TO.format("today"))
TO_RUNNING = day("to", _TO.format("tomorrow"))
BY = choice(
    "by",
    "Count by day of submission, or of the build (nightly, aurora, rapid betas)",
    ("report", "build"),
    "report",
)
OS = choice("os", "Crashes on one system only", SYSTEMS)
SIGNATURE = text("signature", "Signature", required=True)
EXPLAIN = flag("why", "Print the numbers behind each sentence")
OFFSET = integer("offset", "Number of rows to pass over", 0, MOST_OFFSET, 0)


def period(days_default: int = 7, *, running: bool = False) -> tuple[Parameter, ...]:
    """What select() reads, except `by`: product, version, channel and the days."""
    return (PRODUCT, VERSION, CHANNEL, days(days_default), FROM, TO_RUNNING if running else TO)
