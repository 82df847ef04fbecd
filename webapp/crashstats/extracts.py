"""The daily extracts: a list, and the files, for visitors who may download them."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from socorro.accounts.permissions import VIEW_PRIVATE_EXTRACTS
from socorro.config import load
from socorro.extracts import folder
from socorro.extracts.config import ExtractsConfig
from socorro.extracts.folder import Audience, Extract
from webapp.accounts import access

MOST = 200  # days and products on the page
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
    lists = [
        {
            "audience": audience,
            "weeks": config.public_weeks if audience == "public" else config.private_weeks,
            "extracts": [
                _files(extract) for extract in folder.extracts(config.folder, audience)[:MOST]
            ],
        }
        for audience in audiences(request)
    ]
    return render(request, "crashstats/extracts.html", {"lists": lists})


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
