"""What search reads of Postgres: the reports of a span of submission, under the names of fields.

Every engine reads these statements, so that all of them know the same values. An empty text is no
value. A field that is no column here is in the JSON object `fields`; what has another type there
than the declarations say is no value either.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Final, Literal, NamedTuple

from socorro.postgres import Connection, Database, execute, load_sql, rows, value

SQL = load_sql(__file__)

Kind = Literal["reports", "protected"]

# In the order of the statements.
COLUMNS: Final[dict[Kind, tuple[str, ...]]] = {
    "reports": (
        "crash_id", "submitted_timestamp", "started_datetime", "completed_datetime", "crash_time",
        "client_crash_date", "signature", "product", "product_id", "version", "build",
        "release_channel", "process_type", "os_name", "os_version", "cpu_arch", "cpu_info",
        "reason", "address", "crashing_thread", "uptime", "install_age", "install_time",
        "last_crash", "hang_id", "hang_type", "addons_checked", "flash_version", "distributor",
        "distributor_version", "topmost_filenames", "app_notes", "success", "mdsw_status_string",
        "truncated", "processor_notes", "throttle_rate", "fields",
    ),
    "protected": ("crash_id", "url", "email", "user_comments", "throttle_rule"),
}  # fmt: skip
FIELDS: Final = "fields"  # the column with the other fields


class Slice(NamedTuple):
    """One slice of a span: its number, and a text that changes when any of its reports does."""

    number: int
    reports: int
    fingerprint: str


class Dropped(NamedTuple):
    """What was dropped after its retention: reports, and personal data, before these moments."""

    reports: datetime | None
    personal: datetime | None


@contextmanager
def snapshot(database: Database) -> Iterator[Connection]:
    """Yield a connection on which all statements see one moment."""
    with database.transaction() as db:
        execute(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        execute(db, "SET LOCAL statement_timeout = 0")
        yield db


def copy(db: Connection, kind: Kind, start: datetime, end: datetime, to: IO[bytes]) -> None:
    """Write the rows of [start, end) as CSV without a header, in order.

    NULL is nothing between the commas, an empty text "".
    """
    with db.cursor() as cursor:
        statement = cursor.mogrify(SQL[kind], {"start": start, "end": end}).decode()
        cursor.copy_expert(f"COPY ({statement}) TO STDOUT (FORMAT csv)", to)


def slices(db: Connection, start: datetime, end: datetime, seconds: int) -> list[Slice]:
    """Return the slices of [start, end), each of so many *seconds*, that have reports."""
    return rows(db, SQL["slices"], Slice, start=start, end=end, seconds=seconds)


def count(db: Connection, start: datetime, end: datetime) -> int:
    """Return how many reports [start, end) has."""
    return int(value(db, SQL["count"], start=start, end=end))


def dropped(db: Connection) -> Dropped:
    """Return what was dropped after its retention."""
    [answer] = rows(db, SQL["dropped"], Dropped)
    return answer
