"""Reports, builds and installs as the tests of the counts need them, and all that was counted."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg2
import pytest

from socorro.postgres import Connection

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday
DAY = NOON.date()
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
ONE_DAY = timedelta(days=1)

COLUMNS: dict[str, Any] = {
    "signature": "malloc | main",
    "product": "Firefox",
    "version": "140.0",
    "build_id": "20261120031153",
    "release_channel": "release",
    "process_type": "parent",
    "os_name": "Windows NT",
    "uptime": 600,
    "success": True,
    "status": "OK",
}


def query(db: Connection, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    with db.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def one(db: Connection, statement: str, *parameters: object) -> Any:
    [(value,)] = query(db, statement, *parameters)
    return value


def make_id(at: datetime, deferred: bool = False) -> str:
    return f"{str(uuid.uuid4())[:29]}{int(deferred)}{at:%y%m%d}"


def report(db: Connection, at: datetime = NOON, **columns: Any) -> str:
    """Save a report as the processor does, mark included; return its crash id."""
    crash_id = str(columns.pop("crash_id", make_id(at, columns.pop("deferred", False))))
    url = columns.pop("url", None)
    row = {
        **COLUMNS,
        "crash_id": crash_id,
        "submitted_at": at,
        "started_at": at,
        "completed_at": at,
        "crash_time": at,
        **columns,
    }
    query(db, "SELECT make_partitions(%s, %s)", at, at)
    names = ", ".join(row)
    places = ", ".join(["%s"] * len(row))
    updates = ", ".join(f"{name} = excluded.{name}" for name in row)
    query(
        db,
        f"INSERT INTO reports ({names}) VALUES ({places})"
        f" ON CONFLICT (crash_id, submitted_at) DO UPDATE SET {updates}",
        *row.values(),
    )
    if url is not None:
        query(
            db,
            "INSERT INTO reports_user_info (crash_id, submitted_at, url) VALUES (%s, %s, %s)",
            *(crash_id, at, url),
        )
    mark(db, at)
    return crash_id


def mark(db: Connection, at: datetime) -> None:
    query(
        db,
        "INSERT INTO changed_hours (hour) VALUES (date_trunc('hour', %s::timestamptz, 'UTC'))"
        " ON CONFLICT DO NOTHING",
        at,
    )


def count(db: Connection) -> None:
    """Count what is marked, as CALL count_marked_hours() does, in one transaction."""
    for (hour,) in query(db, "SELECT take_marked_hours()"):
        query(db, "SELECT count_hour(%s)", hour)
    query(db, "SELECT update_signatures()")


def refused(db: Connection, statement: str, *parameters: object) -> str:
    """Run a statement that must fail; return the first line of its error."""
    query(db, "SAVEPOINT refused")
    with pytest.raises(psycopg2.Error) as refusal:
        query(db, statement, *parameters)
    query(db, "ROLLBACK TO refused")
    return str(refusal.value).partition("\n")[0]


def build(
    db: Connection,
    version: str,
    build_id: str,
    channel: str = "release",
    beta: int = 0,
    product: str = "Firefox",
    platform: str = "win64",
) -> None:
    """Enter a build as the release feed does."""
    query(
        db,
        "INSERT INTO releases_raw (product, version, build_id, release_channel, platform,"
        " beta_number) VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        *(product, version, build_id, channel, platform, beta),
    )


def installs(
    db: Connection,
    day: date,
    adi: int,
    version: str = "140.0",
    build_id: str = "",
    channel: str = "release",
    os_name: str = "Windows",
    product: str = "Firefox",
) -> None:
    """Enter installs as an import does."""
    query(
        db,
        "INSERT INTO adi_raw (day, product, version, build_id, release_channel, os_name, adi)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        *(day, product, version, build_id, channel, os_name, adi),
    )


VERSION = "product || ' ' || version || ' ' || release_channel"
COUNTED = {
    "product_versions": f"""
        SELECT {VERSION}, build_date, sunset_date, is_rapid_beta, has_builds
        FROM product_versions""",
    "top_crashers": f"""
        SELECT {VERSION}, day, signature, reports, estimated, win, mac, lin, android, browser,
               plugin, content, hang, startup, installs, win_installs, mac_installs, lin_installs,
               android_installs, squares
        FROM top_crashers JOIN product_versions USING (product_version_id)
        JOIN signatures USING (signature_id)""",
    "top_crashers_build": f"""
        SELECT {VERSION}, build_day, day, signature, reports, estimated, win, mac, lin, android,
               browser, plugin, content, hang, startup, installs, win_installs, mac_installs,
               lin_installs, android_installs, squares
        FROM top_crashers_build JOIN product_versions USING (product_version_id)
        JOIN signatures USING (signature_id)""",
    "crash_counts": f"""
        SELECT {VERSION}, day, os, crash_type, reports, estimated
        FROM crash_counts JOIN product_versions USING (product_version_id)""",
    "crash_counts_build": f"""
        SELECT {VERSION}, build_day, day, os, crash_type, reports, estimated
        FROM crash_counts_build JOIN product_versions USING (product_version_id)""",
    "install_counts": f"""
        SELECT {VERSION}, day, os, installs, without_time, squares
        FROM install_counts JOIN product_versions USING (product_version_id)""",
    "install_counts_build": f"""
        SELECT {VERSION}, build_day, day, os, installs, without_time, squares
        FROM install_counts_build JOIN product_versions USING (product_version_id)""",
    "signatures": "SELECT signature, first_report, first_build FROM signatures",
    "signature_products": f"""
        SELECT {VERSION}, signature, signature_products.first_report
        FROM signature_products JOIN product_versions USING (product_version_id)
        JOIN signatures USING (signature_id)""",
    "reports_clean": f"""
        SELECT crash_id::text, submitted_at, {VERSION}, signature, os, crash_type, uptime_level,
               build_day, estimated, hang_id, flash_version, install_time
        FROM reports_clean JOIN product_versions USING (product_version_id)
        JOIN signatures USING (signature_id) LEFT JOIN flash_versions USING (flash_version_id)""",
    "reports_bad": "SELECT crash_id::text, submitted_at, reason FROM reports_bad",
    "reports_duplicates": """
        SELECT crash_id::text, duplicate_of::text FROM reports_duplicates""",
    "hang_pairs": """
        SELECT day, hang_id, browser_crash_id::text, plugin_crash_id::text, duplicates::text
        FROM hang_pairs""",
    "hang_halves": "SELECT day, pairs, browser, plugin FROM hang_halves",
    "adi": f"""
        SELECT {VERSION}, day, os, adi
        FROM adi JOIN product_versions USING (product_version_id)""",
}
CACHE = (
    "product_versions", "product_version_builds", "signatures", "signature_products",
    "signatures_to_check", "flash_versions", "reports_clean", "reports_bad",
    "reports_duplicates", "changed_hours", "hours_to_count", "top_crashers",
    "top_crashers_build", "crash_counts", "crash_counts_build", "install_counts",
    "install_counts_build", "hang_pairs", "hang_halves", "adi", "adi_build",
)  # fmt: skip


def counted(db: Connection, *but: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that was counted, under names, not numbers: rebuilt it must be the same."""
    return {
        table: sorted(query(db, statement), key=repr)
        for table, statement in COUNTED.items()
        if table not in but
    }


def forget(db: Connection) -> None:
    """Lose everything but the reports and the sources."""
    query(db, f"TRUNCATE {', '.join(CACHE)}")


def top(
    db: Connection, version: str, columns: Sequence[str] = ("signature", "reports"), **where: Any
) -> list[tuple[Any, ...]]:
    """Rows of top_crashers of one version, most reports first."""
    conditions = "".join(f" AND {name} = %s" for name in where)
    return query(
        db,
        f"SELECT {', '.join(columns)} FROM top_crashers"
        " JOIN product_versions USING (product_version_id) JOIN signatures USING (signature_id)"
        f" WHERE version = %s{conditions} ORDER BY reports DESC, signature",
        *(version, *where.values()),
    )
