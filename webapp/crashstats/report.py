"""One crash: its report or, until there is one, its place in the queue."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse

from socorro import crash_id as ids
from socorro import log
from socorro.accounts.permissions import REPROCESS_CRASHES, VIEW_PII, VIEW_RAWDUMP
from socorro.crash import MAIN_DUMP, OURS
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashNotFound, StoreUnavailable
from socorro.fields import redact
from socorro.queries import one_report
from webapp.accounts import access
from webapp.context import Context, context_of
from webapp.crashstats import (
    addons,
    bug_facts,
    bug_tracker,
    errors,
    explained,
    facts,
    from_row,
    further_dumps,
    impact,
    in_database,
    java,
    modules,
    pending,
    plaintext,
    protected,
    searchable,
    stack,
    threads,
)
from webapp.crashstats.reading import Document, items, mapping, text, texts
from webapp.crashstats.sources import Links

HEALTHY = ("OK", "NoMinidump", "")
HINTS = {
    "DamagedMinidump": "Parts of the dump are damaged: the processor notes say which.",
    "EmptyMinidump": "The dump is empty: the client's disk was full, or the client was killed.",
    "HeaderMismatch": "The dump does not start like a minidump: the client sent something else.",
    "MissingHeader": "The dump is shorter than its header: it was cut off.",
    "MissingThreadList": "The dump has no thread list: it was cut off or overwritten.",
    "MissingDirectory": "The dump has no stream directory: it was cut off or overwritten.",
    "StreamNotFound": "The dump lacks a stream that the stack walk needs.",
    "StreamReadFailure": "The dump refers to data beyond its end: it was cut off or overwritten.",
    "Timeout": "The stack walk ran into its time limit.",
    "OutOfMemory": "The stack walk ran into its memory limit.",
    "OutputTooLarge": "The output of the stack walker was over its size limit.",
    "WalkerCrashed": "The stack walker crashed on this dump.",
}
NO_STACK = "The dump yielded no stack. The annotations below are complete."
GENERATED = "fakedata"  # throttle rule of sample data


class Annotation(NamedTuple):
    """One public annotation, as the client sent it; *link* is the search for others with it."""

    name: str
    value: str
    link: str


class Crash(NamedTuple):
    """A crash as far as everybody may see it, and all of it.

    A generated one has only a row, and so has one whose crash store *is_away*.
    """

    crash_id: CrashId
    public: Document
    processed: Document
    raw: Mapping[str, Any]
    is_generated: bool = False
    is_away: bool = False

    @property
    def is_row(self) -> bool:
        """Whether all that is known of it is its row."""
        return self.is_generated or self.is_away


def report(request: HttpRequest, crash_id_text: str) -> HttpResponse:
    """Show one crash; other spellings of its id are redirected to the canonical address."""
    try:
        crash_id = ids.parse(crash_id_text)
    except ids.BadCrashId:
        return errors.not_a_crash_id(request)
    address = reverse("report", args=[crash_id])
    if request.path != address:
        return HttpResponsePermanentRedirect(address)
    context = context_of(request)
    try:
        crash = _stored(context, crash_id) or _generated(context, crash_id)
    except StoreUnavailable:
        crash = _of_row(context, crash_id)
        if crash is None:
            raise
    if crash and crash.is_away:
        return _without_store(request, context, crash)
    if crash is None:
        return pending.pending(request, context, crash_id)
    return _page(request, context, crash)


def _stored(context: Context, crash_id: CrashId) -> Crash | None:
    try:
        processed = context.store.get_processed(crash_id)
    except CrashNotFound:
        return None
    public, raw = redact("processed_crash", processed), _raw(context, crash_id)
    return Crash(crash_id, public, processed, raw)


def _of_row(context: Context, crash_id: CrashId) -> Crash | None:
    """Return what Postgres has of a report, for while the crash store is away."""
    with context.database.transaction() as db:
        row = one_report.row(db, crash_id)
    if row is None:
        return None
    public, is_generated = from_row.document(row), row.get("throttle_rule") == GENERATED
    return Crash(crash_id, public, public, {}, is_generated, is_away=not is_generated)


def _without_store(request: HttpRequest, context: Context, crash: Crash) -> HttpResponse:
    """Show it as a 503, which no cache keeps."""
    log.get().warning("crash store unavailable", request_id=request.request_id)
    response = _page(request, context, crash)
    response.status_code = 503
    response["Retry-After"] = str(errors.RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response


def _generated(context: Context, crash_id: CrashId) -> Crash | None:
    """Return a crash of the sample data; only while its raw crash is not stored is it one."""
    crash = _of_row(context, crash_id)
    return crash if crash and crash.is_generated else None


def _page(request: HttpRequest, context: Context, crash: Crash) -> HttpResponse:
    address = request.build_absolute_uri(request.path)
    links = _links(context, crash.public)
    page = {
        **_facts(crash),
        **_stacks(crash.public, links),
        **_actions(request, context, crash),
        **_database(context, crash),
        "crash_id": crash.crash_id,
        "address": address,
        "protected": None,
    }
    crashing = page["crashing"]
    page["as_text"] = plaintext.plaintext(address, crash.public, crashing)
    page["new_bug"] = bug_tracker.new_bug(
        context.config, crash.crash_id, address, crash.public, crashing
    )
    if not crash.is_row and access.has_permission(request, VIEW_PII):
        page["protected"] = protected.section(crash.processed, crash.raw)
    response = render(request, "crashstats/report.html", page)
    if page["protected"]:
        response["Cache-Control"] = "private, no-store"
    return response


def _links(context: Context, public: Document) -> Links:
    config = context.config
    return Links(
        config.source_hosts, config.source_links, config.source_roots, text(public, "product")
    )


def _facts(crash: Crash) -> dict[str, Any]:
    public = crash.public
    status = text(public, "mdsw_status_string")
    return {
        "public": public,
        "is_generated": crash.is_generated,
        "is_away": crash.is_away,
        "signature": text(public, "signature"),
        "signature_link": impact.signature_link(text(public, "signature"), text(public, "product")),
        "sentence": facts.sentence(public),
        "facts": facts.key_facts(public),
        "hardware": bug_facts.hardware(public),
        "addons": addons.addons(public),
        "steps": explained.steps(public),
        "changes": explained.changes(public),
        "explained": explained.summary(public),
        "annotations": _annotations(crash),
        "app_notes": text(public, "app_notes"),
        "processor_notes": texts(public, "processor_notes"),
        "processing": facts.processing(public),
        "status": status,
        "is_broken": status not in HEALTHY,
        "hint": HINTS.get(status, NO_STACK),
    }


def _stacks(public: Document, links: Links) -> dict[str, Any]:
    dump, trace = mapping(public, "json_dump"), items(public, "signature_trace")
    crashing = stack.signature_thread(dump, public, links)
    if crashing:
        crashing = crashing._replace(calls=stack.traced(crashing.calls, trace))
    return {
        "crashing": crashing,
        "java": java.java(public),
        "others": threads.others(dump, links, crashing.number if crashing else None),
        "further_dumps": further_dumps.further_dumps(public, links),
        "modules": modules.modules(dump),
    }


def _database(context: Context, crash: Crash) -> dict[str, Any]:
    """Return what Postgres knows; without it, the page says that it is away."""
    looked_up = in_database.look_up(context.database, crash.crash_id, crash.public)
    public, signature = crash.public, text(crash.public, "signature")
    line = None
    if looked_up and looked_up.impact:
        line = impact.line(
            context.config, looked_up.impact, signature,
            text(public, "product"), text(public, "version"),
        )  # fmt: skip
    return {"database": looked_up, "impact": line}


def _actions(request: HttpRequest, context: Context, crash: Crash) -> dict[str, Any]:
    """Return what this visitor may do; whoever may not does not see it."""
    if crash.is_row:
        return {"dumps": None, "main_dump": "", "may_reprocess": False}
    dumps = None
    if access.has_permission(request, VIEW_RAWDUMP):
        dumps = _dumps(context, crash.crash_id)
    return {
        "dumps": dumps,
        "main_dump": MAIN_DUMP if dumps and MAIN_DUMP in dumps else "",
        "may_reprocess": access.has_permission(request, REPROCESS_CRASHES),
    }


def _raw(context: Context, crash_id: CrashId) -> Mapping[str, Any]:
    """Return the raw crash; an empty one when it has been deleted."""
    try:
        return context.store.get_raw(crash_id).document()
    except CrashNotFound:
        return {}


def _annotations(crash: Crash) -> list[Annotation]:
    public = redact("raw_crash", crash.raw)
    return [
        Annotation(name, str(public[name]), searchable.of_annotation(name, crash.public))
        for name in sorted(public)
        if name not in OURS
    ]


def _dumps(context: Context, crash_id: CrashId) -> list[str]:
    try:
        return context.store.dump_names(crash_id)
    except CrashNotFound:
        return []
