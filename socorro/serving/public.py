"""The front of a service that others reach: health paths, and headers that every answer has.

Health and metrics are for our own networks; elsewhere these paths do not exist. Only
/__lbheartbeat__, which says no more than that the process answers, is open to everybody: load
balancers are anywhere.

Every answer means every answer: pages, files, redirects, errors and health alike. What an
application sets itself stays, so pages may have a policy of their own.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from socorro.serving.health import Check, WsgiApp, with_health
from socorro.serving.limits import OnRefusal, Refusal, Refused
from socorro.serving.proxies import Proxies

# For what is no page: a browser that opens it runs and loads nothing.
SAFE_HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)
INSIDE_PATHS: Final = ("/metrics", "/__heartbeat__", "/__version__")
HTTPS_ONLY: Final = ("Strict-Transport-Security", "max-age=31536000")


def public(
    app: WsgiApp,
    checks: Mapping[str, Check],
    *,
    proxies: Proxies,
    https: bool,
    facts: Mapping[str, object] | None = None,
    measure: Callable[[], None] | None = None,
) -> WsgiApp:
    """Return *app* with its health paths, and with safe headers on every answer.

    *checks* and *facts* are those of the heartbeat, *measure* sets gauges for /metrics.
    *proxies* says who is inside. *https*: browsers that came by https once never use http again.
    """
    with_all = with_health(app, checks, facts, measure)
    safe = (*SAFE_HEADERS, HTTPS_ONLY) if https else SAFE_HEADERS

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            names = {name.lower() for name, _ in headers}
            missing = [header for header in safe if header[0].lower() not in names]
            return start_response(status, [*headers, *missing], *error)

        is_outside = environ.get("PATH_INFO") in INSIDE_PATHS and not proxies.is_inside(environ)
        return app(environ, start) if is_outside else with_all(environ, start)

    return wrapped


def refusals(on_refusal: OnRefusal, *, https: bool) -> OnRefusal:
    """Return *on_refusal* for the server of a `public` application: *https* is as there."""

    def with_https(refusal: Refusal) -> Refused:
        refused = on_refusal(refusal)
        return refused._replace(headers=(*refused.headers, HTTPS_ONLY))

    return with_https if https else on_refusal
