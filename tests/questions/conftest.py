"""One database with a little of everything that is counted, for all tests of a module."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from cron.jobs import similar as similar_job
from middleware.app import application
from middleware.context import Context
from socorro import roles
from socorro.counts import derived
from socorro.counts.config import UrlsConfig
from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Connection, Database, execute
from socorro.search.segments.stacks import Collected, DistinctStack, number_of
from socorro.serving.health import WsgiApp
from socorro.serving.rate_limit import RateLimit
from socorro.stats.suspicious_modules import POINTS
from tests.conftest import copy_of
from tests.search.reference import Reference
from tests.sql.rows import DAY, MINUTE, NOON, build, count, installs, make_id, query, report

VERSIONS = {"140.0": "release", "141.0b1": "beta", "141.0b2": "beta", "142.0a1": "nightly"}
SIGNATURES = ("malloc | main", "=cmd()|' /C calc'!A0", 'Größe, "x"\ny', "OOM | small", "boom")
EXPLOSION = """
    INSERT INTO explosion_days VALUES (%(day)s, 'Firefox', 'release', 5, 5, 'installs', 'adi');
    INSERT INTO explosions
    SELECT %(day)s, 'Firefox', 'release', signature_id, %(day)s, 3, 40, 2.5, ratio, 5.5, 40.5, 1.5,
           0.000001, 5, 42, ARRAY[1, 40], ARRAY[1.5, 1.0]
    FROM (VALUES ('malloc | main', 16), ('boom', NULL)) AS exploded (signature, ratio)
    JOIN signatures USING (signature)
    """
PAGES = """
    INSERT INTO urls (domain, url) VALUES ('example.org', 'https://example.org/="x"'),
                                          ('example.org', '');
    INSERT INTO url_signatures
    SELECT %(day)s, min(product_version_id), url_id, signature_id, length(url) + 7
    FROM product_versions, urls, signatures
    WHERE product = 'Firefox' AND domain = 'example.org' AND signature = 'malloc | main'
    GROUP BY url_id, signature_id
    """
SYSTEMS = ("Windows NT", "Mac OS X", "Linux", "Android")


@pytest.fixture(scope="module")
def sample_dsn(postgres_dsn: str) -> Iterator[str]:
    """The connection string of a database with counted crashes of five days; do not write to it."""
    with copy_of(postgres_dsn, "template", f"sample_{secrets.token_hex(6)}") as dsn:
        with closing(psycopg2.connect(dsn)) as db, db:
            fill(db)
            correlate(db)
        database = Database(dsn, size=2, name="tests")
        list(derived.update(database, DAY, UrlsConfig()))
        with database.transaction() as session:
            similar(session)
            execute(session, PAGES, day=DAY)
        database.close()
        yield dsn


def fill(db: psycopg2.extensions.connection) -> None:
    """Crashes that differ in all that questions ask for, installs, hang pairs, bad reports."""
    for number, (version, channel) in enumerate(VERSIONS.items()):
        build(db, version.partition("b")[0], f"202611{18 + number}031153", channel, beta(version))
    query(db, "SELECT update_product_versions()")
    for number in range(90):
        position = number % 4
        version = list(VERSIONS)[position]
        report(
            db,
            NOON - timedelta(days=number % 5) + number * MINUTE / 10,
            version=version,
            release_channel=VERSIONS[version],
            build_id=f"202611{18 + position}031153",
            signature=SIGNATURES[number % 7 % 5],
            os_name=SYSTEMS[number % 3 if number < 80 else 3],
            process_type=("parent", "plugin", "content")[number % 11 % 3],
            throttle_rate=0.1 if version == "140.0" else 1.0,
            uptime=number * 7 % 200,
            url=f"https://example{number % 3}.com/page/{number % 5}?secret" if number % 2 else None,
            flash_version="32.0.0.371" if number % 11 % 3 == 1 else None,
        )
    for process in ("parent", "plugin"):
        report(db, NOON + MINUTE, process_type=process, hang_id="h1", signature=f"hang | {process}")
    report(
        db, NOON, version="141.0b2", release_channel="beta", build_id="20261120031153",
        signature="EMPTY: no crashing thread identified; EmptyMinidump",
    )  # fmt: skip
    report(db, NOON, version="")
    report(db, NOON, product="MyGame", version="1.0", build_id="abc", release_channel="playtest")
    for back in range(3):
        for version, channel in VERSIONS.items():
            installs(db, DAY - timedelta(days=back), 1000, version, channel=channel)
    count(db)
    suspects(db)
    execute(db, EXPLOSION, day=DAY)
    scans(db)
    symbols(db)
    for back in range(5):
        if back < 3:
            query(db, "SELECT update_adi(%s)", DAY - timedelta(days=back))
        query(db, "SELECT update_hang_pairs(%s, false)", DAY - timedelta(days=back))


def similar(db: Connection) -> None:
    """The index of similar stacks, of three signatures that share their end."""
    stacks = [
        DistinctStack(
            number_of(signature, f"{signature} | main"), signature, f"{signature} | main | start",
            make_id(NOON), DAY, DAY, 9, {"Linux, SIGSEGV": 9}, {"20261118031153": 9},
        )
        for signature in ("boom", "OOM | small", "=cmd()|' /C calc'!A0")
    ]  # fmt: skip
    collected = Collected({stack.number: stack for stack in stacks}, NOON, NOON, 27)
    similar_job._save_stacks(db, collected)
    similar_job._save_index(db, collected, similar_job._index(collected))


def suspects(db: psycopg2.extensions.connection) -> None:
    """What a scan for broken machines leaves: two of them."""
    query(
        db,
        "INSERT INTO hardware_scans VALUES (%s, %s, 9000, 45, 800, 0.005, '{1 hour is missing}')",
        *(DAY, DAY - timedelta(days=6)),
    )
    for place in range(2):
        query(
            db,
            "INSERT INTO hardware_suspects VALUES (%s, %s, 'Linux', '6.1', '=x | 8', '0xbad', '',"
            " 8589934592, 40, 20, 12, 1e-20, 'boom')",
            *(DAY, place),
        )


def correlate(db: psycopg2.extensions.connection) -> None:
    """What the job `correlations` saved of one signature on two channels."""
    for channel in ("release", "beta"):
        key = ("Firefox", channel, DAY)
        query(
            db,
            "INSERT INTO correlation_lines (product, channel, day, first_day, installs, crashes,"
            " share, without_time, same_time, problems)"
            " VALUES (%s, %s, %s, '2026-11-17', 120, 150, 0.5, 80, 90, '{an hour is missing}')",
            *key,
        )
        query(
            db,
            "INSERT INTO correlation_signatures (product, channel, day, signature, rank, installs,"
            " crashes, attributes, kept, weak, explained, unjudged)"
            " VALUES (%s, %s, %s, 'malloc | main', 1, 20, 30, 400, 1, 1, 1, 2)",
            *key,
        )
        for rank, state in enumerate(("kept", "weak", "explained"), 1):
            causes = [] if state == "kept" else ["os_version", "version"]
            query(
                db,
                "INSERT INTO correlations (product, channel, day, signature, rank, state,"
                " attribute, value, names, count, other_count, difference, low, high, p, causes,"
                " lefts, left_lows, left_highs, comparable) VALUES (%s, %s, %s, 'malloc | main',"
                " %s, %s, 'module', %s, %s, 17, 4, 0.81, 0.59, 0.92, 1e-20, %s, %s, %s, %s, %s)",
                *key, rank, state, f"=hook{rank}.dll", [f"module = hook{rank}.dll", "debug_id = A"],
                causes, *([number] * len(causes) for number in (0.1, 0.05, 0.2, 0.9)),
            )  # fmt: skip


def scans(db: psycopg2.extensions.connection) -> None:
    """What scans of stacks leave: three mixes, the second of unknown origin, and two suspects."""
    for kind in ("frankeninstalls", "suspicious-modules"):
        query(
            db,
            "INSERT INTO module_scans VALUES (%s, %s, %s, 90, 3, '{1 module was left out}')",
            *(DAY, kind, DAY - timedelta(days=6)),
        )
    for place, (owner, rule) in enumerate((("20261101", "share"), (None, "symbols"))):
        query(
            db,
            "INSERT INTO foreign_modules VALUES (%s, %s, 'Firefox', 'Windows NT', '20261118031153',"
            " 'core.dll', 'A1', %s, %s, 0.02, %s, 5, 6, 'boom', 4, %s, 3)",
            *(DAY, place, owner, rule, owner and 1.0, owner and "vendor"),
        )
    for signature, mixed, place in (("", 5, 0), ("boom", 4, 0), (SIGNATURES[1], 1, 1)):
        query(
            db,
            "INSERT INTO mixed_installs VALUES (%s, 'Firefox', 'release', %s, 40, 50, %s, 6, %s)",
            *(DAY, signature, mixed, place),
        )
    for name, signed in (("qzkvwxjp.dll", None), ("=evil.dll", False)):
        query(
            db,
            "INSERT INTO suspicious_modules VALUES (%s, 'Firefox', %s, %s, 3, '{B2}', 1, 8.5, %s,"
            " 20, 30, %s, %s, 'boom', 15)",
            *(DAY, name, ["b.dll", name], list(POINTS), DAY, signed),
        )


def symbols(db: psycopg2.extensions.connection) -> None:
    """Three crashes without symbols: of a module of our own, and of two of the system."""
    for number, name in enumerate(("=core.pdb", "ntdll.pdb", "libc.so.6")):
        query(
            db,
            "INSERT INTO symbol_modules (debug_file, debug_id, filename, version, last_seen)"
            " VALUES (%s, %s, %s, '1.0', %s)",
            *(name, f"A{number}", name.replace(".pdb", ".dll"), DAY),
        )
        query(
            db,
            "INSERT INTO missed_symbols SELECT %s, %s, array_agg(module_id ORDER BY module_id), 1"
            " FROM symbol_modules",
            *(make_id(NOON), NOON),
        )


def beta(version: str) -> int:
    """The number of a beta, 0 for other versions."""
    return int(version.partition("b")[2] or 0)


@pytest.fixture
def rest(sample_dsn: str, tmp_path: Path) -> Iterator[WsgiApp]:
    """REST on the sample, as the role of the middleware."""
    database = Database(make_dsn(sample_dsn, user=roles.ROLES["middleware"]), name="middleware")
    store = FilesystemStore.created(tmp_path / "crashstore")
    yield application(Context(database, store, search=Reference([])), RateLimit(1000))
    database.close()
