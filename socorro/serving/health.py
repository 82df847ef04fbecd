"""Health of a service: version, heartbeats and metrics, by HTTP."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from waitress.server import create_server

from socorro import __version__, log, metrics

Check = Callable[[], None]  # raises when what it checks is not healthy
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

PACKAGE: Final = Path(__file__).parent.parent


def version() -> dict[str, str]:
    """Return what /__version__ says: version, commit and source of the running code."""
    baked = PACKAGE / "version.json"  # written when a release is built
    if baked.is_file():
        found = json.loads(baked.read_text())
        return {str(key): str(value) for key, value in found.items()}
    asked = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        cwd=PACKAGE,
        capture_output=True,
        text=True,
        check=False,
    )
    return {"version": __version__, "commit": asked.stdout.strip(), "source": "", "build": ""}


def with_health(app: WsgiApp, checks: Mapping[str, Check]) -> WsgiApp:
    """Answer the four paths of every service in front of *app*.

    /__version__, /__lbheartbeat__ (the process answers), /__heartbeat__ (all *checks* pass, else
    503 and which failed), /metrics. Paths as in Mozilla's Dockerflow.
    """
    told = json.dumps(version()).encode()

    def heartbeat() -> tuple[str, str, bytes]:
        errors = []
        for name, check in checks.items():
            try:
                check()
            except Exception as why:
                log.get().warning("not healthy", check=name, error=str(why))
                errors.append({"name": name, "msg": type(why).__name__})
        status = "503 Service Unavailable" if errors else "200 OK"
        return status, "application/json", json.dumps({"errors": errors}).encode()

    answers: dict[str, Callable[[], tuple[str, str, bytes]]] = {
        "/__version__": lambda: ("200 OK", "application/json", told),
        "/__lbheartbeat__": lambda: ("200 OK", "text/plain", b""),
        "/__heartbeat__": heartbeat,
        "/metrics": lambda: ("200 OK", metrics.CONTENT_TYPE, metrics.exposition()),
    }

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = answers.get(environ.get("PATH_INFO", ""))
        if answer is None:
            return app(environ, start_response)
        status, kind, body = answer()
        start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    return wrapped


def not_found(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The application of a service that has nothing but its health to tell."""
    start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "10")])
    return [b"Not found\n"]


def serve_health(host: str, port: int, checks: Mapping[str, Check]) -> None:
    """Answer the health paths on *port* from a thread of their own, until the process ends."""
    server = create_server(with_health(not_found, checks), host=host, port=port, threads=2)
    threading.Thread(target=server.run, name="health", daemon=True).start()
