"""One crash: its report or, until there is one, its place in the queue."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse

from socorro import crash_id as ids
from socorro.accounts.permissions import VIEW_PII, VIEW_RAWDUMP
from socorro.crash import OURS
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashNotFound
from socorro.fields import redact
from socorro.queries import same_crash
from webapp.accounts import access
from webapp.context import Context, context_of
from webapp.crashstats import (
    errors,
    explained,
    facts,
    modules,
    pending,
    plaintext,
    protected,
    stack,
)
from webapp.crashstats.reading import Document, items, mapping, text, texts

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


class Annotation(NamedTuple):
    """One public annotation, as the client sent it."""

    name: str
    value: str


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
        processed = context.store.get_processed(crash_id)
    except CrashNotFound:
        return pending.pending(request, context, crash_id)
    public, raw = redact("processed_crash", processed), _raw(context, crash_id)
    page = _page(public, _annotations(raw), context)
    page["posts"] = same_crash.others(context.database, crash_id)
    page["protected"] = (
        protected.section(processed, raw) if access.has_permission(request, VIEW_PII) else None
    )
    if access.has_permission(request, VIEW_RAWDUMP):
        page["dumps"] = _dumps(context, crash_id)
    page["as_text"] = plaintext.plaintext(
        request.build_absolute_uri(address), public, page["crashing"]
    )
    response = render(request, "crashstats/report.html", {"crash_id": crash_id, **page})
    if page["protected"]:
        response["Cache-Control"] = "private, no-store"
    return response


def _page(public: Document, annotations: list[Annotation], context: Context) -> dict[str, Any]:
    dump, hosts = mapping(public, "json_dump"), context.config.source_hosts
    signature, trace = text(public, "signature"), items(public, "signature_trace")
    crashing = stack.signature_thread(dump, public, hosts)
    if crashing:
        crashing = crashing._replace(calls=stack.traced(crashing.calls, trace))
    others = [
        thread
        for thread in stack.threads(dump, hosts)
        if crashing is None or thread.number != crashing.number
    ]
    loaded, status = modules.modules(dump), text(public, "mdsw_status_string")
    return {
        "signature": signature,
        "public": public,
        "sentence": facts.sentence(public),
        "facts": facts.key_facts(public),
        "crashing": crashing,
        "others": others,
        "steps": explained.steps(public),
        "changes": explained.changes(public),
        "explained": explained.summary(public),
        "modules": loaded,
        "modules_summary": modules.summary(loaded),
        "symbols_missing": any(module.symbols in modules.WITHOUT_SYMBOLS for module in loaded),
        "annotations": annotations,
        "app_notes": text(public, "app_notes"),
        "processor_notes": texts(public, "processor_notes"),
        "processing": facts.processing(public),
        "status": status,
        "is_broken": status not in HEALTHY,
        "hint": HINTS.get(status, NO_STACK),
    }


def _raw(context: Context, crash_id: CrashId) -> Mapping[str, Any]:
    """Return the raw crash; an empty one when it has been deleted."""
    try:
        return context.store.get_raw(crash_id).document()
    except CrashNotFound:
        return {}


def _annotations(raw: Mapping[str, Any]) -> list[Annotation]:
    public = redact("raw_crash", raw)
    return [Annotation(name, str(public[name])) for name in sorted(public) if name not in OURS]


def _dumps(context: Context, crash_id: CrashId) -> list[str]:
    try:
        return context.store.dump_names(crash_id)
    except CrashNotFound:
        return []
