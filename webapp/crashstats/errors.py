"""Pages for what went wrong: each says what to do next, and the request's id."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

AWAY_SECONDS = 10


class NeedsPermission(PermissionDenied):
    """The text is the permission that the visitor lacks."""


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """There is no such page."""
    del exception  # its text may repeat the address, which nobody has to see twice
    return _page(
        request, 404, "Page not found", "There is nothing at this address.",
        "Search for a crash id or a signature above, or begin at the list of crashes.",
    )  # fmt: skip


def unknown_crash(request: HttpRequest, crash_id: str) -> HttpResponse:
    """The store has no such crash."""
    return _page(
        request, 404, "Crash not found", f"There is no crash bp-{crash_id} in the crash store.",
        "A crash reaches the store some seconds after it was posted: if that was just now, load "
        "this page again. Else it was never accepted here, or it is older than what is kept.",
    )  # fmt: skip


def no_crash_id(request: HttpRequest) -> HttpResponse:
    """What stands in the address is no crash id."""
    return _page(
        request, 404, "Not a crash id", "What stands in the address is not a crash id.",
        "A crash id has 36 characters, with or without bp- in front, and ends in the day of the "
        "crash, like bp-0bba929f-8721-460c-8e70-a43c00261123. Was it cut off when it was copied?",
    )  # fmt: skip


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The visitor lacks a permission; the exception, one of ours, names it."""
    needed = str(exception) if isinstance(exception, NeedsPermission) else ""
    what = f"This needs the permission {needed}." if needed else "You may not see this."
    return _page(
        request, 403, "Not for you", what,
        "Your profile says what you may see. Whoever runs this site gives permissions.",
    )  # fmt: skip


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without the secret that we gave with it, or from another site."""
    del reason
    return _page(
        request, 403, "This form is too old", "It was not sent from a page that is still good.",
        "Go back, load that page again, and send it once more. Cookies must be allowed.",
    )  # fmt: skip


def too_many(request: HttpRequest, wait: float) -> HttpResponse:
    """Too many tries to sign in."""
    response = _page(
        request, 429, "Too many tries", "Somebody tried to sign in too often.",
        f"Wait {int(wait) + 1} seconds, then try again. Whoever runs this site can give you "
        "another password.",
    )  # fmt: skip
    response["Retry-After"] = str(int(wait) + 1)
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The request makes no sense."""
    del exception
    return _page(
        request, 400, "Bad request", "This address has a part that cannot be read.",
        "Begin at the list of crashes.",
    )  # fmt: skip


def failed(request: HttpRequest) -> HttpResponse:
    """Something that nobody foresaw."""
    return _page(
        request, 500, "This page failed", "Something went wrong here that nobody foresaw.",
        "The request id below finds it in the log of the webapp.",
        asks_who=False,
    )  # fmt: skip


def away(request: HttpRequest) -> HttpResponse:
    """The database or the crash store does not answer."""
    response = _page(
        request, 503, "Not available just now", "The database or the crash store does not answer.",
        "No crash is lost by it: they wait on the collector's disk. Load this page again in some "
        "seconds.",
        asks_who=False,
    )  # fmt: skip
    response["Retry-After"] = str(AWAY_SECONDS)
    return response


def _page(
    request: HttpRequest, status: int, title: str, what: str, advice: str, asks_who: bool = True
) -> HttpResponse:
    """Make the page; it asks the database who is signed in unless that may be the trouble."""
    told = {"status": status, "title": title, "what": what, "advice": advice}
    told["request_id"] = getattr(request, "request_id", "")
    visitor = {} if asks_who else {"visitor": None}
    response = render(request, "crashstats/error.html", {**told, **visitor}, status=status)
    response["Cache-Control"] = "no-store"
    return response
