"""What the visitor is and may do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socorro.accounts import users
from socorro.accounts.permissions import PERMISSIONS
from webapp.accounts import who
from webapp.context import parts_of

MEANINGS = {
    "view_pii": "See protected fields: address visited, e-mail, comments",
    "view_rawdump": "Download minidumps and raw crashes",
    "reprocess_crashes": "Have crashes processed again",
    "run_long_queries": "Run queries that take long",
    "upload_symbols": "Upload symbols",
    "view_private_extracts": "See extracts with protected fields",
}


@who.signed_in
def profile(request: HttpRequest) -> HttpResponse:
    """Show the visitor's groups and permissions, held and not."""
    held = who.held(request)
    with parts_of(request).database.transaction() as db:
        user = users.find(db, request.user.get_username())
    told = {
        "user": user,
        "held": held,
        "permissions": [(name, MEANINGS[name], name in held) for name in PERMISSIONS],
    }
    response = render(request, "accounts/profile.html", told)
    response["Cache-Control"] = "private, no-store"
    return response
