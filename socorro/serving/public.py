"""The front of a service that others reach: health paths, and headers that every answer has.

Every answer means every answer: pages, files, redirects, errors and health alike. What an
application sets itself stays, so pages may have a policy of their own.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from socorro.serving.health import Check, WsgiApp, with_health

# For what is no page: a browser that opens it runs and loads nothing.
SAFE_HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)
HTTPS_ONLY: Final = ("Strict-Transport-Security", "max-age=31536000")


def public(app: WsgiApp, checks: Mapping[str, Check], *, https: bool) -> WsgiApp:
    """Return *app* with its health paths, and with safe headers on every answer.

    *https*: browsers that came by https once never use http again.
    """
    inner = with_health(app, checks)
    safe = (*SAFE_HEADERS, HTTPS_ONLY) if https else SAFE_HEADERS

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            names = {name.lower() for name, _ in headers}
            missing = [header for header in safe if header[0].lower() not in names]
            return start_response(status, [*headers, *missing], *error)

        return inner(environ, start)

    return wrapped
