"""The visitor's own tokens: listed, made, revoked."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from socorro import log
from socorro.accounts import tokens
from socorro.accounts.permissions import DESCRIPTIONS
from webapp.accounts import who
from webapp.context import parts_of


@require_http_methods(["GET", "HEAD", "POST"])
@who.signed_in
def tokens_page(request: HttpRequest) -> HttpResponse:
    """List tokens; a POST makes one, which is shown this once, or revokes one."""
    if request.method != "POST":
        return _page(request)
    if "revoke" in request.POST:
        return _revoke(request)
    return _make(request)


def _make(request: HttpRequest) -> HttpResponse:
    told = request.POST
    days = told.get("days", "")
    wanted = [name for name in told.getlist("permission") if name in who.held(request)]
    try:
        with parts_of(request).database.transaction() as db:
            made = tokens.create(
                db,
                request.user.get_username(),
                wanted,
                datetime.now(UTC),
                int(days) if days.isascii() and days.isdigit() and len(days) < 6 else 0,
                told.get("note", ""),
            )
    except tokens.Refused as why:
        return _page(request, error=str(why), status=400)
    log.get().info("token made", request_id=request.request_id, user_id=request.user.pk)
    return _page(request, made=made)


def _revoke(request: HttpRequest) -> HttpResponse:
    number = request.POST["revoke"]
    if number.isascii() and number.isdigit() and len(number) < 10:
        with parts_of(request).database.transaction() as db:
            tokens.revoke(db, request.user.get_username(), int(number))
    return HttpResponseRedirect(reverse("tokens"))


def _page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    now = datetime.now(UTC)
    with parts_of(request).database.transaction() as db:
        found = tokens.of_user(db, request.user.get_username())
    told = {
        "tokens": [(token, token.expires_at <= now) for token in found],
        "choices": [(name, DESCRIPTIONS[name]) for name in who.held(request)],
        "days": tokens.DAYS,
        "most_days": tokens.MOST_DAYS,
        "longest_note": tokens.LONGEST_NOTE,
        "rest": parts_of(request).config.middleware_url.rstrip("/"),
        **more,
    }
    response = render(request, "accounts/tokens.html", told, status=status)
    response["Cache-Control"] = "private, no-store"
    return response
