"""What mozilla-django-oidc leaves to a site: who a token is for, and who becomes which user.

It draws state, nonce and PKCE verifier, keeps them in the visitor's session, exchanges the code and
checks signature and nonce. Checked here, as OpenID Connect Core 3.1.3.7 and 5.3.2 want it: issuer,
audience, expiry, and that the userinfo is about the same subject. A provider that answers anything
else is refused with a page, never with an exception.
"""

from datetime import UTC, datetime
from typing import Any

import jwt
import requests
from django.contrib import auth
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.views import (
    OIDCAuthenticationCallbackView,
    OIDCAuthenticationRequestView,
)

from socorro import log
from socorro.accounts import identities, sessions
from socorro.accounts.identities import Mapped
from socorro.accounts.users import Refused
from socorro.serving.request import path_to
from webapp.config import WebappConfig
from webapp.context import context_of

BEGUN_SECONDS = 600  # to sign in at the provider, after which its answer is refused
LEEWAY_SECONDS = 60  # between the clocks of provider and site
REQUIRED = ("iss", "sub", "aud", "exp", "iat")
STATES, NEXT = "oidc_states", "oidc_login_next"  # in a session

# What a provider that answers something else than it should makes the library raise.
_NOT_IN_ORDER = (
    *(jwt.PyJWTError, requests.RequestException, SuspiciousOperation),
    *(KeyError, TypeError, ValueError, AttributeError),
)
_SILENT = (requests.ConnectionError, requests.Timeout)


class ProviderUnavailable(Exception):
    """The identity provider does not answer; the text is the name of the error."""


class IdentityBackend(OIDCAuthenticationBackend):
    """Signs in whom the provider vouches for; the session ends like that of any other user."""

    # By nonce only: a name and a password lead here, too, and must not be read as an answer of the
    # provider (Django picks a backend by the names of its parameters).
    def authenticate(self, request: HttpRequest, *, nonce: str, code_verifier: str) -> Any:
        """Exchange the code for tokens; return their user, or None. Raises what is not in order."""
        return super().authenticate(request, nonce=nonce, code_verifier=code_verifier)

    def get_payload_data(self, token: str, key: Any) -> dict[str, Any]:
        """Return the claims of a token that this provider made for this site, and not long ago."""
        payload: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[self.OIDC_RP_SIGN_ALGO],
            audience=self.OIDC_RP_CLIENT_ID,
            issuer=context_of(self.request).config.oidc_issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": [*REQUIRED]},
        )
        is_shared = isinstance(payload["aud"], list) and len(payload["aud"]) > 1
        if payload.get("azp", None if is_shared else self.OIDC_RP_CLIENT_ID) != (
            self.OIDC_RP_CLIENT_ID
        ):
            raise SuspiciousOperation("the token is for another client")
        return payload

    def get_or_create_user(self, access_token: str, id_token: str, payload: dict[str, Any]) -> Any:
        """Return the user of these claims, added if need be, with groups as the claims have them.

        Raises Refused.
        """
        claims = self._claims(access_token, id_token, payload)
        context = context_of(self.request)
        mapped = mapping(context.config)
        identity = identities.read_claims(claims, mapped)
        with context.database.transaction() as db:
            user_id = identities.sign_in(db, identity, mapped)
            sessions.forget_ended(db, datetime.now(UTC))
        if user_id is None:
            raise Refused("you are in none of the groups that may use this site")
        user = self.get_user(user_id)
        if user is None:
            raise Refused("your user is inactive")
        return user

    def get_user(self, user_id: int) -> Any:
        """Return an active user, as for a session by password."""
        return ModelBackend.get_user(self, user_id)

    def _claims(self, access_token: str, id_token: str, payload: dict[str, Any]) -> dict[str, Any]:
        if not self.OIDC_OP_USER_ENDPOINT:
            return payload
        more = self.get_userinfo(access_token, id_token, payload)
        if more["sub"] != payload["sub"]:
            raise SuspiciousOperation("the userinfo is about somebody else")
        return {**more, **payload}


class Callback(OIDCAuthenticationCallbackView):
    """Takes back what the provider sends the visitor with."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Check the state before anything else: it is this browser that began."""
        states = request.session.get(STATES, {})
        state = request.GET.get("state", "")
        if state not in states:
            raise Refused("this sign-in was not begun in this browser, or too long ago")
        if "code" not in request.GET:
            del states[state]
            request.session.modified = True
            raise Refused("the identity provider did not let you in")
        return super().get(request)

    def login_success(self) -> HttpResponse:
        """Give the session another key, which somebody else may have chosen, and its full time."""
        session = self.request.session
        target = session.get(NEXT) or reverse("home")
        auth.login(self.request, self.user)
        session = self.request.session
        for name in (STATES, NEXT):
            session.pop(name, None)
        session.set_expiry(None)
        return HttpResponseRedirect(target)

    def login_failure(self) -> HttpResponse:
        """Raise Refused."""
        raise Refused("what the identity provider sent is not in order")


def begin(request: HttpRequest, target: str) -> HttpResponse:
    """Send the visitor to the provider, to come back to *target* in the end."""
    response = OIDCAuthenticationRequestView.as_view()(request)
    request.session[NEXT] = target
    request.session.set_expiry(BEGUN_SECONDS)
    return response


def finish(request: HttpRequest) -> HttpResponse:
    """Sign the visitor in. Raises Refused, with a text for them, or ProviderUnavailable."""
    try:
        return Callback.as_view()(request)
    except Refused:
        raise
    except _SILENT as error:
        raise ProviderUnavailable(type(error).__name__) from None
    except _NOT_IN_ORDER as error:
        # Not its text: that may have tokens and names in it.
        name, at = type(error).__name__, path_to(error)
        log.get().warning("not in order", request_id=request.request_id, error=name, at=at)
        raise Refused("what the identity provider sent is not in order") from None


def mapping(config: WebappConfig) -> Mapped:
    """Return how the settings make users of claims."""
    return Mapped(
        config.oidc_name_claim,
        config.oidc_groups_claim,
        config.oidc_groups,
        config.oidc_requires_group,
    )
