"""Signing in through an identity provider (OIDC): off unless the setting oidc_issuer names one.

The code flow with PKCE, state and nonce by mozilla-django-oidc. It is imported at the first
sign-in: it brings an HTTP client and cryptography, which sites without a provider need not hold in
memory.
"""

import time

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from socorro import log, metrics
from socorro.accounts.users import Refused
from webapp.accounts.signin import target_of
from webapp.context import client_address, context_of, sign_ins_of
from webapp.crashstats import errors


@never_cache
@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    """Send the visitor to the identity provider, which sends them back to callback()."""
    _require_provider(request)
    target = target_of(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(target)
    wait = sign_ins_of(request).take_address(client_address(request), time.monotonic())
    if wait:
        metrics.sign_ins.labels("limited").inc()
        return errors.too_many_sign_ins(request, wait)
    from webapp.accounts import oidc_backend

    return oidc_backend.begin(request, target)


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Sign in whom the identity provider sent back, when all that it says is in order."""
    _require_provider(request)
    from webapp.accounts import oidc_backend

    try:
        response = oidc_backend.finish(request)
    except Refused as error:
        metrics.sign_ins.labels("refused").inc()
        log.get().warning("sign-in refused", request_id=request.request_id, by="oidc")
        return errors.sign_in_refused(request, str(error))
    except oidc_backend.ProviderUnavailable as error:
        metrics.sign_ins.labels("refused").inc()
        log.get().warning(
            "identity provider is unavailable", request_id=request.request_id, error=str(error)
        )
        return errors.provider_unavailable(request)
    metrics.sign_ins.labels("ok").inc()
    log.get().info("signed in", request_id=request.request_id, user_id=request.user.pk, by="oidc")
    return response


def _require_provider(request: HttpRequest) -> None:
    if not context_of(request).config.oidc_issuer:
        raise Http404
