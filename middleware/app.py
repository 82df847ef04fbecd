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
from middleware.body import body_of
from middleware.callers import ByToken, Caller, Door, Environ, Who, anonymous, needs
from middleware.config import MiddlewareConfig
from middleware.crashes import Parts
from middleware.parameters import read_query
from middleware.reply import DESCRIPTION, Refused, Reply, error, found
from middleware.routes import ROUTES, Route, allowed
from middleware.symbols import Symbols
from middleware.unread import AWAY_SECONDS, telling
from socorro import log, metrics
from socorro.config import SharedConfig, load
from socorro.crashstore.interface import StoreUnavailable
from socorro.crashstore.open import open_store
from socorro.postgres import Database, Unavailable
from socorro.serving.health import WsgiApp, with_health
from socorro.serving.large_bodies import Admits, channel
from socorro.serving.rate_limit import RateLimit
from socorro.serving.request import new_request_id, path_to
from socorro.serving.server import serve
from socorro.symbols.config import ProcessorSymbolsConfig, SymbolsConfig

AWAY = (StoreUnavailable, *Unavailable)
SMALL = 1_000  # bytes; gzip gains nothing below
SMALLEST_BODY = 2**20  # bytes that the server reads of any request before we see it
REQUEST_ID = "socorro.request_id"  # in the environ
CALLER = "socorro.caller"  # in the environ
EVERYWHERE = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Retry-After, X-Request-Id"),
    ("Vary", "Accept, Accept-Encoding, Auth-Token"),
)
CORS_HEADERS = "Auth-Token, Content-Encoding, Content-Type"

Handler = Callable[[Environ], Reply]
Methods = Mapping[str, Handler]


def application(
    parts: Parts,
    limit: RateLimit,
    who: Who = anonymous,
    behind_proxy: bool = False,
    routes: Sequence[Route] = ROUTES,
    known: RateLimit | None = None,
) -> WsgiApp:
    """Build the WSGI application that answers *routes* from *parts*.

    *limit* counts requests by address; *known*, when there is one, those with a token by user.
    """
    web.config.debug = False  # else web.py answers errors with source code and all locals
    table = _table(parts, routes)
    mapping: list[Any] = []
    for path, methods in table.items():
        mapping += [path.replace(".", r"\.") + "/?", _resource(methods)]
    app = web.application(tuple(mapping), {})
    app.add_processor(_processor(Door(who, limit, known, behind_proxy), table))
    wsgi: WsgiApp = app.wsgifunc()
    return wsgi


def _table(parts: Parts, routes: Sequence[Route]) -> dict[str, dict[str, Handler]]:
    """Return what answers, by path and method."""
    described = openapi.document(routes)
    table: dict[str, dict[str, Handler]] = {
        "/api": {"GET": lambda environ: index.page(routes, environ)},
        "/api/openapi.json": {"GET": lambda _: found(described, DESCRIPTION)},
        index.STYLE_PATH: {"GET": lambda _: index.style()},
    }
    for route in routes:
        methods = table.setdefault(route.path.rstrip("/"), {})
        if route.method in methods:
            raise ValueError(f"{route.method} {route.path}: two routes")
        methods[route.method] = _handler(route, parts)
    return table


def _handler(route: Route, parts: Parts) -> Handler:
    def handle(environ: Environ) -> Reply:
        caller: Caller = environ[CALLER]
        if route.needs and route.needs not in caller.permissions:
            raise needs(route.needs)
        values = read_query(route.parameters, environ.get("QUERY_STRING", ""))
        if route.body:
            values["body"] = body_of(route.body, environ)
        return route.answer(parts, caller, values)

    return handle


def _resource(methods: Methods) -> type:
    """Return what web.py wants to route to: a class with a method per HTTP method.

    No exception may leave it: web.py would print it, with the text that it quotes.
    """

    def method(handler: Handler) -> Callable[[object], Reply]:
        return lambda _self: _guarded(handler, web.ctx.env)

    return type("Resource", (), {name: method(handler) for name, handler in methods.items()})


def _guarded(handler: Handler, environ: Environ) -> Reply:
    """Answer, whatever happens."""
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
            "request failed",
            request_id=request_id,
            error=type(why).__name__,
            at=path_to(why),
        )
        return error("500 Internal Server Error", "Internal error", request_id=request_id)


def _processor(door: Door, table: Mapping[str, Methods]) -> Callable[[Callable[[], Reply]], bytes]:
    def process(handle: Callable[[], Reply]) -> bytes:
        environ = web.ctx.env
        started = time.monotonic()
        request_id = environ[REQUEST_ID] = new_request_id()
        path = environ.get("PATH_INFO", "").rstrip("/")

        def answer(environ: Environ) -> Reply:
            web.ctx.env[CALLER] = door.enter(environ, started)
            return _answer(handle, environ, table.get(path))

        reply = _guarded(answer, environ)
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
        route = path if path in table else "unknown"
        metrics.requests.labels("middleware", route, reply.status[:3]).inc()
        metrics.request_seconds.labels("middleware", route).observe(time.monotonic() - started)
        return b"" if environ["REQUEST_METHOD"] == "HEAD" else body

    return process


def _answer(handle: Callable[[], Reply], environ: Environ, methods: Methods | None) -> Reply:
    if environ["REQUEST_METHOD"] == "OPTIONS" and methods:
        return _preflight(allowed(methods))
    try:
        return handle()
    except web.HTTPError:  # no route, or no such method on it
        return _no_route(environ, methods)


def _preflight(allow: str) -> Reply:
    headers = (
        ("Allow", allow),
        ("Access-Control-Allow-Methods", allow),
        ("Access-Control-Allow-Headers", CORS_HEADERS),
        ("Access-Control-Max-Age", "86400"),
    )
    return Reply("200 OK", b"", headers=headers)


def _no_route(environ: Environ, methods: Methods | None) -> Reply:
    if methods and web.ctx.status.startswith("405"):
        allow = allowed(methods)
        return error("405 Method Not Allowed", "Method not allowed", ("Allow", allow))
    first, *rest = environ.get("PATH_INFO", "").strip("/").split("/")
    if first == "api" and rest:
        return error("404 Not Found", f"No service called '{rest[0][:100]}'")
    return error("404 Not Found", "Not found")


def _encode(reply: Reply, environ: Environ) -> tuple[bytes, list[tuple[str, str]]]:
    accepted = environ.get("HTTP_ACCEPT_ENCODING", "").lower().replace(" ", "").split(",")
    if len(reply.body) < SMALL or not {"gzip", "gzip;q=1.0"}.intersection(accepted):
        return reply.body, []
    return gzip.compress(reply.body, 5, mtime=0), [("Content-Encoding", "gzip")]


def large_bodies(routes: Sequence[Route], who: Who) -> Admits:
    """Return what tells who may send a body over SMALLEST_BODY: callers whom its route lets in."""
    needed = {
        (route.method, route.path.rstrip("/")): route.needs
        for route in routes
        if route.body and route.body.most > SMALLEST_BODY
    }

    def admits(environ: Environ) -> bool:
        where = (environ["REQUEST_METHOD"], environ["PATH_INFO"].rstrip("/"))
        if where not in needed:
            return False
        try:
            return not needed[where] or needed[where] in who(environ).permissions
        except Refused:
            return False

    return admits


def main() -> None:
    """Run the REST interface until SIGTERM."""
    shared, config = load(SharedConfig), load(MiddlewareConfig)
    log.set_up("middleware", shared.log_format, shared.log_level)
    # One connection more than threads: the server asks itself who may send large bodies.
    database = Database(shared.database, size=config.threads + 1, name="socorro middleware")
    store = open_store(shared.store, connections=config.threads)
    app = application(
        Parts(database, store, Symbols(load(SymbolsConfig), load(ProcessorSymbolsConfig))),
        RateLimit(config.requests_per_minute),
        ByToken(database),
        behind_proxy=config.behind_proxy,
        known=RateLimit(config.token_requests_per_minute),
    )
    checks = {"database": database.check, "store": store.check}
    log.get().info("listening", host=config.host, port=config.port)
    largest = max(route.body.most if route.body else 0 for route in ROUTES)
    serve(
        with_health(app, checks),
        config.host,
        config.port,
        config.threads,
        max_body=max(largest, SMALLEST_BODY),
        behind_proxy=config.behind_proxy,
        channel=telling(channel(large_bodies(ROUTES, ByToken(database)), SMALLEST_BODY)),
    )
    store.close()
    database.close()
