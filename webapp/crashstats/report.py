"""One crash: its report, or, until there is one, where it waits."""

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
from webapp.accounts import who
from webapp.context import Parts, parts_of
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
from webapp.crashstats.reading import Document, items, mapping, number, text, texts

WELL = ("OK", "NoMinidump", "")
HINTS = {
    "EmptyMinidump": "The dump arrived with no bytes: the client had no room or was killed.",
    "HeaderMismatch": "The dump does not begin like a minidump: something else was sent as one.",
    "MissingHeader": "The dump is shorter than its header: it was cut off.",
    "MissingThreadList": "The dump has no list of threads: it was cut off or overwritten.",
    "MissingDirectory": "The dump has no table of contents: it was cut off or overwritten.",
    "StreamNotFound": "A part of the dump that a stack needs is not there.",
    "StreamReadFailure": "A part of the dump points outside of it: it was cut off or overwritten.",
    "Timeout": "Walking the dump took longer than is allowed.",
    "OutOfMemory": "Walking the dump took more memory than is allowed.",
    "OutputTooLarge": "The walk of the dump said more than is allowed.",
    "WalkerCrashed": "The stack walker itself crashed on this dump.",
}
NO_STACK = "No stack could be made from the dump. The annotations below are complete."


class Annotation(NamedTuple):
    """One public annotation, as the client sent it."""

    name: str
    value: str


def report(request: HttpRequest, given: str) -> HttpResponse:
    """Show the crash that *given* names; other spellings of its id are redirected here."""
    try:
        crash_id = ids.parse(given)
    except ids.BadCrashId:
        return errors.no_crash_id(request)
    address = reverse("report", args=[crash_id])
    if request.path != address:
        return HttpResponsePermanentRedirect(address)
    parts = parts_of(request)
    try:
        processed = parts.store.get_processed(crash_id)
    except CrashNotFound:
        return pending.pending(request, parts, crash_id)
    public, raw = redact("processed_crash", processed), _raw(parts, crash_id)
    told = _page(public, _annotations(raw), parts)
    told["protected"] = protected.section(processed, raw) if who.may(request, VIEW_PII) else None
    if who.may(request, VIEW_RAWDUMP):
        told["dumps"] = _dumps(parts, crash_id)
    told["as_text"] = plaintext.plaintext(
        request.build_absolute_uri(address), public, told["crashing"]
    )
    response = render(request, "crashstats/report.html", {"crash_id": crash_id, **told})
    if told["protected"]:
        response["Cache-Control"] = "private, no-store"
    return response


def _page(public: Document, annotations: list[Annotation], parts: Parts) -> dict[str, Any]:
    dump, hosts = mapping(public, "json_dump"), parts.config.source_hosts
    signature, trace = text(public, "signature"), items(public, "signature_trace")
    crashing = stack.crashing_thread(dump, number(public, "crashing_thread"), hosts)
    if crashing:
        crashing = crashing._replace(lines=stack.traced(crashing.lines, trace))
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
        "lacking": any(module.symbols in modules.LACKING for module in loaded),
        "annotations": annotations,
        "app_notes": text(public, "app_notes"),
        "processor_notes": texts(public, "processor_notes"),
        "processing": facts.processing(public),
        "status": status,
        "broken": status not in WELL,
        "hint": HINTS.get(status, NO_STACK),
        "rest": parts.config.middleware_url.rstrip("/"),
    }


def _raw(parts: Parts, crash_id: CrashId) -> Mapping[str, Any]:
    """Return the raw crash; an empty one when it is not kept any more."""
    try:
        return parts.store.get_raw(crash_id).document()
    except CrashNotFound:
        return {}


def _annotations(raw: Mapping[str, Any]) -> list[Annotation]:
    public = redact("raw_crash", raw)
    return [Annotation(name, str(public[name])) for name in sorted(public) if name not in OURS]


def _dumps(parts: Parts, crash_id: CrashId) -> list[str]:
    try:
        return parts.store.dump_names(crash_id)
    except CrashNotFound:
        return []
