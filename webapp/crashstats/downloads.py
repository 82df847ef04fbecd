"""Downloads of minidumps, raw and processed crashes, for visitors with the permission."""

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
from webapp.accounts import access
from webapp.context import context_of


@require_safe
@access.permission_required(VIEW_RAWDUMP)
def dump(request: HttpRequest, crash_id_text: str, name: str) -> HttpResponse:
    """Send one minidump."""
    crash_id = _crash_id(crash_id_text)
    store = context_of(request).store
    content = _or_404(lambda: store.get_dump(crash_id, name))
    return _sent(content, "application/octet-stream", f"{crash_id}.{name}.dmp")


@require_safe
@access.permission_required(VIEW_RAWDUMP)
def raw_crash(request: HttpRequest, crash_id_text: str) -> HttpResponse:
    """Send the raw crash; protected annotations only to visitors who may see them."""
    crash_id = _crash_id(crash_id_text)
    store = context_of(request).store
    document: Mapping[str, Any] = _or_404(lambda: store.get_raw(crash_id).document())
    if not access.has_permission(request, VIEW_PII):
        document = redact("raw_crash", document)
    return _json(document, f"{crash_id}.json")


@require_safe
@access.permission_required(VIEW_PII)
def processed(request: HttpRequest, crash_id_text: str) -> HttpResponse:
    """Send the whole processed crash."""
    crash_id = _crash_id(crash_id_text)
    store = context_of(request).store
    return _json(_or_404(lambda: store.get_processed(crash_id)), f"{crash_id}.processed.json")


def _crash_id(text: str) -> CrashId:
    try:
        return ids.parse(text)
    except ids.BadCrashId:
        raise Http404 from None


def _or_404(get: Callable[[], Any]) -> Any:
    try:
        return get()
    except CrashNotFound:
        raise Http404 from None


def _json(document: Mapping[str, Any], name: str) -> HttpResponse:
    return _sent(json.dumps(document, indent=1).encode("ascii"), "application/json", name)


def _sent(content: bytes, content_type: str, name: str) -> HttpResponse:
    # The client chose the dump's name: it must not break out of the header's quotes.
    safe = "".join(letter for letter in name if letter.isalnum() or letter in "._-")
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{safe}"'
    response["Cache-Control"] = "private, no-store"
    return response
