"""The visitor of a page and their permissions. Visitors without a session cost no query."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from socorro.accounts.permissions import PERMISSIONS
from socorro.signature.stack import LONGEST as LONGEST_SIGNATURE
from webapp.crashstats.errors import PermissionMissing

APP = "crashstats"

View = Callable[..., HttpResponse]


class Visitor(NamedTuple):
    """The visitor as the top bar shows them; *name* is empty for one who is not signed in."""

    name: str


def has_permission(request: HttpRequest, permission: str) -> bool:
    """Return whether the visitor holds a permission now."""
    return bool(request.user.has_perm(f"{APP}.{permission}"))


def held_permissions(request: HttpRequest) -> list[str]:
    """Return the visitor's permissions, in the order of their declaration."""
    return [permission for permission in PERMISSIONS if has_permission(request, permission)]


def sign_in_required(view: View) -> View:
    """Send visitors who are not signed in to the sign-in page, and back afterwards."""

    @wraps(view)
    def wrapped(request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponse:
        # Its import needs Django to be set up; declarations of pages are read without.
        from django.contrib.auth.views import redirect_to_login

        if request.user.is_authenticated:
            return view(request, *arguments, **options)
        response: HttpResponse = redirect_to_login(request.get_full_path())
        return response

    return wrapped


def permission_required(permission: str) -> Callable[[View], View]:
    """Refuse a page to visitors without the *permission*, after they had a chance to sign in."""

    def decorate(view: View) -> View:
        @sign_in_required
        @wraps(view)
        def wrapped(request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponse:
            if not has_permission(request, permission):
                raise PermissionMissing(permission)
            return view(request, *arguments, **options)

        return wrapped

    return decorate


def top_bar(request: HttpRequest) -> dict[str, Any]:
    """Give templates what the top bar needs; *visitor* is looked up when a template uses it."""
    return {
        "visitor": SimpleLazyObject(lambda: _visitor(request)),
        "longest_query": LONGEST_SIGNATURE,
    }


def _visitor(request: HttpRequest) -> Visitor:
    if not hasattr(request, "user"):  # refused before Django looked up the session
        return Visitor("")
    try:
        return Visitor(request.user.get_username())
    except (OperationalError, InterfaceError):  # the page shows that by itself
        return Visitor("")
