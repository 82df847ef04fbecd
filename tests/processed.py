"""Processed crashes as the pages and REST get them: real walks of real dumps, real rows."""

import json
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path

from psycopg2.extras import Json

from socorro.crash import RawCrash
from socorro.postgres import Connection, execute
from tests.builders import DUMPS

WALKER = Path(__file__).parent.parent / ".parts/bin/minidump-stackwalk"


@cache
def _walked(dump: Path) -> str:
    command = [WALKER, "--json", "--symbols-path", DUMPS / "symbols", dump]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def walked(dump: Path) -> dict[str, object]:
    """What the walker says of a dump."""
    found = json.loads(_walked(dump))
    assert isinstance(found, dict)
    return found


def make_processed(
    raw: RawCrash, dump: Path | None, signature: str, **more: object
) -> dict[str, object]:
    """A processed crash of *raw*, whose dump is *dump*."""
    told = raw.annotations
    json_dump = walked(dump) if dump else {}
    system, crash = json_dump.get("system_info") or {}, json_dump.get("crash_info") or {}
    assert isinstance(system, Mapping)
    assert isinstance(crash, Mapping)
    submitted = raw.submitted.isoformat("T", "microseconds")
    completed = raw.submitted + timedelta(seconds=2)
    return {
        "crash_id": raw.crash_id,
        "uuid": raw.crash_id,
        "product": told.get("ProductName", ""),
        "version": told.get("Version", ""),
        "build": told.get("BuildID"),
        "release_channel": told.get("ReleaseChannel"),
        "process_type": told.get("ProcessType", "parent"),
        "submitted_timestamp": submitted,
        "date_processed": submitted,
        "started_datetime": (raw.submitted + timedelta(seconds=1)).isoformat(),
        "completed_datetime": completed.isoformat(),
        "uptime": 3725,
        "install_age": 86400 * 12 + 3600,
        "last_crash": None,
        "os_name": system.get("os"),
        "os_version": system.get("os_ver"),
        "cpu_arch": system.get("cpu_arch"),
        "cpu_info": system.get("cpu_info"),
        "cpu_count": system.get("cpu_count"),
        "reason": crash.get("type"),
        "address": crash.get("address"),
        "crashing_thread": crash.get("crashing_thread"),
        "signature": signature,
        "proto_signature": signature,
        "success": bool(dump),
        "mdsw_status_string": "OK" if dump else "EmptyMinidump",
        "mdsw_return_code": 0 if dump else 1,
        "mdsw_stderr": "",
        "stackwalk_version": "minidump-stackwalk 0.25.0",
        "json_dump": json_dump,
        "processor_notes": [],
        "throttle_rule": "accept_everything",
        "throttle_rate": 1.0,
        "url": told.get("URL"),
        "email": told.get("Email"),
        "user_comments": told.get("Comments"),
        **more,
    }


def insert_report(db: Connection, processed: Mapping[str, object]) -> None:
    """Write the row that belongs to a processed crash."""
    execute(db, "SELECT make_partitions(%(day)s, %(day)s)", day=processed["submitted_timestamp"])
    columns = {
        "crash_id": processed["crash_id"],
        "submitted_at": processed["submitted_timestamp"],
        "started_at": processed["started_datetime"],
        "completed_at": processed["completed_datetime"],
        "signature": processed["signature"],
        "product": processed["product"],
        "version": processed["version"],
        "build_id": processed["build"],
        "release_channel": processed["release_channel"],
        "process_type": processed["process_type"],
        "os_name": processed["os_name"],
        "os_version": processed["os_version"],
        "cpu_arch": processed["cpu_arch"],
        "reason": processed["reason"],
        "uptime": processed["uptime"],
        "success": processed["success"],
        "status": processed["mdsw_status_string"],
        "fields": Json({}),
    }
    names = ", ".join(columns)
    places = ", ".join(f"%({name})s" for name in columns)
    execute(db, f"INSERT INTO reports ({names}) VALUES ({places})", **columns)
