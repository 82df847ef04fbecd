"""The visitor's own groups and permissions."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socorro.accounts import users
from socorro.accounts.permissions import DESCRIPTIONS
from webapp.accounts import access
from webapp.context import context_of


@access.sign_in_required
def profile(request: HttpRequest) -> HttpResponse:
    """Show the visitor's groups, and which permissions they hold."""
    held = access.held_permissions(request)
    with context_of(request).database.transaction() as db:
        user = users.find(db, request.user.get_username())
    context = {
        "user": user,
        "held": held,
        "permissions": [(name, text, name in held) for name, text in DESCRIPTIONS.items()],
    }
    response = render(request, "accounts/profile.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
