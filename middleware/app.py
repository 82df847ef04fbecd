"""The REST interface: web.py finds the route, one processor stands around all of them.

The processor is where every promise about all answers is kept: JSON errors without a stack
trace, a request id, rate limit, security headers, CORS, gzip, metrics.
"""

import gzip
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import web

from middleware import index, openapi
from middleware.config import MiddlewareConfig
from middleware.crashes import Answer, Caller, Parts
from middleware.parameters import Parameter, read_query
from middleware.ratelimit import RateLimit
from middleware.reply import DESCRIPTION, Refused, Reply, error, forbidden, found
from middleware.routes import ROUTES, Route
from socorro import log, metrics, visit
from socorro.config import SharedConfig, load
from socorro.crashstore.interface import StoreUnavailable
from socorro.crashstore.open import open_store
from socorro.postgres import Database, Unavailable
from socorro.service import WsgiApp, serve, with_health

AWAY = (StoreUnavailable, *Unavailable)
AWAY_SECONDS = 10
SMALL = 1_000  # bytes; gzip gains nothing below
REQUEST_ID = "socorro.request_id"  # in the environ
ALLOW = "GET, HEAD, OPTIONS"
EVERYWHERE = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Retry-After, X-Request-Id"),
    ("Vary", "Accept, Accept-Encoding, Auth-Token"),
)
PREFLIGHT = (
    ("Allow", ALLOW),
    ("Access-Control-Allow-Methods", ALLOW),
    ("Access-Control-Allow-Headers", "Auth-Token, Content-Type"),
    ("Access-Control-Max-Age", "86400"),
)

Environ = Mapping[str, Any]
Who = Callable[[Environ], Caller]
Handler = Callable[[Environ], Reply]


def anonymous(environ: Environ) -> Caller:
    """Tell who asks: nobody is known here. A token is refused, so that nobody relies on it."""
    if environ.get("HTTP_AUTH_TOKEN"):
        raise forbidden("No such Auth-Token")
    return Caller()


def application(
    parts: Parts,
    limit: RateLimit,
    who: Who = anonymous,
    behind_proxy: bool = False,
    routes: Sequence[Route] = ROUTES,
) -> WsgiApp:
    """Build the WSGI application that answers *routes* from *parts*."""
    web.config.debug = False  # else web.py answers errors with source code and all locals
    described = openapi.document(routes)
    handlers: dict[str, Handler] = {
        "/api": lambda environ: index.page(routes, environ),
        "/api/openapi.json": lambda _: found(described, DESCRIPTION),
        index.STYLE_PATH: lambda _: index.style(),
        **{route.path.rstrip("/"): _handler(route, parts, who) for route in routes},
    }
    mapping: list[Any] = []
    for path, handler in handlers.items():
        mapping += [path.replace(".", r"\.") + "/?", _resource(handler)]
    app = web.application(tuple(mapping), {})
    app.add_processor(_processor(limit, behind_proxy, set(handlers)))
    wsgi: WsgiApp = app.wsgifunc()
    return wsgi


def _handler(route: Route, parts: Parts, who: Who) -> Handler:
    answer: Answer = route.answer
    parameters: tuple[Parameter, ...] = route.parameters

    def handle(environ: Environ) -> Reply:
        caller = who(environ)
        return answer(parts, caller, read_query(parameters, environ.get("QUERY_STRING", "")))

    return handle


def _resource(handler: Handler) -> type:
    """Return what web.py wants to route to: a class with a method per HTTP method.

    No exception may leave it: web.py would print it, with the text that it quotes.
    """
    return type("Resource", (), {"GET": lambda _self: _guarded(handler, web.ctx.env)})


def _guarded(handler: Handler, environ: Environ) -> Reply:
    request_id = environ[REQUEST_ID]
    try:
        return handler(environ)
    except Refused as why:
        return why.reply
    except AWAY as why:
        log.get().warning("away", request_id=request_id, error=type(why).__name__)
        text = "Database or crash store are away, try again later"
        status = "503 Service Unavailable"
        return error(status, text, retry_after=AWAY_SECONDS, request_id=request_id)
    except Exception as why:
        log.get().error(
            "request failed", request_id=request_id, error=type(why).__name__, at=visit.path_to(why)
        )
        return error("500 Internal Server Error", "Internal error", request_id=request_id)


def _processor(
    limit: RateLimit, behind_proxy: bool, paths: set[str]
) -> Callable[[Callable[[], Reply]], bytes]:
    def process(handle: Callable[[], Reply]) -> bytes:
        environ = web.ctx.env
        started = time.monotonic()
        request_id = environ[REQUEST_ID] = visit.new_id()
        path = environ.get("PATH_INFO", "").rstrip("/")
        wait = limit.take(visit.address(environ, behind_proxy), started)
        reply = _too_many(wait) if wait else _answer(handle, environ)
        body, encoding = _encode(reply, environ)
        web.ctx.status = reply.status
        web.ctx.headers = [
            ("Content-Type", reply.content_type),
            ("Content-Length", str(len(body))),
            ("X-Request-Id", request_id),
            *encoding,
            *EVERYWHERE,
            *reply.headers,
        ]
        route = path if path in paths else "unknown"
        metrics.requests.labels("middleware", route, reply.status[:3]).inc()
        metrics.request_seconds.labels("middleware", route).observe(time.monotonic() - started)
        return b"" if environ["REQUEST_METHOD"] == "HEAD" else body

    return process


def _answer(handle: Callable[[], Reply], environ: Environ) -> Reply:
    if environ["REQUEST_METHOD"] == "OPTIONS":
        return Reply("200 OK", b"", headers=PREFLIGHT)
    try:
        return handle()
    except web.HTTPError:  # no route, or no such method on it
        return _no_route(environ)


def _no_route(environ: Environ) -> Reply:
    if web.ctx.status.startswith("405"):
        return error("405 Method Not Allowed", "Method not allowed", ("Allow", ALLOW))
    first, *rest = environ.get("PATH_INFO", "").strip("/").split("/")
    if first == "api" and rest:
        return error("404 Not Found", f"No service called '{rest[0][:100]}'")
    return error("404 Not Found", "Not found")


def _too_many(wait: float) -> Reply:
    return error("429 Too Many Requests", "Too many requests", retry_after=int(wait) + 1)


def _encode(reply: Reply, environ: Environ) -> tuple[bytes, list[tuple[str, str]]]:
    accepted = environ.get("HTTP_ACCEPT_ENCODING", "").lower().replace(" ", "").split(",")
    if len(reply.body) < SMALL or not {"gzip", "gzip;q=1.0"}.intersection(accepted):
        return reply.body, []
    return gzip.compress(reply.body, 5, mtime=0), [("Content-Encoding", "gzip")]


def main() -> None:
    """Run the REST interface until SIGTERM."""
    shared, config = load(SharedConfig), load(MiddlewareConfig)
    log.set_up("middleware", shared.log_format, shared.log_level)
    database = Database(shared.database, size=config.threads, name="socorro middleware")
    store = open_store(shared.store, connections=config.threads)
    app = application(
        Parts(database, store),
        RateLimit(config.requests_per_minute),
        behind_proxy=config.behind_proxy,
    )
    checks = {"database": database.check, "store": store.check}
    log.get().info("listening", host=config.host, port=config.port)
    serve(with_health(app, checks), config.host, config.port, config.threads)
    store.close()
    database.close()
