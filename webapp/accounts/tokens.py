"""The visitor's own tokens: listed, created, revoked."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from socorro import log
from socorro.accounts import tokens
from socorro.accounts.permissions import DESCRIPTIONS
from webapp.accounts import access
from webapp.context import context_of


@require_http_methods(["GET", "HEAD", "POST"])
@access.sign_in_required
def tokens_page(request: HttpRequest) -> HttpResponse:
    """List tokens; a POST creates one, which is shown this once, or revokes one."""
    if request.method != "POST":
        return _page(request)
    if "revoke" in request.POST:
        return _revoke(request)
    return _create(request)


def _create(request: HttpRequest) -> HttpResponse:
    form = request.POST
    days = form.get("days", "")
    try:
        with context_of(request).database.transaction() as db:
            token = tokens.create(
                db,
                request.user.get_username(),
                form.getlist("permission"),
                datetime.now(UTC),
                int(days) if days.isascii() and days.isdigit() and len(days) < 6 else 0,
                form.get("note", ""),
            )
    except tokens.Refused as error:
        return _page(request, error=str(error), status=400)
    log.get().info("token created", request_id=request.request_id, user_id=request.user.pk)
    return _page(request, new_token=token)


def _revoke(request: HttpRequest) -> HttpResponse:
    number = request.POST["revoke"]
    if number.isascii() and number.isdigit() and len(number) < 10:
        with context_of(request).database.transaction() as db:
            tokens.revoke(db, request.user.get_username(), int(number))
    return HttpResponseRedirect(reverse("tokens"))


def _page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    now = datetime.now(UTC)
    with context_of(request).database.transaction() as db:
        own = tokens.of_user(db, request.user.get_username())
    context = {
        "tokens": [(token, token.expires_at <= now) for token in own],
        "choices": [(name, DESCRIPTIONS[name]) for name in access.held_permissions(request)],
        "days": tokens.DAYS,
        "most_days": tokens.MOST_DAYS,
        "longest_note": tokens.LONGEST_NOTE,
        **more,
    }
    response = render(request, "accounts/tokens.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response
