"""Small answers that robots and browsers ask for."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static


def robots(request: HttpRequest) -> HttpResponse:
    """Keep robots out: they would have every crash processed."""
    del request
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")


def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers that ask for the old name get the drawing."""
    del request
    return HttpResponseRedirect(static("favicon.svg"))
