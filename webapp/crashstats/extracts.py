"""The daily extracts: a list, and the files, for visitors who may download them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from socorro.accounts.permissions import VIEW_PRIVATE_EXTRACTS
from socorro.config import load
from socorro.extracts import folder
from socorro.extracts.config import ExtractsConfig
from socorro.extracts.folder import Audience, Extract
from socorro.extracts.row_counts import row_counts
from socorro.postgres import Unavailable
from socorro.queries import freshness
from socorro.questions.words import today
from webapp.accounts import access
from webapp.context import context_of

MOST = 200  # days and products on the page
MOST_MISSING = 14  # days without a file that are named
PUBLIC_SECONDS = 3600
KINDS = {
    ".gz": "application/gzip",
    ".parquet": "application/vnd.apache.parquet",
    ".tsv": "text/tab-separated-values",
    ".sha256": "text/plain",
}


@require_safe
def extracts(request: HttpRequest) -> HttpResponse:
    """List what this visitor may download, newest first."""
    config = load(ExtractsConfig)
    lists = [_list(config, audience) for audience in audiences(request)]
    missing = [day for one in lists for day, _ in one["missing"]]
    page = {"lists": lists, "uncounted": _uncounted(request, missing), "api": "/api/Extracts/"}
    return render(request, "crashstats/extracts.html", page)


def _list(config: ExtractsConfig, audience: Audience) -> dict[str, Any]:
    extracts = folder.extracts(config.folder, audience)[:MOST]
    rows = row_counts(extracts)
    return {
        "audience": audience,
        "weeks": config.public_weeks if audience == "public" else config.private_weeks,
        "extracts": [
            {**_files(extract), "rows": count}
            for extract, count in zip(extracts, rows, strict=True)
        ],
        "missing": folder.missing(extracts, config.products, today(), MOST_MISSING),
    }


def _uncounted(request: HttpRequest, days: Sequence[date]) -> set[date]:
    """Return which of the days are not counted yet; all of them when nobody can say."""
    if not days:
        return set()
    try:
        with context_of(request).database.transaction() as db:
            return {day for day in set(days) if not freshness.is_counted(db, day)}
    except Unavailable:
        return set(days)


@require_safe
def extract(request: HttpRequest, audience: Audience, name: str) -> HttpResponse:
    """Send one file; a private one only to visitors with the permission."""
    return _public(request, name) if audience == "public" else _private(request, name)


def audiences(request: HttpRequest) -> tuple[Audience, ...]:
    """Return the kinds of extracts that this visitor may download."""
    return (
        ("public", "private")
        if access.has_permission(request, VIEW_PRIVATE_EXTRACTS)
        else ("public",)
    )


def _files(extract: Extract) -> dict[str, object]:
    """Return the extract and the names of the files that come with it."""
    parquet = folder.parquet(extract.path)
    return {
        "extract": extract,
        "checksum": folder.checksum(extract.path).name,
        "columns": folder.described(extract.path).name,
        "parquet": parquet.name if folder.checksum(parquet).exists() else "",  # older ones lack it
    }


def _public(request: HttpRequest, name: str) -> HttpResponse:
    return _sent(request, "public", name, f"public, max-age={PUBLIC_SECONDS}")


@access.permission_required(VIEW_PRIVATE_EXTRACTS)
def _private(request: HttpRequest, name: str) -> HttpResponse:
    return _sent(request, "private", name, "private, no-store")


def _sent(request: HttpRequest, audience: Audience, name: str, cached: str) -> HttpResponse:
    path = folder.find(load(ExtractsConfig).folder, audience, name)
    if path is None:
        raise Http404
    # The file is gzip already: without this it would be compressed a second time.
    request.META.pop("HTTP_ACCEPT_ENCODING", None)
    response: HttpResponse = FileResponse(path.open("rb"), content_type=KINDS[path.suffix])
    response["Content-Disposition"] = f'attachment; filename="{path.name}"'
    response["Cache-Control"] = cached
    return response
