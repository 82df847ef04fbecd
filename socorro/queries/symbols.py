"""Symbol debt: modules that crashes had no symbols for, and the crashes that would gain."""

from datetime import datetime
from typing import NamedTuple

from socorro.crash_id import CrashId
from socorro.postgres import Connection, execute, load_sql, rows

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
    def mend(self) -> str:
        """The command that would mend it, once its path is right."""
        return f"socorro symbols add {_quoted(self.debug_file)}"


class InDebt(NamedTuple):
    """Crashes of a period that missed some module, and those that it names."""

    crash_count: int
    naming_count: int


class Owed(NamedTuple):
    """A module that was missed; what came until *settled_at* was dealt with."""

    module_id: int
    debug_file: str
    debug_id: str
    settled_at: datetime | None


class _Id(NamedTuple):
    crash_id: CrashId


def missing(db: Connection, start: datetime, end: datetime, most: int = 100) -> list[Missing]:
    """Modules without symbols by crashes submitted in [start, end), the worst first."""
    return rows(db, SQL["missing"], Missing, start=start, end=end, most=most)


def in_debt(db: Connection, start: datetime, end: datetime) -> InDebt:
    """How many crashes submitted in [start, end) missed symbols on the crashing thread."""
    return rows(db, SQL["in_debt"], InDebt, start=start, end=end)[0]


def owed(db: Connection, most: int = 50_000) -> list[Owed]:
    """Modules that are or were missed, those that were missed last first."""
    return rows(db, SQL["owed"], Owed, most=most)


def waiting_for(db: Connection, module_id: int, came: datetime, most: int) -> list[CrashId]:
    """Crashes, newest first, that missed a module whose symbols *came* after they were walked.

    Those that are queued are left out.
    """
    found = rows(db, SQL["waiting_for"], _Id, module_id=module_id, came=came, most=most)
    return [row.crash_id for row in found]


def settle(db: Connection, module_id: int, came: datetime) -> None:
    """Note that all who missed the symbols that *came* are processed again."""
    execute(db, SQL["settle"], module_id=module_id, came=came)


def _quoted(name: str) -> str:
    """Return a file name as a shell takes it; it came out of a crash."""
    plain = name.isascii() and name.replace(".", "").replace("-", "").replace("_", "").isalnum()
    return name if plain and not name.startswith("-") else "'" + name.replace("'", "'\\''") + "'"
