"""Where crashes are: looked up by id in every room of a line, without the line's own code.

So a fault in the ledger does not hide a loss.
"""

import os
import time
import tomllib
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import SplitResult, urlsplit

import happybase
import psycopg2
from thriftpy2.thrift import TException

_ID = 36  # characters
T = TypeVar("T")


class Job(NamedTuple):
    """What the queue says about a crash."""

    state: str
    attempts: int
    last_error: str


class Places(NamedTuple):
    """The crashes in each room; reports with how many rows each has."""

    spool: set[str]
    quarantine: set[str]
    store: set[str]
    reports: dict[str, int]
    jobs: dict[str, Job]

    @property
    def settled(self) -> set[str]:
        """Crashes that need nothing more: reported, failed for good, or set aside."""
        failed = {crash_id for crash_id, job in self.jobs.items() if job.state == "failed"}
        return self.reports.keys() - self.jobs.keys() | failed | self.quarantine


def look(home: Path, crash_ids: Collection[str]) -> Places:
    """Look into all rooms. Raises psycopg2.Error when Postgres does not answer."""
    spool = home / "spool"
    waiting = {
        path.name[:_ID] for room in ("ready", "kept") for path in _glob(spool / room, "*/*.json")
    }
    return Places(
        waiting,
        {path.name[:_ID] for path in _glob(spool / "quarantine", "*")},
        crashes(home),
        reports(home, crash_ids),
        jobs(home, crash_ids),
    )


def crashes(home: Path) -> set[str]:
    """Return every crash of the store; none from an HBase that does not answer."""
    if store_url(home).scheme != "hbase":
        return {path.name[:_ID] for path in _glob(home / "crashstore" / "crashes", "*/*/*.zip")}
    try:
        return crashes_in_hbase(home)
    except (OSError, TException):
        return set()


def crashes_in_hbase(home: Path) -> set[str]:
    """Return every crash that is committed in HBase. Raises OSError or TException."""
    with closing(hbase(home, 10)) as connection:
        rows = connection.table("crash_reports").scan(columns=[b"meta:manifest"])
        return {key[-_ID:].decode() for key, _ in rows}


def hbase(home: Path, seconds: float) -> happybase.Connection:
    """Connect to the line's HBase, past the line's own code. Raises OSError or TException."""
    url = store_url(home)
    prefix = url.path.strip("/") or "socorro"
    return happybase.Connection(
        url.hostname, url.port, timeout=int(seconds * 1000), table_prefix=prefix
    )


def store_url(home: Path) -> SplitResult:
    """Return where the line keeps its crashes."""
    return urlsplit(str(_running(home).get("store", "")))


def archive(home: Path, crash_id: str) -> Path:
    """Return where the crash store keeps the raw crash."""
    return home / "crashstore/crashes" / crash_id[-6:] / crash_id[:2] / f"{crash_id}.zip"


def processed(home: Path, crash_id: str) -> Path:
    """Return where the crash store keeps the processed crash."""
    return archive(home, crash_id).with_name(f"{crash_id}.json.gz")


def is_there(path: Path) -> bool:
    """Say whether something has that name, be it a link to nowhere."""
    return os.path.lexists(path)


def reports(home: Path, crash_ids: Collection[str]) -> dict[str, int]:
    """Return how many rows each crash has among the reports; those with none are left out."""
    statement = "SELECT crash_id::text, count(*) FROM reports WHERE crash_id = ANY(%s::uuid[])"
    rows = query(home, statement + " GROUP BY 1", list(crash_ids))
    return {crash_id: int(count) for crash_id, count in rows}


def jobs(home: Path, crash_ids: Collection[str]) -> dict[str, Job]:
    """Return the open and failed jobs of crashes."""
    statement = (
        "SELECT crash_id::text, state, attempts, coalesce(last_error, '')"
        " FROM jobs WHERE crash_id = ANY(%s::uuid[])"
    )
    return {crash_id: Job(*job) for crash_id, *job in query(home, statement, list(crash_ids))}


def query(home: Path, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    """Ask the line's Postgres. Raises psycopg2.Error."""
    with closing(psycopg2.connect(dsn(home), connect_timeout=5)) as db, db, db.cursor() as cursor:
        cursor.execute("SET statement_timeout = '20s'")
        cursor.execute(statement, parameters or None)
        return list(cursor.fetchall())


def dsn(home: Path) -> str:
    """Return how the line's Postgres is reached."""
    return str(_running(home)["database"])


def _running(home: Path) -> dict[str, Any]:
    return tomllib.loads((home / "running.toml").read_text())


def patiently(ask: Callable[[], T], seconds: float) -> T:
    """Ask until Postgres answers. Raises psycopg2.Error when it does not in time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except psycopg2.Error:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def _glob(folder: Path, pattern: str) -> list[Path]:
    """Return what matches; nothing when the folder is away or goes meanwhile."""
    try:
        return list(folder.glob(pattern))
    except OSError:
        return []
