"""What becomes of a crash: verdict, crash id and metadata, in one step.

Pure: what the client sent, the time and random numbers come in; no clock is read, nothing is drawn
here. The order matters. What distinguishes the crash (socorro/crash_event.py) gives the digest, the
digest decides on which side of a rule's rate the crash falls, and digest and verdict give the crash
id.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from collector.payload import Payload
from collector.throttle import Decision, Rule, Verdict, decide
from socorro import crash_id as ids
from socorro.clients import with_our_names
from socorro.crash_event import EVENT_ID, identity
from socorro.crash_id import CrashId

LONGEST_USER_AGENT = 500  # characters


class Chance(NamedTuple):
    """The random numbers of one post."""

    digest: bytes  # 32 bytes, for a crash that is not distinct; else not used
    draw: float | None  # in [0, 1), for a rule's rate; None: the crash itself decides


class Judgement(NamedTuple):
    """What becomes of a crash; a rejected one does not use its id."""

    verdict: Verdict
    rule: str
    crash_id: CrashId
    metadata: dict[str, Any]


def judge(
    payload: Payload,
    user_agent: str,
    submitted: datetime,
    *,
    secret: bytes,
    rules: Sequence[Rule],
    chance: Chance,
) -> Judgement:
    """Return what becomes of the crash in *payload*. The same post gives the same judgement.

    Exceptions are the digit of a crash that was drawn by chance, the id of a crash with neither a
    file nor a CrashEventID, and the date in the id. A post of the same crash in another way gives
    an id that differs in digit and date at most.
    """
    digest = _digest(payload, secret, chance)
    draw = _draw(payload, secret, digest) if chance.draw is None else chance.draw
    decision = decide(rules, with_our_names(payload.annotations), draw)
    is_deferred = decision.verdict is Verdict.DEFER
    crash_id = ids.make(digest, submitted.astimezone(UTC).date(), is_deferred)
    metadata = _metadata(payload, user_agent, decision)
    return Judgement(decision.verdict, decision.rule, crash_id, metadata)


def is_distinct(payload: Payload) -> bool:
    """Say whether a file or an id of the client distinguishes the crash from others like it."""
    return bool(payload.dump_checksums) or bool(payload.annotations.get(EVENT_ID, "").strip())


def _digest(payload: Payload, secret: bytes, chance: Chance) -> bytes:
    if not is_distinct(payload):
        return chance.digest  # each such crash is one of its own
    same = identity(payload.annotations, payload.dump_checksums)
    if same is None:  # attachments or empty dumps only, which many crashes may share
        return ids.fingerprint(secret, payload.annotations, payload.dump_checksums)
    return ids.fingerprint(secret, same.annotations, same.dumps)


def _draw(payload: Payload, secret: bytes, digest: bytes) -> float:
    hang_id = payload.annotations.get("HangID")
    if hang_id:
        # Both halves of a hang pair get the same draw, so that none is missing a half.
        digest = ids.fingerprint(secret, {"HangID": hang_id}, {})
    return ids.draw(digest)


def _metadata(payload: Payload, user_agent: str, decision: Decision) -> dict[str, Any]:
    return {
        "payload": payload.kind,
        "payload_compressed": "1" if payload.compressed else "0",
        "payload_size": payload.size,
        "collector_notes": payload.notes,
        "dump_checksums": dict(payload.dump_checksums),
        "user_agent": (user_agent or "None").replace("\0", "")[:LONGEST_USER_AGENT],
        "throttle_rule": decision.rule,
        "throttle_rate": decision.rate,
    }
