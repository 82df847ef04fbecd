"""The extracts of each day: a list, and the files, to those who may have them."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from socorro.accounts.permissions import VIEW_PRIVATE_EXTRACTS
from socorro.config import load
from socorro.extracts import folder
from socorro.extracts.config import ExtractsConfig
from socorro.extracts.folder import Audience
from webapp.accounts import who

MOST = 200  # days and products on the page
PUBLIC_SECONDS = 3600
KINDS = {".gz": "application/gzip", ".tsv": "text/tab-separated-values", ".sha256": "text/plain"}


@require_safe
def extracts(request: HttpRequest) -> HttpResponse:
    """List what this visitor may have, newest first."""
    told = load(ExtractsConfig)
    lists = [
        {
            "audience": audience,
            "weeks": told.public_weeks if audience == "public" else told.private_weeks,
            "extracts": [
                (each, folder.checksum(each.path).name, folder.described(each.path).name)
                for each in folder.extracts(told.folder, audience)[:MOST]
            ],
        }
        for audience in audiences(request)
    ]
    return render(request, "crashstats/extracts.html", {"lists": lists})


@require_safe
def extract(request: HttpRequest, audience: Audience, name: str) -> HttpResponse:
    """Send one file; a private one to whoever may have it."""
    return _public(request, name) if audience == "public" else _private(request, name)


def audiences(request: HttpRequest) -> tuple[Audience, ...]:
    """Return whose extracts this visitor may have."""
    return ("public", "private") if who.may(request, VIEW_PRIVATE_EXTRACTS) else ("public",)


def _public(request: HttpRequest, name: str) -> HttpResponse:
    return _sent(request, "public", name, f"public, max-age={PUBLIC_SECONDS}")


@who.needs(VIEW_PRIVATE_EXTRACTS)
def _private(request: HttpRequest, name: str) -> HttpResponse:
    return _sent(request, "private", name, "private, no-store")


def _sent(request: HttpRequest, audience: Audience, name: str, cached: str) -> HttpResponse:
    path = folder.find(load(ExtractsConfig).folder, audience, name)
    if path is None:
        raise Http404
    # The file is compressed as it is: else a second gzip would be put around it.
    request.META.pop("HTTP_ACCEPT_ENCODING", None)
    response: HttpResponse = FileResponse(path.open("rb"), content_type=KINDS[path.suffix])
    response["Content-Disposition"] = f'attachment; filename="{path.name}"'
    response["Cache-Control"] = cached
    return response
