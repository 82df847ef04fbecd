"""Builders: crashes as tests need them, with defaults for what a test does not mention."""

import hashlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from socorro import crash_id as ids
from socorro.crash import MAIN_DUMP, RawCrash

DATA = Path(__file__).parent / "data"
DUMPS = DATA / "minidumps"
TEST_DUMP = DUMPS / "rust-minidump" / "test.dmp"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def make_crash(
    submitted: datetime = NOON,
    dumps: Mapping[str, bytes] | None = None,
    deferred: bool = False,
    metadata: Mapping[str, object] | None = None,
    **annotations: str,
) -> RawCrash:
    """A raw crash; unique unless `CrashEventID` or the like says otherwise."""
    sent = {
        "ProductName": "Firefox",
        "Version": "140.0",
        "ReleaseChannel": "nightly",
        "BuildID": "20261120031153",
        "CrashEventID": os.urandom(8).hex(),
        **annotations,
    }
    checksums = {
        name: hashlib.sha256(body).hexdigest()
        for name, body in (dumps or {MAIN_DUMP: b"MDMP"}).items()
    }
    digest = ids.fingerprint(b"secret of the tests", sent, checksums)
    crash_id = ids.make(digest, submitted.date(), deferred)
    collected = {
        "payload": "multipart",
        "payload_compressed": "0",
        "payload_size": 1000,
        "collector_notes": [],
        "dump_checksums": checksums,
        "user_agent": "tests",
        "throttle_rule": "accept_everything",
        "throttle_rate": 1.0,
        **(metadata or {}),
    }
    return RawCrash(crash_id, submitted, sent, collected)
