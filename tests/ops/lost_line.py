"""A line that loses everything: Postgres, counted crashes, what people entered, commands."""

import gzip
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import psycopg2
from psycopg2.extensions import make_dsn

from cli.local import postgres
from processor.process import process
from socorro import quick_json, roles
from socorro.backup.create import COLUMNS, OURS
from socorro.counts import derived
from socorro.counts.config import UrlsConfig
from socorro.crash import MAIN_DUMP, RawCrash
from socorro.crashstore.archive import pack
from socorro.crashstore.filesystem import FilesystemStore
from socorro.migrate import migrate
from socorro.postgres import Database, column, execute, value
from tests import counted, places
from tests.builders import make_crash
from tests.processed import LINUX, MAC, WINDOWS, processed, walked

DAYS: Final = 3  # whose crashes are stored, before today
OLD_DAY: Final = timedelta(days=200)  # whose crashes are gone
VOLATILE: Final = {  # when something was written is not what was written
    "changed_hours": {"marked_at"},
    "days_to_derive": {"marked_at"},
    "search_hours": {"noted_at", "note"},
    "top_crasher_rankings": {"ranked_at"},
}
DIFFERENT: Final = {
    "cron_log": "a restore is in the log",
    "dropped_weeks": "days before the oldest crash are not counted again",
}
Rows = dict[str, tuple[int, str]]  # of each table: how many, and a checksum


class Line(NamedTuple):
    """A home, and the Postgres that its database is in."""

    home: Path
    admin: str

    @property
    def dsn(self) -> str:
        """The connection string of the database, as its owner."""
        return str(make_dsn(self.admin, dbname="line", user=roles.OWNER))

    @property
    def store(self) -> FilesystemStore:
        """The crash store."""
        return FilesystemStore(self.home / "crashstore")

    def settings(self) -> None:
        """Write what commands and services have to know."""
        self.home.mkdir()
        text = f'store = "file://{self.home}/crashstore"\ndatabase = "{self.dsn}"\n'
        port = postgres.free_port()
        text += f"[processor]\nport = {port}\npoll_seconds = 0.2\nbatch = 20\n"
        (self.home / "running.toml").write_text(text)

    def create_database(self) -> None:
        """Create the database, without tables; one that exists goes with all it has."""
        with closing(psycopg2.connect(self.admin)) as db:
            db.autocommit = True
            execute(db, "DROP DATABASE IF EXISTS line WITH (FORCE)")
            execute(db, f"CREATE DATABASE line OWNER {roles.OWNER} TEMPLATE template0")

    def begin(self) -> None:
        """Make home, secrets, crash store and database."""
        self.settings()
        for name in ("secret", "webapp-secret"):
            (self.home / name).write_text(secrets.token_urlsafe(48))
        FilesystemStore.created(self.home / "crashstore")
        self.create_database()
        migrate(self.dsn)

    def lose(self) -> None:
        """Lose the home and the database; what is left is an empty one."""
        shutil.rmtree(self.home)
        self.settings()
        self.create_database()

    def socorro(self, *words: str, code: int = 0) -> str:
        """Run a command; return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *words],
            env={**os.environ, "SOCORRO_HOME": str(self.home)},
            capture_output=True, text=True, check=False, timeout=3600,
        )  # fmt: skip
        output = done.stdout + done.stderr
        assert done.returncode == code, output
        return output

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Open a pool, as superuser."""
        pool = Database(make_dsn(self.admin, dbname="line"), size=4, statement_seconds=3600)
        try:
            yield pool
        finally:
            pool.close()


@contextmanager
def lines() -> Iterator[Line]:
    """A line in a new folder, with a Postgres of its own, for the length of a with block."""
    folder, data = places.folder("lost"), places.folder("pg")
    folder.mkdir()
    try:
        with postgres.running(data, postgres.binaries()) as admin:
            with closing(psycopg2.connect(admin)) as db, db:
                roles.create(db, {})
            line = Line(folder / "home", admin)
            line.begin()
            yield line
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(data, ignore_errors=True)


def enter(line: Line) -> None:
    """Enter what no crash brings back: users, a token, ADI, bugs, a muted signature, old counts."""
    mail = "ann@example.com"
    line.socorro("users", "add", mail, "--group", "Hackers Plus")
    line.socorro("users", "token", mail, "--permission", "view_pii", "--note", "a script")
    line.socorro("alerts", "mute", "F1 | F2", "--reason", "a test")
    day = datetime.now(UTC).date() - OLD_DAY
    with line.database() as database, database.transaction() as db:
        number = counted.version(db, "120.0", built=day, featured=True)
        counted.crashes(db, number, "long gone", 1234, day=day)
        counted.installs(db, number, 5_000_000, day=day)
        counted.installs_crashed(db, number, 1200, day=day)
        execute(
            db,
            "INSERT INTO bugs (bug_id, status, summary) VALUES (700001, 'NEW', 'it crashes');"
            " INSERT INTO bug_signatures (bug_id, signature) VALUES (700001, 'F1 | F2')",
        )
        for back in range(DAYS + 1):
            execute(
                db,
                "INSERT INTO adi_raw (day, product, version, release_channel, os_name, adi)"
                " VALUES (%(day)s, 'Firefox', '140.0', 'release', 'Windows', 1000000)",
                day=datetime.now(UTC).date() - timedelta(days=back),
            )


def moment(number: int) -> datetime:
    """Return when crash *number* was submitted: on one of the days before today."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=1 + number % DAYS) + timedelta(seconds=number * 7 % 86400)


def annotations(number: int) -> dict[str, str]:
    """Return annotations by which crashes differ as those of people do."""
    return {
        "Version": f"14{number % 3}.0",
        "ReleaseChannel": "release",
        "InstallTime": str(int(moment(0).timestamp()) - 86400 * (number % 50)),
        "URL": f"https://site{number % 4}.example/page",
        "Comments": f"crash {number}",
    }


def save(line: Line, count: int) -> None:
    """Put crashes into the store and process them, as processors do."""
    store = line.store
    with line.database() as database:
        for number in range(count):
            raw = make_crash(moment(number), **annotations(number))
            dump = (LINUX, MAC, WINDOWS)[number % 3]
            processed(store, database, dump, raw, {"signature": f"F{number % 17} | F2"})


def put(line: Line, count: int, seen: int = 10_000) -> None:
    """Put many processed crashes into the store, quickly: few are processed, nothing synced."""
    crashes = line.home / "crashstore" / "crashes"
    documents = [_document(line.home / f"document{variant}", variant) for variant in range(51)]
    for number in range(count):
        raw = make_crash(moment(number), **annotations(number))
        folder = crashes / raw.crash_id[-6:] / raw.crash_id[:2]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{raw.crash_id}.zip"
        path.write_bytes(pack(raw, {MAIN_DUMP: b"MDMP"}))
        at = int(raw.submitted.timestamp())
        os.utime(path, (at, at))
        os.link(documents[number % len(documents)], folder / f"{raw.crash_id}.json.gz")
        if number % seen == seen - 1:
            print(f"{number + 1:,} crashes stored", file=sys.stderr)


def _document(path: Path, variant: int) -> Path:
    raw: RawCrash = make_crash(moment(variant), **annotations(variant))
    document = {
        **process(raw, {MAIN_DUMP: walked((LINUX, MAC, WINDOWS)[variant % 3])}),
        "signature": f"F{variant % 17} | F2",
        "started_datetime": moment(variant).isoformat(),
        "completed_datetime": (moment(variant) + timedelta(seconds=1)).isoformat(),
    }
    path.write_bytes(gzip.compress(quick_json.dumps(document), 2))
    return path


def process_all(line: Line) -> None:
    """Let a real processor work until nothing is queued."""
    child = subprocess.Popen(
        [sys.executable, "-m", "processor"],
        env={**os.environ, "SOCORRO_HOME": str(line.home), "SOCORRO_LOG_LEVEL": "error"},
        start_new_session=True,
    )
    try:
        with line.database() as database:
            while _open_jobs(database):
                assert child.poll() is None, "the processor ended"
                time.sleep(0.2)
    finally:
        child.terminate()
        child.wait(60)


def _open_jobs(database: Database) -> int:
    with database.transaction() as db:
        failed = column(db, "SELECT last_error FROM jobs WHERE state = 'failed' LIMIT 1")
        assert not failed, failed
        return int(value(db, "SELECT count(*) FROM jobs"))


def count(line: Line) -> None:
    """Count all days, and derive what follows, as the clock does."""
    today = datetime.now(UTC).date()
    with line.database() as database:
        with database.statement() as db:
            execute(db, "CALL count_marked_hours()")
            first = today - timedelta(days=DAYS)
            execute(db, "CALL rebuild_counts(%(first)s, %(last)s)", first=first, last=today)
            for back in range(1, DAYS + 1):
                _rank(db, today - timedelta(days=back))
        list(derived.update(database, today, UrlsConfig()))


def _rank(db: psycopg2.extensions.connection, day: date) -> None:
    execute(db, "SELECT update_top_crasher_ranks(%(day)s)", day=day)


def rows(line: Line) -> Rows:
    """Return how many rows each table has, and a checksum of them that order does not change."""
    with line.database() as database, database.transaction() as db:
        return {table: _summed(db, table) for table in column(db, OURS)}


def _summed(db: psycopg2.extensions.connection, table: str) -> tuple[int, str]:
    names = set(column(db, COLUMNS, table=table)) - VOLATILE.get(table, set())
    columns = ", ".join(f'"{name}"' for name in sorted(names))
    statement = f"""
        SELECT count(*) || ' ' || coalesce(sum(hashtextextended(ROW({columns})::text, 0)), 0)
        FROM {table}
        """
    number, _, checksum = str(value(db, statement)).partition(" ")
    return int(number), checksum
