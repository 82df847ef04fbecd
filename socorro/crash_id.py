"""Crash ids: derived from what was sent, so that a crash posted twice has one id.

A crash id is an HMAC-SHA-256 over what distinguishes the crash (socorro/crash_event.py), keyed by a
secret of the deployment and shaped as a version 4 UUID (RFC 9562). Its last seven characters are
one digit (0 process, 1 deferred) and the UTC date of submission as yymmdd:

    0bba929f-8721-460c-8e70-a43c00261123
                                 ^ digit, then 26-11-23

So a client that posts the same crash again, because the answer got lost, gets the same id from
any collector that shares the secret; without the secret nobody can predict an id. Two posts on
both sides of midnight UTC, or with other verdicts, differ in date or digit: two reports of one
event, which is counted once (docs/counts.md).

Pure: no I/O, no clock, no randomness.
"""

import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NewType

CrashId = NewType("CrashId", str)

WIRE_PREFIX = "bp-"
PROCESS = 0
DEFERRED = 1

_JSON = json.JSONEncoder(sort_keys=True)  # for all ids; `json.dumps` makes one for each call
_SHAPE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{5}[01][0-9]{6}")


class BadCrashId(ValueError):
    """The text is not a crash id."""


def fingerprint(
    secret: bytes, annotations: Mapping[str, str], dump_checksums: Mapping[str, str]
) -> bytes:
    """Return 32 bytes that distinguish a crash with these from others.

    *dump_checksums* maps a name to the SHA-256 of a dump's bytes, hex. The order of either
    mapping does not matter.
    """
    content = _JSON.encode([dict(annotations), dict(dump_checksums)])
    keyed = _keyed(secret).copy()
    keyed.update(content.encode("ascii"))
    return keyed.digest()


@lru_cache(maxsize=4)  # a process has one; choosing the hash takes longer than hashing so little
def _keyed(secret: bytes) -> hmac.HMAC:
    return hmac.new(secret, digestmod="sha256")


def draw(digest: bytes) -> float:
    """Return a number in [0, 1), uniform over crashes and the same for every re-post.

    Taken from the end of the *digest* of 32 bytes. The id shows only its start, so that nobody
    can derive the draw from an id.
    """
    return int.from_bytes(digest[-6:], "big") / 2**48


def make(digest: bytes, day: date, deferred: bool = False) -> CrashId:
    """Shape the *digest* of 32 bytes as the id of a crash submitted on *day*, UTC."""
    text = digest[:16].hex()
    variant = "89ab"[digest[8] & 3]
    digit = DEFERRED if deferred else PROCESS
    return CrashId(
        f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-"
        f"{text[20:25]}{digit}{_yymmdd(day)}"
    )


@lru_cache(maxsize=64)  # formatting a date costs more than the rest of an id
def _yymmdd(day: date) -> str:
    return f"{day:%y%m%d}"


def parse(text: str) -> CrashId:
    """Return the crash id in *text*, with or without "bp-" in front, in either case.

    Raises BadCrashId when it is not one: wrong shape, wrong digit, or no such day.
    """
    crash_id = CrashId(text.strip().lower().removeprefix(WIRE_PREFIX))
    if not _SHAPE.fullmatch(crash_id):
        raise BadCrashId("not a crash id")
    try:
        day_of(crash_id)
    except ValueError:
        raise BadCrashId("not a crash id: its last six digits are not a date") from None
    return crash_id


def day_of(crash_id: CrashId) -> date:
    """Return the UTC date on which the crash was submitted."""
    return _day(crash_id[-6:])


@lru_cache(maxsize=64)  # most crashes are of a few days
def _day(yymmdd: str) -> date:
    return datetime.strptime(yymmdd, "%y%m%d").replace(tzinfo=UTC).date()


def is_deferred(crash_id: CrashId) -> bool:
    """Say whether the throttle deferred this crash: stored, not processed."""
    return crash_id[-7] == str(DEFERRED)


def resent(crash_id: CrashId, day: date, deferred: bool) -> CrashId:
    """Return the id of the same crash when it is submitted on *day*, UTC, with that verdict."""
    digit = DEFERRED if deferred else PROCESS
    return CrashId(f"{crash_id[:-7]}{digit}{day:%y%m%d}")


def on_the_wire(crash_id: CrashId) -> str:
    """Return the id as clients get it and people paste it, with "bp-" in front."""
    return WIRE_PREFIX + crash_id
