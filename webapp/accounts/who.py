"""Who looks at a page, and what they may see. Visitors without a session cost no query."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from socorro.accounts.permissions import PERMISSIONS
from webapp.crashstats.errors import NeedsPermission

APP = "crashstats"

View = Callable[..., HttpResponse]


class Visitor(NamedTuple):
    """What the top bar says; *name* is empty for somebody who is not signed in."""

    name: str


def may(request: HttpRequest, permission: str) -> bool:
    """Say whether the visitor holds a permission now."""
    return bool(request.user.has_perm(f"{APP}.{permission}"))


def held(request: HttpRequest) -> list[str]:
    """Return what the visitor holds, in the order of the declaration."""
    return [permission for permission in PERMISSIONS if may(request, permission)]


def signed_in(view: View) -> View:
    """Send visitors who are not signed in to the page where they can be, and back."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **told: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **told)
        answer: HttpResponse = redirect_to_login(request.get_full_path())
        return answer

    return wrapped


def needs(permission: str) -> Callable[[View], View]:
    """Refuse a page to whoever lacks the *permission*; who is not signed in may do so first."""

    def decorate(view: View) -> View:
        @signed_in
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **told: Any) -> HttpResponse:
            if not may(request, permission):
                raise NeedsPermission(permission)
            return view(request, *args, **told)

        return wrapped

    return decorate


def visitor(request: HttpRequest) -> dict[str, Any]:
    """Tell every page who is signed in, when it asks; nobody, while the database is away."""
    return {"visitor": SimpleLazyObject(lambda: _visitor(request))}


def _visitor(request: HttpRequest) -> Visitor:
    if not hasattr(request, "user"):  # refused before anybody asked who it is
        return Visitor("")
    try:
        return Visitor(request.user.get_username())
    except (OperationalError, InterfaceError):
        return Visitor("")
