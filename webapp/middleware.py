"""What every request passes through: request id, security headers, metrics, error pages."""

import time
from collections.abc import Callable

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse

from socorro import log, metrics
from socorro.crashstore.interface import StoreUnavailable
from socorro.postgres import Unavailable
from socorro.serving.request import new_request_id, path_to
from socorro.visible import visible
from webapp.crashstats import errors

UNAVAILABLE = (
    StoreUnavailable,
    *Unavailable,
    OperationalError,
    InterfaceError,
)  # Django has its own
DJANGOS_OWN = (Http404, PermissionDenied, SuspiciousOperation)
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

View = Callable[[HttpRequest], HttpResponse]


def every_answer(get_response: View) -> View:
    """Give each request an id and each answer its headers; count and time it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        request.request_id = new_request_id()
        response = get_response(request)
        response["X-Request-Id"] = request.request_id
        response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers.setdefault("Cache-Control", "private, max-age=0")
        match = request.resolver_match
        route = match.view_name if match else "unknown"
        metrics.requests.labels("webapp", route, response.status_code).inc()
        metrics.request_seconds.labels("webapp", route).observe(time.monotonic() - started)
        return response

    return middleware


def visible_text(get_response: View) -> View:
    """Make control characters on pages visible: those of a crash, wherever a page shows them.

    Pages themselves have none, so this holds for every text, attribute and field of every page.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not response.streaming and response["Content-Type"].startswith("text/html"):
            text = response.content.decode(errors="replace")
            shown = visible(text, lines=True)
            if shown != text:
                response.content = shown.encode()
        return response

    return middleware


class Errors:
    """Turn an exception of a view into a page; log where it came from, not its text."""

    def __init__(self, get_response: View) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer 503 when the database or the store is unavailable, 500 for anything else."""
        if isinstance(error, DJANGOS_OWN):
            return None
        name = type(error).__name__
        if isinstance(error, UNAVAILABLE):
            log.get().warning("unavailable", request_id=request.request_id, error=name)
            return errors.unavailable(request)
        at = path_to(error)
        log.get().error("page failed", request_id=request.request_id, error=name, at=at)
        return errors.failed(request)
