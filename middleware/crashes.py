"""What was stored of one crash: the processed crash, the raw crash, its dumps."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from middleware.callers import Caller, needs
from middleware.reply import CRASH_DATA, PROTECTED_DATA, Reply, bad_request, error, found
from socorro.accounts.permissions import VIEW_PII, VIEW_RAWDUMP
from socorro.crash import MAIN_DUMP
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashNotFound, CrashStore
from socorro.fields import Kind, redact
from socorro.jobs.whereabouts import whereabouts
from socorro.postgres import Database

if TYPE_CHECKING:
    from middleware.symbols import Symbols

OCTETS = "application/octet-stream"
RETRY_SECONDS = {"new": 10, "waiting": 10, "running": 5, "deferred": 3600, "failed": 3600}


class Parts(NamedTuple):
    """What answers are made from."""

    database: Database
    store: CrashStore
    symbols: "Symbols | None" = None


Values = Mapping[str, Any]
Answer = Callable[[Parts, Caller, Values], Reply]


def processed_crash(parts: Parts, caller: Caller, values: Values) -> Reply:
    """Answer with the processed crash; one that is not processed yet says where it is."""
    crash_id: CrashId = values["crash_id"]
    try:
        document = parts.store.get_processed(crash_id)
    except CrashNotFound:
        return _not_processed(parts, crash_id)
    return _shown("processed_crash", document, caller)


def raw_crash(parts: Parts, caller: Caller, values: Values) -> Reply:
    """Answer with the annotations, or with one minidump."""
    crash_id: CrashId = values["crash_id"]
    if values["format"] == "raw":
        return _dump(parts, caller, crash_id, values["name"] or MAIN_DUMP)
    if values["name"]:
        raise bad_request({"name": "only with format=raw"})
    try:
        document: Mapping[str, Any] = parts.store.get_raw(crash_id).document()
    except CrashNotFound:
        return _unknown()
    return _shown("raw_crash", document, caller)


def _shown(kind: Kind, document: Mapping[str, Any], caller: Caller) -> Reply:
    """Answer with what the caller may see of a document."""
    if VIEW_PII in caller.permissions:
        return found(document, PROTECTED_DATA)
    return found(redact(kind, document), CRASH_DATA)


def _dump(parts: Parts, caller: Caller, crash_id: CrashId, name: str) -> Reply:
    if VIEW_RAWDUMP not in caller.permissions:
        raise needs(VIEW_RAWDUMP)
    try:
        dump = parts.store.get_dump(crash_id, name)
    except CrashNotFound:
        return _unknown()
    attachment = ("Content-Disposition", f'attachment; filename="{crash_id}.dmp"')
    return Reply("200 OK", dump, OCTETS, (PROTECTED_DATA, attachment))


def _not_processed(parts: Parts, crash_id: CrashId) -> Reply:
    try:
        where = whereabouts(parts.database, parts.store, crash_id)
    except CrashNotFound:
        return _unknown()
    return error(
        "404 Not Found",
        "Not processed yet" if where.state != "failed" else "Processing failed",
        retry_after=RETRY_SECONDS[where.state],
        state=where.state,
        ahead=where.ahead,
        attempts=where.attempts,
    )


def _unknown() -> Reply:
    return error("404 Not Found", "Not found")
