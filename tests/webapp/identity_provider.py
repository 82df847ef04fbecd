"""An identity provider (OIDC) of the tests: Authlib's server, over real HTTP.

Code flow with PKCE, a client that authenticates by Basic, exact redirect addresses, tokens signed
with RS256, keys over JWKS. What it says about a user can be bent, as a false provider would.
"""

import hmac
import json
import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import flask
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin, OpenIDCode
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.serving.running import running

CLIENT, SECRET = "crash-stats", "a secret between two machines"
ANN = {"sub": "4711", "email": "Ann@Example.com", "email_verified": True, "groups": ["crash-team"]}
FORM = """<!doctype html><html lang="en"><title>Provider</title>
<link rel="icon" href="data:,"><main><h1>Provider</h1>
<form method="post"><button>Sign in as Ann</button></form></main></html>"""

# The tests' provider has no certificate; the setting is Authlib's own, for tests.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"


@cache
def keys() -> tuple[RSAKey, RSAKey]:
    """The provider's key, and one with the same name that it never had; made once."""
    first, second = (RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256"}) for _ in range(2))
    return first, second


def signed(claims: dict[str, Any], key: RSAKey) -> str:
    """A token as a provider makes it."""
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)


def signed_by_hand(claims: dict[str, Any], algorithm: str) -> str:
    """A token with another algorithm: "none", or HS256 with the public key as the secret."""
    secret = keys()[0].as_pem(private=False)
    head, body = (
        urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": algorithm, "kid": "one"}, claims)
    )
    mac = hmac.digest(secret, head + b"." + body, "sha256") if algorithm == "HS256" else b""
    return b".".join((head, body, urlsafe_b64encode(mac).rstrip(b"="))).decode()


class Client(ClientMixin):
    """The one client."""

    def __init__(self, redirect: str) -> None:
        self.redirect = redirect

    def get_client_id(self) -> str:
        return CLIENT

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.redirect

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint != "token" or method == "client_secret_basic"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"


@dataclass
class Code(AuthorizationCodeMixin):
    """One code."""

    code: str
    redirect: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self) -> str:
        return self.redirect

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> None:
        return None


@dataclass
class Provider:
    """The provider as tests see it: who signs in there, and how it lies."""

    url: str = ""
    redirect: str = "http://127.0.0.1/oidc/callback/"
    claims: dict[str, Any] = field(default_factory=lambda: dict(ANN))
    bend: Callable[[dict[str, Any]], object] = lambda _claims: None  # those of the ID token
    seal: Callable[[dict[str, Any]], str] = lambda claims: signed(claims, keys()[0])
    userinfo: dict[str, Any] = field(default_factory=dict)  # instead of the claims
    requests: list[str] = field(default_factory=list)  # paths
    codes: dict[str, Code] = field(default_factory=dict)


def grants(provider: Provider) -> tuple[type[AuthorizationCodeGrant], OpenIDCode]:
    """Authlib's classes, with this provider as their memory."""

    class Grant(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, request: Any) -> None:
            sent = request.payload.data
            names = ("redirect_uri", "scope", "nonce", "code_challenge", "code_challenge_method")
            provider.codes[code] = Code(code, *(sent.get(name, "") for name in names))

        def query_authorization_code(self, code: str, _client: Client) -> Code | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            del provider.codes[authorization_code.code]

        def authenticate_user(self, _code: Code) -> dict[str, Any]:
            return provider.claims

    class Tokens(OpenIDCode):
        def exists_nonce(self, nonce: str, _request: Any) -> bool:
            return any(code.nonce == nonce for code in provider.codes.values())

        def encode_id_token(self, _token: dict[str, Any], request: Any) -> str:
            now = int(time.time())
            claims = {"iss": provider.url, "aud": CLIENT, "iat": now, "exp": now + 300}
            claims |= {"nonce": request.authorization_code.nonce, **request.user}
            provider.bend(claims)
            return provider.seal(claims)

    return Grant, Tokens(require_nonce=True)


def application(provider: Provider) -> flask.Flask:
    """The provider over WSGI."""
    app = flask.Flask(__name__)
    tokens: dict[str, dict[str, Any]] = {}
    server = AuthorizationServer(
        app,
        query_client=lambda name: Client(provider.redirect) if name == CLIENT else None,
        save_token=lambda token, request: tokens.update({token["access_token"]: request.user}),
    )
    grant, code = grants(provider)
    server.register_grant(grant, [code, CodeChallenge(required=True)])

    @app.before_request
    def note() -> None:
        provider.requests.append(flask.request.path)

    @app.route("/authorize", methods=["GET", "POST"])
    def authorize() -> Any:
        asked_for = server.get_consent_grant(end_user=provider.claims)
        if flask.request.method == "GET":
            return FORM
        return server.create_authorization_response(grant_user=provider.claims, grant=asked_for)

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    @app.get("/keys")
    def public_keys() -> Any:
        return KeySet([keys()[0]]).as_dict(private=False)

    @app.get("/userinfo")
    def userinfo() -> Any:
        claims = tokens[flask.request.headers["Authorization"].removeprefix("Bearer ")]
        return provider.userinfo or claims

    return app


@contextmanager
def serving() -> Iterator[Provider]:
    """Serve a provider for the length of a with block."""
    provider = Provider()
    with running(application(provider).wsgi_app) as server:
        provider.url = f"http://127.0.0.1:{server.address[1]}"
        yield provider
