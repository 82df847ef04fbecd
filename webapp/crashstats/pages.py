"""Small files that robots and browsers request."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static


def robots(request: HttpRequest) -> HttpResponse:
    """Keep robots out: each page of a crash that they open would have it processed."""
    del request
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")


def favicon(request: HttpRequest) -> HttpResponse:
    """Redirect the old name to the drawing."""
    del request
    return HttpResponseRedirect(static("favicon.svg"))
