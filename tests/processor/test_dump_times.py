"""Crash time and uptime out of a minidump, where no annotation has them."""

import struct

import hypothesis
import pytest
from hypothesis import strategies as st

from processor.dump_times import MOST_STREAMS, NO_TIMES, DumpTimes, read
from processor.process import process
from processor.rules.times import LONGEST
from processor.stackwalk import Walk
from socorro.crash import MAIN_DUMP
from tests.builders import DUMPS, NOON, TEST_DUMP, make_crash

NOW = int(NOON.timestamp())


def minidump(
    written: int = NOW - 100,
    started: int = NOW - 400,
    flags: int = 3,
    before: int = 0,
    order: str = "<",
    size: int = 24,
) -> bytes:
    """A minidump of a MiscInfo stream behind *before* others."""
    signature = {"<": b"MDMP", ">": b"PMDM"}[order]
    header = struct.pack(order + "IIIIIQ", 0xA793, before + 1, 32, 0, written, 0)
    others = struct.pack(order + "III", 3, 0, 0) * before
    at = 32 + 12 * (before + 1)
    entry = struct.pack(order + "III", 15, size, at)
    misc = struct.pack(order + "IIIIII", 24, flags, 7, started, 0, 0)
    return signature + header + others + entry + misc


@pytest.mark.parametrize(
    ("dump", "expected"),
    [
        (minidump(), DumpTimes(NOW - 100, NOW - 400)),
        (minidump(order=">"), DumpTimes(NOW - 100, NOW - 400)),
        (minidump(before=20), DumpTimes(NOW - 100, NOW - 400)),
        (minidump(before=MOST_STREAMS - 1), DumpTimes(NOW - 100, NOW - 400)),
        (minidump(before=MOST_STREAMS), DumpTimes(NOW - 100, None)),
        (minidump(flags=1), DumpTimes(NOW - 100, None)),
        (minidump(started=0), DumpTimes(NOW - 100, None)),
        (minidump(written=0), DumpTimes(None, NOW - 400)),
        (minidump(size=16), DumpTimes(NOW - 100, NOW - 400)),
        (minidump(size=15), DumpTimes(NOW - 100, None)),
        (minidump()[:-8], DumpTimes(NOW - 100, NOW - 400)),
        (minidump()[:-9], DumpTimes(NOW - 100, None)),
        (minidump()[:40], DumpTimes(NOW - 100, None)),
        (minidump()[:24], DumpTimes(NOW - 100, None)),
        (minidump()[:23], NO_TIMES),
        (b"MDMX" + minidump()[4:], NO_TIMES),
        (b"", NO_TIMES),
    ],
)
def test_the_times_of_a_minidump(dump: bytes, expected: DumpTimes) -> None:
    assert read(dump) == expected


@hypothesis.given(st.binary(max_size=120), st.booleans())
def test_no_bytes_raise(tail: bytes, is_swapped: bool) -> None:
    read((b"PMDM" if is_swapped else b"MDMP") + tail)


def test_real_dumps_have_times() -> None:
    assert read(TEST_DUMP.read_bytes()) == DumpTimes(1171480435, 1171480435)
    crashpad = (DUMPS / "rust-minidump/simple-crashpad.dmp").read_bytes()
    assert read(crashpad).started is not None


def crash_of(times: DumpTimes, **sent: str) -> dict[str, object]:
    """What the processor makes of a crash with a dump of these times."""
    walk = Walk("OK", {}, times=times)
    return process(make_crash(**sent), {MAIN_DUMP: walk})


DUMP_NOTE = "No crash time from the client; using the minidump's"
NO_NOTE = "No crash time from the client; using submission time"


@pytest.mark.parametrize(
    ("sent", "times", "crashed", "uptime", "note"),
    [
        ({}, (NOW - 100, NOW - 400), NOW - 100, 300, DUMP_NOTE),
        ({"CrashTime": "soon"}, (NOW - 100, NOW - 400), NOW - 100, 300, DUMP_NOTE),
        ({"CrashTime": str(NOW - 50)}, (NOW - 100, NOW - 400), NOW - 50, 300, None),
        ({"timestamp": str(NOW - 50)}, (NOW - 100, NOW - 400), NOW - 50, 300, None),
        ({}, (NOW - 100, None), NOW - 100, None, DUMP_NOTE),
        ({}, (NOW - 100, NOW - 100), NOW - 100, 0, DUMP_NOTE),
        ({}, (NOW - 100, NOW - 99), NOW - 100, None, DUMP_NOTE),
        ({}, (100, 50), NOW, None, NO_NOTE),  # a clock of 1970
        ({}, (NOW + 2 * 86400, NOW), NOW + 2 * 86400, 2 * 86400, DUMP_NOTE),
        ({}, (NOW + 2 * 86400 + 1, NOW), NOW, None, NO_NOTE),
        ({}, (None, None), NOW, None, NO_NOTE),
        ({"UptimeTS": "7.5"}, (NOW - 100, NOW - 400), NOW - 100, 7, DUMP_NOTE),
        ({"StartupTime": str(NOW - 120)}, (NOW - 100, NOW - 400), NOW - 100, 20, DUMP_NOTE),
        ({"ptime": "7999"}, (NOW - 100, NOW - 400), NOW - 100, 7, DUMP_NOTE),
        ({"ptime": "-1"}, (NOW - 100, NOW - 400), NOW - 100, 300, DUMP_NOTE),
        ({"ptime": "soon"}, (NOW - 100, NOW - 400), NOW - 100, 300, DUMP_NOTE),
        ({"ptime": f"{LONGEST}999"}, (None, None), NOW, LONGEST, NO_NOTE),
        ({"ptime": f"{LONGEST + 1}000"}, (None, None), NOW, None, NO_NOTE),
    ],
)
def test_crash_time_and_uptime(
    sent: dict[str, str],
    times: tuple[int | None, int | None],
    crashed: int,
    uptime: int | None,
    note: str | None,
) -> None:
    processed = crash_of(DumpTimes(*times), **sent)

    assert (processed["crash_time"], processed["uptime"]) == (crashed, uptime)
    notes = processed["processor_notes"]
    assert isinstance(notes, list)
    assert [text for text in notes if text.startswith("No crash time")] == ([note] if note else [])
