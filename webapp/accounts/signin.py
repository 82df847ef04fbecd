"""Signing in and out."""

import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from socorro import log, metrics
from socorro.accounts import passwords, sessions, users
from webapp.context import client_address, context_of, sign_ins_of
from webapp.crashstats import errors
from webapp.settings import BACKENDS

LONGEST_NEXT = 2000  # characters


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the form, or check name and password and redirect to where the visitor came from."""
    target = target_of(request)
    if request.method != "POST":
        if request.user.is_authenticated:
            return HttpResponseRedirect(target)
        return _form(request, target)
    name, password = request.POST.get("name", ""), request.POST.get("password", "")
    address = client_address(request)
    wait = sign_ins_of(request).take(address, name, time.monotonic())
    if wait:
        metrics.sign_ins.labels("limited").inc()
        return errors.too_many_sign_ins(request, wait)
    user = _user(request, name, password)
    if user is None:
        metrics.sign_ins.labels("refused").inc()
        log.get().warning("sign-in refused", request_id=request.request_id)
        return _form(request, target, name)
    auth.login(request, user)  # replaces the session key, which somebody else may have chosen
    metrics.sign_ins.labels("ok").inc()
    log.get().info("signed in", request_id=request.request_id, user_id=user.pk)
    with context_of(request).database.transaction() as db:
        sessions.forget_ended(db, datetime.now(UTC))
    return HttpResponseRedirect(target)


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, here and in the database.

    The identity provider's own session is not ours to end: a page says that it goes on.
    """
    config = context_of(request).config
    is_by_provider = request.session.get(auth.BACKEND_SESSION_KEY) == BACKENDS[1]
    auth.logout(request)
    if not is_by_provider:
        return HttpResponseRedirect(reverse("home"))
    back = {
        "client_id": config.oidc_client_id,
        "post_logout_redirect_uri": request.build_absolute_uri(reverse("home")),
    }
    logout = f"{config.oidc_logout_url}?{urlencode(back)}" if config.oidc_logout_url else ""
    context = {"label": config.oidc_label, "logout": logout}
    return render(request, "accounts/signedout.html", context)


def _user(request: HttpRequest, name: str, password: str) -> Any:
    """Return the user; None when name or password is wrong, or the user is inactive."""
    if len(password) > passwords.LONGEST or "\0" in password:
        return None
    try:
        normal = users.normalize(name)
    except users.Refused:
        return None
    return auth.authenticate(request, username=normal, password=password)


def _form(request: HttpRequest, target: str, name: str | None = None) -> HttpResponse:
    """Show the form; *name* is that of a failed attempt."""
    config = context_of(request).config
    context = {
        "next": target,
        "name": (name or "")[: users.LONGEST_NAME],
        "longest_name": users.LONGEST_NAME,
        "longest_password": passwords.LONGEST,
        "has_failed": name is not None,
        "signing_in": True,
        "provider": config.oidc_label if config.oidc_issuer else "",
    }
    status = 200 if name is None else 403
    return render(request, "accounts/signin.html", context, status=status)


def target_of(request: HttpRequest) -> str:
    """Return where to go after signing in: always a page of this site."""
    path: str = (request.POST if request.method == "POST" else request.GET).get("next", "")
    if (
        path.startswith("/")
        and len(path) <= LONGEST_NEXT
        and path.isprintable()
        and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    ):
        return path
    return str(reverse("home"))
