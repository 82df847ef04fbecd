"""Checks of Postgres and of the clock."""

import ctypes
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.utils import parsedate_to_datetime
from typing import Any, Final

import psycopg2
import urllib3

from cli import config_check
from cli.doctor.machine import Machine
from cli.doctor.report import Finding, check, ok, problem, warning
from socorro import migrate
from socorro.health.config import HealthConfig
from socorro.health.durations import span
from socorro.postgres import words_of

CONNECT_SECONDS: Final = 2  # psycopg2 takes whole seconds
ANSWER_SECONDS: Final = 1.0
OLDEST_SERVER: Final = 15  # Debian 12 has it, and tests run with it
DRIFT_WARNING: Final = 2.0  # seconds between two clocks
DRIFT_PROBLEM: Final = 60.0
FEWEST_CONNECTIONS: Final = 50
SMALLEST_BUFFERS: Final = 128 * 2**20  # Postgres's own default, bytes
CLIENTS: Final = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
DURABLE: Final = {
    "fsync": "a power cut may destroy the database",
    "full_page_writes": "a power cut may destroy pages of tables",
    "synchronous_commit": "a power cut loses reports whose jobs are gone",
}
_UNSYNCHRONISED: Final = 0x40  # STA_UNSYNC of adjtimex(2)
_STATUS: Final = 40  # where `status` is in struct timex of 64-bit Linux


@contextmanager
def _connected(machine: Machine) -> Iterator[Any]:
    options = f"-c statement_timeout={CONNECT_SECONDS}s -c default_transaction_read_only=on"
    with closing(
        psycopg2.connect(machine.database, connect_timeout=CONNECT_SECONDS, options=options)
    ) as db:
        db.autocommit = True
        with db.cursor() as cursor:
            yield cursor


def _away(machine: Machine, error: Exception) -> Finding:
    words = words_of(machine.database)
    where = f"{words.get('host', 'this machine')}:{words.get('port', '5432')}"
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    fix = "start it (`make run` starts its own), or correct SOCORRO_DATABASE"
    return problem(f"Postgres at {where} does not let us in: {reason}", fix)


@check("postgres")
def postgres_answers(machine: Machine) -> Iterator[Finding]:
    """Postgres answers, is new enough, and has a connection left for each service."""
    if machine.facts is None:
        return
    try:
        with _connected(machine) as cursor:
            version = cursor.connection.server_version // 10_000
            cursor.execute("SHOW max_connections")
            most = int(cursor.fetchone()[0])
            cursor.execute(CLIENTS)
            used = int(cursor.fetchone()[0])
    except psycopg2.Error as error:
        yield _away(machine, error)
        return
    if version < OLDEST_SERVER:
        yield problem(f"Postgres {version} is too old", f"use Postgres {OLDEST_SERVER} or newer")
    else:
        yield ok(f"Postgres {version} answers")
    needed = max(FEWEST_CONNECTIONS, connections(machine))
    if most < needed:
        text = f"max_connections is {most}, and the services here may open {needed}"
        yield warning(text, f"set max_connections = {needed + 20} and restart Postgres")
    elif used > 0.9 * most:
        text = f"{used} of {most} connections are in use"
        yield warning(text, "raise max_connections, or find out who opens them: pg_stat_activity")
    else:
        yield ok(f"{used} of {most} connections are in use")


def connections(machine: Machine) -> int:
    """Return how many connections the services of this machine open at most, about."""
    services = machine.facts.services if machine.facts else {}
    return sum(
        getattr(one, "processes", 1) * (getattr(one, "threads", 4) + 2)
        for name, one in services.items()
        if name in config_check.POSTGRES
    )


@check("postgres")
def durable_commits(machine: Machine) -> Iterator[Finding]:
    """What Postgres acknowledges survives a power cut, and its memory has a useful size."""
    if machine.facts is None:
        return
    names = [*DURABLE, "shared_buffers"]
    try:
        with _connected(machine) as cursor:
            cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", (names,))
            settings = dict(cursor.fetchall())
    except psycopg2.Error:
        return  # said by another check
    bad = {name: loss for name, loss in DURABLE.items() if settings[name] == "off"}
    for name, loss in bad.items():
        yield problem(f"Postgres's {name} is off: {loss}", f"ALTER SYSTEM RESET {name}; reload it")
    if not bad:
        yield ok("commits are durable: fsync, full_page_writes, synchronous_commit")
    buffers = 8192 * int(settings["shared_buffers"])
    if buffers < SMALLEST_BUFFERS:
        text = f"shared_buffers is {buffers // 2**20} MB"
        yield warning(text, "set it to a quarter of Postgres's memory, and restart Postgres")


@check("schema")
def schema(machine: Machine) -> Iterator[Finding]:
    """The database schema is that of this code: all migrations, and none of a newer version."""
    if machine.facts is None:
        return
    code = {path.stem for path in (migrate.FOLDER / "migrations").glob("*.sql")}
    try:
        with _connected(machine) as cursor:
            cursor.execute("SELECT migration_id FROM _yoyo_migration")
            applied = {str(row[0]) for row in cursor.fetchall()}
    except psycopg2.errors.UndefinedTable:
        yield problem("the database has no schema yet", "run `socorro migrate`")
        return
    except psycopg2.errors.InsufficientPrivilege:
        yield ok("the schema is not checked: the role of SOCORRO_DATABASE may not read it")
        return
    except psycopg2.Error:
        return  # said by another check
    if missing := sorted(code - applied):
        text = f"the database schema is out of date, by {len(missing)}, from {missing[0]}"
        yield problem(text, "run `socorro migrate`")
    elif newer := sorted(applied - code):
        text = f"the database schema is newer than this code: it has {newer[-1]}"
        yield warning(text, "run the newer release; older code must not stay for long")
    else:
        yield ok(f"the schema is up to date ({max(code)})")


@check("clock")
def clock_of_postgres(machine: Machine) -> Iterator[Finding]:
    """The clock agrees with that of Postgres."""
    if machine.facts is None:
        return
    try:
        with _connected(machine) as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            yield drift("Postgres", float(cursor.fetchone()[0]) - time.time())
    except psycopg2.Error:
        return  # said by another check


@check("clock")
def clock_of_services(machine: Machine) -> Iterator[Finding]:
    """The clock agrees with those of services on other machines."""
    if machine.facts is None:
        return
    hosts: set[str] = set()
    for addresses in machine.read(HealthConfig).addresses().values():
        for address in addresses:
            host = urllib3.util.parse_url(address).host or ""
            if host in hosts or host in ("127.0.0.1", "localhost", "[::1]"):
                continue
            hosts.add(host)
            if (seconds := _date(address)) is not None:
                yield drift(host, seconds)


def _date(address: str) -> float | None:
    """Return by how much a server's clock is ahead of ours; None when it does not say."""
    try:
        answer = urllib3.request(
            "GET",
            f"{address.rstrip('/')}/__lbheartbeat__",
            retries=False,
            timeout=urllib3.Timeout(total=ANSWER_SECONDS),
        )
        return parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()
    except (urllib3.exceptions.HTTPError, OSError, KeyError, ValueError):
        return None


def drift(of: str, seconds: float) -> Finding:
    """Return what a clock that is *seconds* ahead of ours means."""
    way = "ahead of" if seconds > 0 else "behind"
    text = f"the clock of {of} is {span(abs(seconds))} {way} ours"
    fix = "synchronise both by NTP: timedatectl set-ntp true"
    if abs(seconds) > DRIFT_PROBLEM:
        return problem(text, fix)
    if abs(seconds) > DRIFT_WARNING:
        return warning(text, fix)
    return ok(f"the clock agrees with that of {of}")


@check("clock")
def synchronised(_machine: Machine) -> Iterator[Finding]:
    """The clock of this machine is synchronised."""
    timex = ctypes.create_string_buffer(256)  # modes 0: it is only read
    if ctypes.CDLL(None).adjtimex(timex) < 0:
        yield ok("whether the clock is synchronised is not known here")
    elif int.from_bytes(timex.raw[_STATUS : _STATUS + 4], "little") & _UNSYNCHRONISED:
        text = "the clock of this machine is not synchronised"
        yield warning(text, "timedatectl set-ntp true, or install chrony")
    else:
        yield ok("the clock is synchronised")
