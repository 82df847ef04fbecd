"""What pages are made from, handed to views with each request: no globals, no singletons."""

from typing import Any, NamedTuple

from django.http import HttpRequest

from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from webapp.accounts.limits import SignInLimit
from webapp.config import WebappConfig

KEY = "socorro.parts"
SIGN_INS = "socorro.sign_ins"


class Parts(NamedTuple):
    """The things behind the pages."""

    database: Database
    store: CrashStore
    config: WebappConfig


def with_parts(app: WsgiApp, parts: Parts) -> WsgiApp:
    """Hand *parts* to every request of *app*."""
    config = parts.config
    sign_ins = SignInLimit(
        config.sign_ins_per_address, config.sign_ins_per_name, config.sign_ins_per_name_from_all
    )

    def wrapped(environ: dict[str, Any], start_response: Any) -> Any:
        environ[KEY], environ[SIGN_INS] = parts, sign_ins
        if config.https:
            environ["wsgi.url_scheme"] = "https"  # whatever the proxy speaks with us
        return app(environ, start_response)

    return wrapped


def parts_of(request: HttpRequest) -> Parts:
    """Return what with_parts handed over."""
    found: Parts = request.environ[KEY]
    return found


def sign_ins_of(request: HttpRequest) -> SignInLimit:
    """Return what counts tries to sign in."""
    found: SignInLimit = request.environ[SIGN_INS]
    return found
