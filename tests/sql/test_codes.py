"""Systems, crash types and uptimes as small numbers."""

import pytest

from socorro.postgres import Connection
from tests.sql.rows import NOON, make_id, one


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("os_code('Windows NT')", 1),
        ("os_code('WINNT')", 1),
        ("os_code('Mac OS X')", 2),
        ("os_code('macOS')", 2),
        ("os_code('Darwin')", 2),
        ("os_code('Linux')", 3),
        ("os_code('Android')", 4),
        ("os_code('Solaris')", 0),
        ("os_code('')", 0),
        ("os_code(NULL)", 0),
        ("crash_type('parent', NULL)", 1),
        ("crash_type(NULL, NULL)", 1),
        ("crash_type('plugin', NULL)", 2),
        ("crash_type('parent', 'h')", 3),
        ("crash_type('plugin', 'h')", 4),
        ("crash_type('content', NULL)", 5),
        ("crash_type('content', 'h')", 5),
        ("crash_type('gpu', NULL)", 6),
        ("uptime_level(0)", 1),
        ("uptime_level(59)", 1),
        ("uptime_level(60)", 2),
        ("uptime_level(299)", 2),
        ("uptime_level(300)", 3),
        ("uptime_level(900)", 4),
        ("uptime_level(3599)", 4),
        ("uptime_level(3600)", 5),
        ("uptime_level(NULL)", None),
        ("estimated_crashes(1::real)", 1.0),
        ("estimated_crashes(0.1::real)", 10.0),
        ("estimated_crashes(0.15::real)", 6827 / 1024),
        ("within_a_minute(interval '60 s', 0)", True),
        ("within_a_minute(interval '61 s', 0)", False),
        ("within_a_minute(interval '0 s', 60)", True),
        ("within_a_minute(interval '0 s', 61)", False),
        ("within_a_minute(interval '1 day', NULL)", True),
    ],
)
def test_a_code(db: Connection, statement: str, expected: object) -> None:
    assert one(db, f"SELECT {statement}") == expected


def test_counted_are_crashes_that_were_not_deferred(db: Connection) -> None:
    assert one(db, "SELECT is_counted(%s)", make_id(NOON)) is True
    assert one(db, "SELECT is_counted(%s)", make_id(NOON, deferred=True)) is False
