"""One crash as it is stored: the processed crash, the raw crash, its dumps."""

from collections.abc import Mapping
from typing import Any

from middleware.callers import Caller, permission_missing
from middleware.context import Context, Values
from middleware.reply import (
    CRASH_DATA,
    PROTECTED_DATA,
    Reply,
    bad_request,
    error_reply,
    json_reply,
)
from socorro.accounts.permissions import VIEW_PII, VIEW_RAWDUMP
from socorro.crash import MAIN_DUMP
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashNotFound, DamagedCrash
from socorro.fields import Kind, redact
from socorro.jobs.whereabouts import State, Whereabouts, whereabouts
from socorro.queries import same_crash

MAIN_ALIAS = "dump"  # crashstats-tools ask for the main dump by this name
OCTETS = "application/octet-stream"
RETRY_SECONDS = {
    State.NEW: 10,
    State.WAITING: 10,
    State.RUNNING: 5,
    State.DEFERRED: 3600,
    State.FAILED: 3600,
}


def processed_crash(context: Context, caller: Caller, values: Values) -> Reply:
    """Answer with the processed crash; for one that is not processed yet, with its state."""
    crash_id: CrashId = values["crash_id"]
    try:
        document = context.store.get_processed(crash_id)
    except CrashNotFound:
        return _not_processed(context, crash_id)
    others = same_crash.others(context.database, crash_id)
    if others:
        document = {**document, "same_crash": [post.crash_id for post in others]}
    return _shown("processed_crash", document, caller)


def raw_crash(context: Context, caller: Caller, values: Values) -> Reply:
    """Answer with the annotations, or with one minidump."""
    crash_id: CrashId = values["crash_id"]
    if values["format"] == "raw":
        return _dump(context, caller, crash_id, values["name"] or MAIN_DUMP)
    if values["name"]:
        raise bad_request({"name": "only with format=raw"})
    try:
        document: Mapping[str, Any] = context.store.get_raw(crash_id).document()
    except DamagedCrash:
        return _damaged()
    except CrashNotFound:
        return _unknown()
    return _shown("raw_crash", document, caller)


def _shown(kind: Kind, document: Mapping[str, Any], caller: Caller) -> Reply:
    """Answer with the fields of a document that the caller may see."""
    if VIEW_PII in caller.permissions:
        return json_reply(document, PROTECTED_DATA)
    return json_reply(redact(kind, document), CRASH_DATA)


def _dump(context: Context, caller: Caller, crash_id: CrashId, name: str) -> Reply:
    if VIEW_RAWDUMP not in caller.permissions:
        raise permission_missing(VIEW_RAWDUMP)
    name = MAIN_DUMP if name == MAIN_ALIAS else name
    try:
        dump = context.store.get_dump(crash_id, name)
    except DamagedCrash:
        return _damaged()
    except CrashNotFound:
        return _unknown()
    attachment = ("Content-Disposition", f'attachment; filename="{crash_id}.dmp"')
    return Reply("200 OK", dump, OCTETS, (PROTECTED_DATA, attachment))


def _not_processed(context: Context, crash_id: CrashId) -> Reply:
    try:
        crash = whereabouts(context.database, context.store, crash_id)
    except DamagedCrash:
        return _damaged()
    except CrashNotFound:
        return _unknown()
    return error_reply(
        "404 Not Found",
        _problem(crash),
        retry_after=RETRY_SECONDS[crash.state],
        state=crash.state,
        ahead=crash.ahead,
        attempts=crash.attempts,
    )


def _problem(crash: Whereabouts) -> str:
    if crash.state is State.FAILED:
        return "Processing failed"
    if crash.is_lost:
        return "Damaged: the processed crash is missing or unreadable, and is being made again"
    return "Not processed yet"


def _damaged() -> Reply:
    return error_reply("410 Gone", "Damaged: the crash store has this crash but cannot read it")


def _unknown() -> Reply:
    return error_reply("404 Not Found", "Not found")
