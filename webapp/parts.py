"""What pages are made from, handed to views with each request: no globals, no singletons."""

from typing import Any, NamedTuple

from django.http import HttpRequest

from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.service import WsgiApp
from webapp.config import WebappConfig

KEY = "socorro.parts"


class Parts(NamedTuple):
    """The things behind the pages."""

    database: Database
    store: CrashStore
    config: WebappConfig


def with_parts(app: WsgiApp, parts: Parts) -> WsgiApp:
    """Hand *parts* to every request of *app*."""

    def wrapped(environ: dict[str, Any], start_response: Any) -> Any:
        environ[KEY] = parts
        return app(environ, start_response)

    return wrapped


def parts_of(request: HttpRequest) -> Parts:
    """Return what with_parts handed over."""
    found: Parts = request.environ[KEY]
    return found
