"""What the visitor is and may do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socorro.accounts import users
from socorro.accounts.permissions import DESCRIPTIONS
from webapp.accounts import who
from webapp.context import parts_of


@who.signed_in
def profile(request: HttpRequest) -> HttpResponse:
    """Show the visitor's groups and permissions, held and not."""
    held = who.held(request)
    with parts_of(request).database.transaction() as db:
        user = users.find(db, request.user.get_username())
    told = {
        "user": user,
        "held": held,
        "permissions": [(name, text, name in held) for name, text in DESCRIPTIONS.items()],
    }
    response = render(request, "accounts/profile.html", told)
    response["Cache-Control"] = "private, no-store"
    return response
