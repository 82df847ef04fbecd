"""The collector as a WSGI application, by web.py: the route /submit, and the health paths."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import web

from socorro.serving.health import Check, WsgiApp
from socorro.serving.proxies import Proxies
from socorro.serving.public import public

# web.py's default, True, shows source and environment to whoever causes an error.
web.config.debug = False

RETRY_SECONDS = 60
HINT = "POST crashes here, as multipart/form-data\n"

_HEADERS = {"Content-Type": "text/plain; charset=utf-8"}


class Answer(NamedTuple):
    """What the client gets, and how it is counted."""

    status: str
    text: str
    outcome: str


def application(
    post: Callable[[dict[str, Any]], Answer],
    checks: Mapping[str, Check],
    proxies: Proxies,
    https: bool,
    facts: Mapping[str, object] | None = None,
    measure: Callable[[], None] | None = None,
) -> WsgiApp:
    """Return an application that answers POST /submit by *post*, its heartbeat by *checks*.

    *facts* are what the heartbeat says beside that, *measure* sets gauges for /metrics. *proxies*
    says who may read health and metrics. *https*: clients use nothing else.
    """

    class Submit:
        """/submit, for web.py."""

        def POST(self) -> bytes:  # noqa: N802 - web.py's name
            """Take a crash."""
            answer = post(web.ctx.environ)
            if answer.outcome in ("unavailable", "failed"):
                web.header("Retry-After", str(RETRY_SECONDS))
            return _response(answer.status, answer.text)

        def GET(self) -> bytes:  # noqa: N802 - web.py's name
            """Say what this address is for."""
            web.header("Allow", "POST")
            return _response("405 Method Not Allowed", HINT)

    app = web.application(("/submit", Submit), {})
    app.notfound = lambda: web.HTTPError("404 Not Found", _HEADERS, "Not found\n")
    return public(
        app.wsgifunc(), checks, proxies=proxies, https=https, facts=facts, measure=measure
    )


def _response(status: str, text: str) -> bytes:
    body = text.encode()
    web.ctx.status = status
    for name, value in _HEADERS.items():
        web.header(name, value)
    web.header("Content-Length", str(len(body)))  # else the server closes the connection
    return body
