"""The REST interface: web.py finds the route, one processor wraps all of them.

The processor does what every answer needs: JSON errors without a stack trace, a request id, rate
limit, security headers, CORS, gzip, metrics.
"""

import gzip
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import web

from middleware import cached, index, old_addresses, openapi
from middleware.body import body_of, read_form, read_text
from middleware.callers import (
    Caller,
    Environ,
    Gate,
    Identify,
    TokenLookup,
    anonymous,
    permission_missing,
)
from middleware.conditional import conditional
from middleware.config import MiddlewareConfig
from middleware.context import Context
from middleware.parameters import read_query
from middleware.reply import DESCRIPTION, Refused, Reply, error_reply, json_reply
from middleware.routes import ROUTES, Route, allowed
from middleware.server_errors import RETRY_SECONDS, json_refusal
from middleware.symbol_uploads import SymbolUploads
from socorro import log, metrics
from socorro.cache import Cache, CacheConfig, open_cache
from socorro.config import SharedConfig, load
from socorro.crashstore.interface import StoreUnavailable
from socorro.crashstore.open import open_store
from socorro.health.recent import recent_health
from socorro.postgres import Database, Unavailable
from socorro.postgres_silence import give_up_on_silence
from socorro.search.config import SearchConfig
from socorro.search.interface import Engine
from socorro.search.open import open_engine
from socorro.serving.config import ServingConfig
from socorro.serving.health import Check, WsgiApp
from socorro.serving.limits import Admits
from socorro.serving.proxies import Proxies
from socorro.serving.public import public, refusals
from socorro.serving.rate_limit import RateLimit
from socorro.serving.request import new_request_id, path_to
from socorro.serving.server import serve
from socorro.stats.warm import import_in_background
from socorro.symbols.config import ProcessorSymbolsConfig, SymbolsConfig

UNAVAILABLE = (StoreUnavailable, *Unavailable)
SMALL = 1_000  # bytes; gzip gains nothing below
SMALLEST_BODY = 2**20  # bytes that the server reads of any request before the application sees it
REQUEST_ID = "socorro.request_id"  # in the environ
CALLER = "socorro.caller"  # in the environ
COMMON_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "Content-Disposition, ETag, Link, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset,"
        " Retry-After, X-Request-Id",
    ),
    ("Vary", "Accept, Accept-Encoding, Auth-Token"),
)
CORS_HEADERS = "Auth-Token, Content-Encoding, Content-Type, If-None-Match"

Handler = Callable[[Environ], Reply]
Methods = Mapping[str, Handler]


def application(
    context: Context,
    address_limit: RateLimit,
    identify: Identify = anonymous,
    proxies: Proxies | None = None,
    routes: Sequence[Route] = ROUTES,
    user_limit: RateLimit | None = None,
    checks: Mapping[str, Check] | None = None,
    https: bool = False,
    facts: Mapping[str, object] | None = None,
) -> WsgiApp:
    """Build the WSGI application that answers *routes* from *context*; its heartbeat *checks*.

    *facts* are what the heartbeat says beside that.
    *address_limit* counts requests by address; *user_limit*, if any, those with a token by user.
    *https*: clients use nothing else.
    """
    web.config.debug = False  # else web.py answers errors with source code and all locals
    table = _table(context, routes)
    mapping: list[Any] = []
    for path, methods in table.items():
        mapping += [path.replace(".", r"\.") + "/?", _resource(methods)]
    app = web.application(tuple(mapping), {})
    proxies = proxies or Proxies("middleware")
    gate = Gate(identify, address_limit, user_limit, proxies)
    app.add_processor(_processor(gate, table))
    return public(app.wsgifunc(), checks or {}, proxies=proxies, https=https, facts=facts)


def _table(context: Context, routes: Sequence[Route]) -> dict[str, dict[str, Handler]]:
    """Return the handlers by path and method."""
    described = openapi.document(routes)
    table: dict[str, dict[str, Handler]] = {
        "/api": {"GET": lambda environ: index.page(routes, environ)},
        "/api/openapi.json": {"GET": lambda _: json_reply(described, DESCRIPTION)},
        index.STYLE_PATH: {"GET": lambda _: index.style()},
    }
    for route in routes:
        methods = table.setdefault(route.path.rstrip("/"), {})
        if route.method in methods:
            raise ValueError(f"{route.method} {route.path}: two routes")
        methods[route.method] = _handler(route, context)
    return table


def _handler(route: Route, context: Context) -> Handler:
    def handle(environ: Environ) -> Reply:
        caller: Caller = environ[CALLER]
        if route.needs and route.needs not in caller.permissions:
            raise permission_missing(route.needs)
        query = environ.get("QUERY_STRING", "")
        if route.reads_itself:
            return route.answer(context, caller, {"query": _whole_query(route, environ, query)})
        values = read_query(route.parameters, query, route.refuse_others)
        if route.body:
            body = body_of(route.body, environ)
            values |= read_form(route.body, body) if route.body.form else {"body": body}
        return cached.answer(route, context, caller, values)

    return handle


def _whole_query(route: Route, environ: Environ, query: str) -> str:
    """Return the text of the query, and behind it that of the form, if the route takes one."""
    text = query.encode("latin-1").decode("utf-8", "replace")  # as WSGI hands it over
    if not route.body:
        return text
    return "&".join(filter(None, (text, read_text(body_of(route.body, environ)))))


def _resource(methods: Methods) -> type:
    """Return what web.py routes to: a class with a method per HTTP method.

    No exception may leave it: web.py would print it, with any text of a user that it quotes.
    """

    def method(handler: Handler) -> Callable[[object], Reply]:
        return lambda _self: _guarded(handler, web.ctx.env)

    return type("Resource", (), {name: method(handler) for name, handler in methods.items()})


def _guarded(handler: Handler, environ: Environ) -> Reply:
    """Return the answer of *handler*, or that to its exception."""
    request_id = environ[REQUEST_ID]
    try:
        return handler(environ)
    except Refused as refused:
        return refused.reply
    except UNAVAILABLE as error:
        log.get().warning("unavailable", request_id=request_id, error=type(error).__name__)
        text = "The database or the crash store is unavailable: try again later"
        status = "503 Service Unavailable"
        return error_reply(status, text, retry_after=RETRY_SECONDS, request_id=request_id)
    except Exception as error:
        log.get().error(
            "request failed",
            request_id=request_id,
            error=type(error).__name__,
            at=path_to(error),
        )
        return error_reply("500 Internal Server Error", "Internal error", request_id=request_id)


def _processor(gate: Gate, table: Mapping[str, Methods]) -> Callable[[Callable[[], Reply]], bytes]:
    def process(handle: Callable[[], Reply]) -> bytes:
        environ = web.ctx.env
        started = time.monotonic()
        request_id = environ[REQUEST_ID] = new_request_id()
        path = environ.get("PATH_INFO", "").rstrip("/")

        def answer(environ: Environ) -> Reply:
            web.ctx.env[CALLER] = gate.admit(environ, started)
            return _answer(handle, environ, table.get(path))

        reply = conditional(_guarded(answer, environ), environ)
        body, encoding = _encode(reply, environ)
        web.ctx.status = reply.status
        web.ctx.headers = [
            ("Content-Type", reply.content_type),
            *([] if reply.status.startswith("304") else [("Content-Length", str(len(body)))]),
            ("X-Request-Id", request_id),
            *gate.headers(environ, environ.get(CALLER) or Caller(), started),
            *encoding,
            *COMMON_HEADERS,
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
        return error_reply("405 Method Not Allowed", "Method not allowed", ("Allow", allow))
    successor = old_addresses.lead_on(environ.get("PATH_INFO", ""))
    if successor and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        return successor
    first, *rest = environ.get("PATH_INFO", "").strip("/").split("/")
    if first == "api" and rest:
        return error_reply("404 Not Found", f"No service called '{rest[0][:100]}'")
    return error_reply("404 Not Found", "Not found")


def _encode(reply: Reply, environ: Environ) -> tuple[bytes, list[tuple[str, str]]]:
    accepted = environ.get("HTTP_ACCEPT_ENCODING", "").lower().replace(" ", "").split(",")
    if len(reply.body) < SMALL or not {"gzip", "gzip;q=1.0"}.intersection(accepted):
        return reply.body, []
    return gzip.compress(reply.body, 5, mtime=0), [("Content-Encoding", "gzip")]


def large_bodies(routes: Sequence[Route], identify: Identify) -> Admits:
    """Return a check of who may send a body over SMALLEST_BODY: callers with the permission."""
    permissions = {
        (route.method, route.path.rstrip("/")): route.needs
        for route in routes
        if route.body and route.body.most_bytes > SMALLEST_BODY
    }

    def admits(environ: Environ) -> bool:
        route = (environ["REQUEST_METHOD"], environ["PATH_INFO"].rstrip("/"))
        if route not in permissions:
            return False
        try:
            needed = permissions[route]
            return not needed or needed in identify(environ).permissions
        except Refused:
            return False

    return admits


def heartbeat_facts(search: Engine, cache: Cache | None) -> dict[str, object]:
    """Return what the heartbeat says of what may be away: ok or away; the cache may be none."""

    def answers(check: Check) -> str:
        try:
            check()
        except Exception:
            return "away"
        return "ok"

    return {
        "search": lambda: answers(search.check),
        "cache": (lambda: answers(cache.check)) if cache else "none",
    }


def main() -> None:
    """Run the REST interface until SIGTERM."""
    shared, config, serving = load(SharedConfig), load(MiddlewareConfig), load(ServingConfig)
    log.set_up("middleware", shared.log_format, shared.log_level)
    give_up_on_silence()
    # One connection more than threads that answer requests: health has a thread of its own.
    database = Database(config.dsn(shared), size=config.threads + 1, name="socorro middleware")
    store = open_store(shared.store, connections=config.threads, home=shared.home)
    symbols = SymbolUploads(load(SymbolsConfig), load(ProcessorSymbolsConfig))
    # The other resources work without search, so the heartbeat does not check it.
    search = open_engine(load(SearchConfig), database)
    cache = open_cache(load(CacheConfig), config.threads)
    checks = {"database": database.check, "store": store.check}
    app = application(
        Context(
            database, store, symbols, search=search, cache=cache, health=recent_health(database)
        ),
        RateLimit(config.requests_per_minute),
        TokenLookup(database),
        proxies=serving.proxies("middleware"),
        user_limit=RateLimit(config.token_requests_per_minute),
        checks=checks,
        https=config.https,
        facts=heartbeat_facts(search, cache),
    )
    import_in_background()
    log.get().info("listening", host=config.host, port=config.port)
    largest = max(route.body.most_bytes if route.body else 0 for route in ROUTES)
    serve(
        app,
        config.host,
        config.port,
        limits=serving.limits(max(largest, SMALLEST_BODY), SMALLEST_BODY),
        threads=config.threads,
        service="middleware",
        admits=large_bodies(ROUTES, TokenLookup(database)),
        on_refusal=refusals(json_refusal, https=config.https),
    )
    search.close()
    store.close()
    database.close()
    if cache:
        cache.close()
