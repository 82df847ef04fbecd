"""Minidumps, raw and processed crashes whole, for visitors who hold the permission."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from socorro import crash_id as ids
from socorro.accounts.permissions import VIEW_PII, VIEW_RAWDUMP
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashNotFound
from socorro.fields import redact
from webapp.accounts import who
from webapp.context import parts_of


@require_safe
@who.needs(VIEW_RAWDUMP)
def dump(request: HttpRequest, given: str, name: str) -> HttpResponse:
    """Send one minidump."""
    crash_id = _crash_id(given)
    store = parts_of(request).store
    found = _found(lambda: store.get_dump(crash_id, name))
    return _sent(found, "application/octet-stream", f"{crash_id}.{name}.dmp")


@require_safe
@who.needs(VIEW_RAWDUMP)
def raw_crash(request: HttpRequest, given: str) -> HttpResponse:
    """Send the raw crash, without protected annotations for whoever may not see those."""
    crash_id = _crash_id(given)
    store = parts_of(request).store
    document: Mapping[str, Any] = _found(lambda: store.get_raw(crash_id).document())
    if not who.may(request, VIEW_PII):
        document = redact("raw_crash", document)
    return _json(document, f"{crash_id}.json")


@require_safe
@who.needs(VIEW_PII)
def processed(request: HttpRequest, given: str) -> HttpResponse:
    """Send the whole processed crash."""
    crash_id = _crash_id(given)
    store = parts_of(request).store
    return _json(_found(lambda: store.get_processed(crash_id)), f"{crash_id}.processed.json")


def _crash_id(given: str) -> CrashId:
    try:
        return ids.parse(given)
    except ids.BadCrashId:
        raise Http404 from None


def _found(get: Callable[[], Any]) -> Any:
    try:
        return get()
    except CrashNotFound:
        raise Http404 from None


def _json(document: Mapping[str, Any], name: str) -> HttpResponse:
    return _sent(json.dumps(document, indent=1).encode("ascii"), "application/json", name)


def _sent(content: bytes, kind: str, name: str) -> HttpResponse:
    # A dump's name is a client's, so it is not trusted with the header's quotes.
    safe = "".join(letter for letter in name if letter.isalnum() or letter in "._-")
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{safe}"'
    response["Cache-Control"] = "private, no-store"
    return response
