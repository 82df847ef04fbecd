"""Crashes for bench.search: a week of them as segments, made by DuckDB, always the same.

Signatures, versions and modules are skewed as those of a browser are: a few signatures have most
crashes, by Zipf's law. A crash has 33 columns with values; the others are null.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb

from socorro.search.segments import layout
from socorro.search.segments.merge import merge, mergeable
from socorro.search.segments.writer import Writer

DAYS: Final = 7
START: Final = datetime(2026, 11, 23, tzinfo=UTC)
END: Final = START + timedelta(days=DAYS)
ONE_HOUR: Final = timedelta(hours=1)
SIGNATURES: Final = 100_000  # distinct ones in a week; the rarest have some 15 of 17.5 million
MACROS: Final = """
CREATE MACRO part(number, salt) AS hash(number, salt)::DOUBLE / 18446744073709551616.0;
CREATE MACRO one_of(list, number) AS list[1 + (floor(number * len(list)))::BIGINT];
CREATE MACRO skewed(list, number) AS one_of(list, number * number * number);
CREATE MACRO word(number) AS one_of(
    ['dom', 'gfx', 'layout', 'net', 'js', 'ipc', 'media', 'xpcom', 'widget', 'storage', 'webgl',
     'places', 'style', 'image', 'plugins', 'accessibility', 'workers', 'cache2', 'wr', 'wasm'],
    part(number, 90)
);
CREATE MACRO signature_of(rank) AS CASE
    WHEN rank % 11 = 3 THEN 'OOM | large | NS_ABORT_OOM | ' || word(rank) || '::Grow' || rank
    WHEN rank % 17 = 5 THEN 'shutdownhang | ' || word(rank) || '::Shutdown' || rank
    ELSE 'mozilla::' || word(rank) || '::' || word(rank + 7) || '::Run' || rank
END;
CREATE MACRO modules_of(rank, number) AS array_to_string(list_transform(
    range(4 + (part(rank, 30) * 8)::BIGINT),
    lambda i: skewed(
        ['xul.dll', 'ntdll.dll', 'kernel32.dll', 'mozglue.dll', 'user32.dll', 'd3d11.dll',
         'nvwgf2umx.dll', 'igd10iumd64.dll', 'atidxx64.dll', 'libc.so.6', 'libxul.so',
         'nss3.dll', 'avcuf64.dll', 'AppKit', 'CoreFoundation', 'libart.so', 'ole32.dll'],
        part(rank * 31 + i, 31)) || '/' || upper(to_hex(hash(rank % 40, i)))
), ';');
CREATE MACRO addons_of(number) AS list_transform(
    range(1 + (part(number, 40) * 9)::BIGINT),
    lambda i: 'addon' || (exp(part(number * 17 + i, 41) * 7.6))::BIGINT || '@example.org:1.'
        || (hash(number, i + 42) % 5)
);
"""
NUMBERED: Final = """
    SELECT number, $first_time + to_microseconds(number * 3600000000 // $count) AS submitted,
        exp(part(seed, 1) * ln($signatures))::BIGINT AS rank, seed, installation,
        (-ln(1 - part(seed, 2)) * 900)::BIGINT AS uptime,
        (part(installation, 1) * 40000000)::BIGINT AS installed,
        skewed(['Firefox', 'Fenix', 'Thunderbird', 'Focus'], part(installation, 2)) AS product,
        skewed(['release', 'beta', 'nightly', 'esr'], part(installation, 3)) AS channel,
        159 - (part(installation, 4) ** 4 * 40)::BIGINT AS major,
        skewed(['Windows', 'Linux', 'Mac OS X'], part(installation, 5)) AS os
    FROM (
        SELECT range AS number, range + $first AS seed, hash(range + $first, 0) % $installs
            AS installation
        FROM range($count)
    )
"""
VALUES: Final = {
    "crash_id": "concat_ws('-', substr(md5(seed::VARCHAR), 1, 8), substr(md5(seed::VARCHAR), 9, 4),"
    " substr(md5(seed::VARCHAR), 13, 4), substr(md5(seed::VARCHAR), 17, 4),"
    " substr(md5(seed::VARCHAR), 21, 6)) || strftime(submitted, '%y%m%d')",
    "submitted_timestamp": "submitted",
    "completed_datetime": "submitted + to_seconds((part(seed, 3) * 60)::BIGINT)",
    "client_crash_date": "to_timestamp(epoch(submitted)::BIGINT - (part(seed, 4) * 9000)::BIGINT)",
    "crash_time": "epoch(submitted)::BIGINT - (part(seed, 4) * 9000)::BIGINT",
    "install_time": "epoch($week)::BIGINT - installed",
    "uptime": "uptime",
    "install_age": "installed + uptime",
    "last_crash": "CASE WHEN part(seed, 5) < 0.6 THEN (part(seed, 6) * 1000000)::BIGINT END",
    "product": "CASE WHEN os = 'Linux' AND product = 'Fenix' THEN 'Firefox' ELSE product END",
    "version": "major || CASE channel WHEN 'beta' THEN '.0b' || (1 + hash(installation, 6) % 9)"
    " WHEN 'nightly' THEN '.0a1' WHEN 'esr' THEN '.4.0esr'"
    " ELSE '.0.' || (hash(installation, 6) % 3) END",
    "major_version": "major",
    "build": "strftime($first_time - to_days(((159 - major) * 28 + hash(installation, 7) % 20)"
    "::INTEGER), '%Y%m%d') || '09' || 1000 + hash(installation, 7) % 3 * 7",
    "release_channel": "channel",
    "process_type": "skewed(['parent', 'content', 'gpu', 'rdd', 'utility'], part(seed, 7))",
    "signature": "signature_of(rank)",
    "proto_signature": "signature_of(rank) || ' | ' || word(rank + 1) || '::Dispatch | '"
    " || word(rank + seed % 3) || '::Process | XRE_main | main'",
    "reason": "skewed(['EXCEPTION_ACCESS_VIOLATION_READ', 'SIGSEGV / SEGV_MAPERR',"
    " 'EXCEPTION_BREAKPOINT', 'SIGABRT', 'EXCEPTION_STACK_OVERFLOW'], part(rank + seed % 9, 8))",
    "address": "'0x' || lpad(to_hex(CASE WHEN part(rank, 9) < 0.5 THEN 0"
    " ELSE hash(seed, 9) END), 16, '0')",
    "moz_crash_reason": "CASE WHEN part(rank, 10) < 0.3"
    " THEN 'MOZ_RELEASE_ASSERT(' || word(rank) || ')' END",
    "oom_allocation_size": "CASE WHEN rank % 11 = 3 THEN (exp(part(seed, 11) * 20))::BIGINT END",
    "startup_crash": "uptime < 10",
    "os_name": "os",
    "os_pretty_version": "CASE os WHEN 'Linux' THEN 'Linux' WHEN 'Windows' THEN"
    " skewed(['Windows 11', 'Windows 10', 'Windows 7'], part(installation, 12))"
    " ELSE 'macOS ' || (12 + hash(installation, 12) % 4) END",
    "os_version": "skewed(['10.0.22631', '10.0.19045', '6.1.7601'], part(installation, 12))",
    "cpu_arch": "skewed(['amd64', 'x86', 'arm64'], part(installation, 13))",
    "adapter_vendor_id": "skewed(['0x8086', '0x10de', '0x1002'], part(installation, 14))",
    "adapter_device_id": "'0x' || to_hex(hash(installation, 15) % 4000)",
    "available_physical_memory": "(part(seed, 16) * 17179869184)::BIGINT",
    "useragent_locale": "skewed(['en-US', 'de', 'fr', 'ru', 'zh-CN'], part(installation, 17))",
    "modules_in_stack": "modules_of(rank, seed)",
    "addons": "CASE WHEN product = 'Firefox' THEN addons_of(installation) END",
    "throttle_rate": "CASE channel WHEN 'release' THEN 0.1 ELSE 1.0 END",
    "estimated": "CASE channel WHEN 'release' THEN 10.0 ELSE 1.0 END",
}


def hours(days: int = DAYS) -> Sequence[datetime]:
    """Return the hours of the last *days* of the week."""
    return [END - number * ONE_HOUR for number in range(days * 24, 0, -1)]


def write(root: Path, crashes: int, days: int = DAYS, signatures: int = SIGNATURES) -> int:
    """Write that many crashes, spread evenly over hours; return how many there are.

    All days but the last are merged then, as the job `search-merge` does. A file that exists is
    kept: what was interrupted goes on.
    """
    count = max(1, crashes // (days * 24))
    with duckdb.connect(config={"memory_limit": "2GB"}) as duck:
        duck.execute("SET TimeZone = 'UTC'")
        duck.execute(MACROS)
        for number, hour in enumerate(hours(days)):
            path = layout.hour_file(root, "public", hour)
            if not path.exists() and not layout.day_file(root, hour).exists():
                _write_hour(duck, path, hour, number * count, count, signatures)
    return count * len(hours(days))


def merge_days(root: Path) -> int:
    """Merge all days but the last; return how many crashes were merged."""
    writer, rows = Writer(root), 0
    for day in list(mergeable(root, END + timedelta(days=10000))):
        if day.midnight < END - timedelta(days=1):
            merged = merge(root, day, writer)
            rows += merged.rows if merged else 0
    return rows


def _write_hour(
    duck: duckdb.DuckDBPyConnection, path: Path, hour: datetime, first: int, count: int,
    signatures: int,
) -> None:  # fmt: skip
    layout.make_folder(path, "public")
    columns = ", ".join(
        f"CAST({VALUES[name]} AS {type_}) AS {name}"
        for name, type_ in layout.columns("public").items()
        if name in VALUES
    )
    draft = path.with_suffix(".draft")
    statement = f"COPY (SELECT {columns} FROM ({NUMBERED})) TO $draft"
    parameters = {
        "first": first,
        "first_time": hour,
        "week": START,
        "count": count,
        "installs": max(1, count * DAYS * 24 // 3),
        "signatures": signatures,
        "draft": str(draft),
    }
    duck.execute(
        f"{statement} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 61440)", parameters
    )
    draft.replace(path)


def read(path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the crashes of one file, each with the values that it has."""
    with duckdb.connect() as duck:
        duck.execute("SET TimeZone = 'UTC'")
        answer = duck.execute("SELECT * FROM read_parquet($path)", {"path": str(path)})
        names = [column[0] for column in answer.description or ()]
        while rows := answer.fetchmany(1000):
            for row in rows:
                values = zip(names, row, strict=True)
                yield {name: value for name, value in values if value is not None}
