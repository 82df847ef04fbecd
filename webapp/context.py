"""What pages are made from, handed to views with each request: no globals, no singletons."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import HttpRequest

from socorro.crashstore.interface import CrashStore
from socorro.health.judge import Health
from socorro.postgres import Database
from socorro.search.interface import Engine
from socorro.serving.health import WsgiApp
from socorro.serving.proxies import Proxies
from webapp.accounts.limits import SignInLimit
from webapp.config import WebappConfig
from webapp.frame.answers import Answers

KEY = "socorro.context"
SIGN_INS = "socorro.sign_ins"


class Context(NamedTuple):
    """What pages are made from."""

    database: Database
    store: CrashStore
    config: WebappConfig
    proxies: Proxies = Proxies("webapp")
    health: Callable[[], Health] | None = None  # None: pages do not show it
    search: Engine | None = None
    answers: Answers | None = None  # None: none is kept


def with_context(app: WsgiApp, context: Context) -> WsgiApp:
    """Hand *context* to every request of *app*."""
    config = context.config
    sign_ins = SignInLimit(
        config.sign_ins_per_address, config.sign_ins_per_name, config.sign_ins_per_name_from_all
    )

    def wrapped(environ: dict[str, Any], start_response: Any) -> Any:
        environ[KEY], environ[SIGN_INS] = context, sign_ins
        if config.https:
            environ["wsgi.url_scheme"] = "https"  # the proxy may speak plain http with us
        return app(environ, start_response)

    return wrapped


def context_of(request: HttpRequest) -> Context:
    """Return the context that with_context handed over."""
    context: Context = request.environ[KEY]
    return context


def client_address(request: HttpRequest) -> str:
    """Return the address of the visitor."""
    return context_of(request).proxies.client(request.environ)


def sign_ins_of(request: HttpRequest) -> SignInLimit:
    """Return the limit of sign-in attempts."""
    limit: SignInLimit = request.environ[SIGN_INS]
    return limit
