"""/api/ for browsers: the resources of REST, a form to try each of them, and the curl line.

Forms go to this page, which leaves out what is empty: it leads on to the resource, or shows the
line for a terminal. So it is complete without a script, and no token passes through a browser.
"""

import shlex
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from socorro.accounts import tokens
from webapp.context import client_address, context_of
from webapp.crashstats import errors
from webapp.openapi import Described, Resource, describe

LONGEST_QUERY = 8000  # characters of an address that servers take

Sent = dict[str, list[str]]


@require_safe
def api(request: HttpRequest) -> HttpResponse:
    """List the resources, or show one with its form; with do=send, lead on to its answer."""
    config = context_of(request).config
    described = describe(config.middleware_url, client_address(request))
    name = request.GET.get("resource", "")
    resource = described.find(name) if described else None
    if described and described.resources and name and resource is None:
        return errors.not_found(request)
    sent: Sent = {key: request.GET.getlist(key) for key in request.GET}
    has_sent = "do" in sent
    missing = resource.missing(sent) if resource and has_sent else []
    query = resource.query(sent) if resource else ""
    is_long = len(query) > LONGEST_QUERY
    is_ready = resource is not None and resource.method == "GET" and not missing and not is_long
    if resource and is_ready and sent.get("do") == ["send"]:
        return HttpResponseRedirect(f"{resource.path}{'?' if query else ''}{query}")
    context = {
        "described": described,
        "resource": resource,
        "fields": _fields(resource, sent) if resource else [],
        "missing": missing,
        "is_long": is_long,
        "base": request.build_absolute_uri(reverse("api")),
        "line": _line(request, resource, query) if resource else "",
        **_token_state(request, described),
    }
    response = render(request, "crashstats/api.html", context)
    patch_vary_headers(response, ["Accept"])
    return response


def _fields(resource: Resource, sent: Sent) -> list[tuple[Any, str]]:
    """Return each input and what is in it."""
    return [(one, "\n".join(sent.get(one.name, ()))) for one in resource.inputs]


def _line(request: HttpRequest, resource: Resource, query: str) -> str:
    """Return the command that sends the request; the token comes from the environment."""
    address = request.build_absolute_uri(resource.path)
    words = ["curl"]
    if resource.method not in ("GET", "POST"):
        words += ["-X", resource.method]
    if resource.token == "needed":  # noqa: S105 - no password
        words += ["-H", '"Auth-Token: $TOKEN"']
    if not resource.has_form:
        words += ["--data-binary", "@FILE"]
    elif resource.method != "GET":
        words += ["-d", shlex.quote(query)]
    is_in_address = query and (resource.method == "GET" or not resource.has_form)
    return " ".join([*words, shlex.quote(f"{address}?{query}" if is_in_address else address)])


def _token_state(request: HttpRequest, described: Described | None) -> dict[str, Any]:
    """Return how many requests the visitor may send, and which tokens they have."""
    state: dict[str, Any] = {
        "limit": described.limit if described else "",
        "remaining": described.remaining if described else "",
    }
    if not request.user.is_authenticated:
        return state
    now = datetime.now(UTC)
    with context_of(request).database.transaction() as db:
        own = tokens.of_user(db, request.user.get_username())
    valid = [token for token in own if token.expires_at > now]
    held = sorted({name for token in valid for name in token.held})
    return {**state, "tokens": len(valid), "held": held}
