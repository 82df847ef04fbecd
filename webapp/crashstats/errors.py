"""Error pages: each says what is wrong, what to do next, and the request's id."""

from django.conf import settings
from django.core.exceptions import PermissionDenied, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

RETRY_SECONDS = 10


class PermissionMissing(PermissionDenied):
    """The text is the permission that the visitor lacks."""


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """There is no such page."""
    del exception  # its text may repeat the address
    return _page(
        request, 404, "Page not found", "There is no page at this address.",
        "Search for a crash id or a signature above, or start from the overview.",
    )  # fmt: skip


def unknown_crash(request: HttpRequest, crash_id: str) -> HttpResponse:
    """The store has no such crash."""
    return _page(
        request, 404, "Crash not found", f"There is no crash bp-{crash_id} in the crash store.",
        "A crash arrives here a few seconds after it is submitted: if that was just now, reload "
        "this page. Otherwise it was never accepted here, or it has been deleted because of its "
        "age.",
    )  # fmt: skip


def damaged_crash(request: HttpRequest, crash_id: str) -> HttpResponse:
    """The store has the crash, but cannot read it."""
    return _page(
        request, 410, "Crash damaged",
        f"The crash store has crash bp-{crash_id}, but cannot read it.",
        "Its file was cut off or overwritten, so it cannot be processed. Only a copy of the crash "
        "store can bring it back; other crashes are not affected.",
    )  # fmt: skip


def not_a_crash_id(request: HttpRequest) -> HttpResponse:
    """The address has something else in place of a crash id."""
    return _page(
        request, 404, "Not a crash id", "That is not a crash id.",
        "A crash id has 36 characters, with or without bp- in front, and ends in the date of the "
        "crash, for example bp-0bba929f-8721-460c-8e70-a43c00261123. Check that it was copied "
        "completely.",
    )  # fmt: skip


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The visitor lacks a permission; the exception, if it is ours, names it."""
    permission = str(exception) if isinstance(exception, PermissionMissing) else ""
    return _page(
        request, 403, "Permission denied",
        f"This page needs the permission {permission}." if permission
        else "You are not allowed to see this page.",
        "Your profile lists your permissions. An administrator can grant more.",
    )  # fmt: skip


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without the secret that we gave with it, or from another site."""
    del reason
    return _page(
        request, 403, "This form has expired", "It was not sent from a current page of this site.",
        "Go back, reload that page and send the form again. Cookies must be enabled.",
    )  # fmt: skip


def too_many_sign_ins(request: HttpRequest, wait: float) -> HttpResponse:
    """Too many sign-in attempts."""
    seconds = int(wait) + 1
    response = _page(
        request, 429, "Too many sign-in attempts",
        "There were too many sign-in attempts from your address or for this user.",
        f"Wait {seconds} second{'s' * (seconds != 1)}, then try again. An administrator can set a "
        "new password.",
    )  # fmt: skip
    response["Retry-After"] = str(seconds)
    return response


def sign_in_refused(request: HttpRequest, problem: str) -> HttpResponse:
    """The identity provider, or what it said, does not let this visitor in."""
    return _page(
        request, 403, "Sign-in failed", f"You are not signed in: {problem}.",
        "Try again; if that does not help, an administrator finds the attempt in the log under "
        "the request id below.",
    )  # fmt: skip


def provider_unavailable(request: HttpRequest) -> HttpResponse:
    """The identity provider does not answer."""
    response = _page(
        request, 503, "Sign-in is unavailable", "The identity provider does not respond.",
        "Try again in a minute. Users with a password can sign in with it; public data needs no "
        "sign-in.",
    )  # fmt: skip
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The request has a parameter that is not valid, or too many of them."""
    if isinstance(exception, TooManyFieldsSent):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        return _page(
            request, 400, "Bad request", f"This address has more than {most} parameters.",
            "Leave some out; a version needs to be named only once.",
        )  # fmt: skip
    return _page(
        request, 400, "Bad request", "This address has a parameter that is not valid.",
        "Start from the overview.",
    )  # fmt: skip


def failed(request: HttpRequest) -> HttpResponse:
    """An unexpected exception."""
    return _page(
        request, 500, "Internal error", "Something unexpected went wrong on this page.",
        "Reload it. If that does not help, send an administrator the request id below: the log of "
        "the webapp has the details under it.",
        shows_visitor=False,
    )  # fmt: skip


def unavailable(request: HttpRequest) -> HttpResponse:
    """The database or the crash store does not respond."""
    response = _page(
        request, 503, "Temporarily unavailable",
        "The database or the crash store does not respond.",
        "No crash is lost: new ones wait on the collector's disk. Reload this page in a few "
        "seconds.",
        shows_visitor=False,
    )  # fmt: skip
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _page(
    request: HttpRequest,
    status: int,
    title: str,
    problem: str,
    advice: str,
    shows_visitor: bool = True,
) -> HttpResponse:
    """Make the page. It looks the visitor up in the database unless that may be what failed."""
    context = {"status": status, "title": title, "problem": problem, "advice": advice}
    context["request_id"] = getattr(request, "request_id", "")
    visitor = {} if shows_visitor else {"visitor": None}
    response = render(request, "crashstats/error.html", {**context, **visitor}, status=status)
    response["Cache-Control"] = "no-store"
    return response
