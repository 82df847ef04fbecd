"""Missing symbols: the modules that crashes had none for, and the crashes that would gain."""

from datetime import datetime
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows

SQL = load_sql(__file__)


class Missing(NamedTuple):
    """A module, and the crashes of a period that had frames in it and no symbols.

    *naming_count* of them have such a frame in their signature: symbols would give it a name.
    """

    debug_file: str
    debug_id: str
    filename: str
    version: str
    crash_count: int
    naming_count: int
    last_submitted: datetime

    @property
    def fix(self) -> str:
        """The command that adds the symbols, once its path is right."""
        return f"socorro symbols add {_quoted(self.debug_file)}"


class AffectedCrashes(NamedTuple):
    """How many crashes of a period missed some module's symbols.

    *naming_count* of them have a frame without symbols in their signature.
    """

    crash_count: int
    naming_count: int


def missing(
    db: Connection, start: datetime, end: datetime, most: int = 100, skip: int = 0
) -> list[Missing]:
    """Return modules without symbols by crashes submitted in [start, end), the worst first."""
    return rows(db, SQL["missing"], Missing, start=start, end=end, most=most, skip=skip)


def affected_crashes(db: Connection, start: datetime, end: datetime) -> AffectedCrashes:
    """Count the crashes submitted in [start, end) that missed symbols on the crashing thread."""
    return rows(db, SQL["affected_crashes"], AffectedCrashes, start=start, end=end)[0]


def _quoted(name: str) -> str:
    """Return a file name as a shell takes it; it came out of a crash."""
    plain = name.isascii() and name.replace(".", "").replace("-", "").replace("_", "").isalnum()
    return name if plain and not name.startswith("-") else "'" + name.replace("'", "'\\''") + "'"
