"""Health of a service over HTTP: version, heartbeats and metrics."""

import json
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from socorro import __version__, log, metrics
from socorro.serving import memory
from socorro.serving.deadline import TimedCheck

Check = Callable[[], None]  # raises when it fails
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

PATHS: Final = ("/__version__", "/__lbheartbeat__", "/__heartbeat__", "/metrics")
PACKAGE: Final = Path(__file__).parent.parent


class Gauge:
    """A fact that is read for each heartbeat."""

    def __init__(self, name: str, read: Callable[[], object]) -> None:
        self.name = name
        self.value: object = None
        self.check = TimedCheck(name, self._read)
        self._function = read

    def _read(self) -> None:
        self.value = self._function()


def version() -> dict[str, str]:
    """Return the content of /__version__: version, commit and source of the running code."""
    baked = PACKAGE / "version.json"  # written when a release is built
    if baked.is_file():
        release = json.loads(baked.read_text())
        return {str(key): str(value) for key, value in release.items()}
    git = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        cwd=PACKAGE,
        capture_output=True,
        text=True,
        check=False,
    )
    return {"version": __version__, "commit": git.stdout.strip(), "source": "", "build": ""}


def with_health(
    app: WsgiApp,
    checks: Mapping[str, Check],
    facts: Mapping[str, object] | None = None,
    measure: Callable[[], None] | None = None,
) -> WsgiApp:
    """Return *app* with the four health paths that every service has, as in Mozilla's Dockerflow.

    /__version__; /__lbheartbeat__: the process answers; /__heartbeat__: all *checks* pass, else 503
    with the names of those that failed or have not come back in time (socorro/serving/deadline.py);
    /metrics: with the same checks as gauges, after *measure* has set those of the service, or was
    late. *facts* are added to the heartbeat's JSON, whether the checks pass or not; one that is
    a function is called with each heartbeat, and left out when it fails or is late.
    """
    about = json.dumps(version()).encode()
    timed = [TimedCheck(name, check) for name, check in checks.items()]
    fixed = {name: fact for name, fact in (facts or {}).items() if not callable(fact)}
    gauges = [Gauge(name, fact) for name, fact in (facts or {}).items() if callable(fact)]

    measures = TimedCheck("measure", measure or (lambda: None))

    def heartbeat() -> tuple[str, str, bytes]:
        errors = []
        reads = [(gauge, gauge.check.begin()) for gauge in gauges]
        for name, error in _check(timed).items():
            if error:
                log.get().warning("not healthy", check=name, error=str(error))
                errors.append({"name": name, "msg": type(error).__name__})
        status = "503 Service Unavailable" if errors else "200 OK"
        read = {gauge.name: gauge.value for gauge, wait in reads if wait() is None}
        document = {"errors": errors, **fixed, **read}
        return status, "application/json", json.dumps(document).encode()

    answers: dict[str, Callable[[], tuple[str, str, bytes]]] = {
        "/__version__": lambda: ("200 OK", "application/json", about),
        "/__lbheartbeat__": lambda: ("200 OK", "text/plain", b""),
        "/__heartbeat__": heartbeat,
        "/metrics": lambda: _measured(timed, measures),
    }

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = answers.get(environ.get("PATH_INFO", ""))
        if answer is None:
            return app(environ, start_response)
        status, kind, body = answer()
        start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    return wrapped


def _check(timed: Sequence[TimedCheck]) -> dict[str, Exception | None]:
    """Run checks side by side; return what each raised."""
    waits = [(check.name, check.begin()) for check in timed]
    return {name: wait() for name, wait in waits}


def _measured(timed: Sequence[TimedCheck], measures: TimedCheck) -> tuple[str, str, bytes]:
    """Set the gauges; return the answer of /metrics."""
    wait = measures.begin()
    for name, error in _check(timed).items():
        metrics.check_failing.labels(name).set(error is not None)
    if error := wait():
        log.get().warning("not measured", error=str(error))
    metrics.memory_bytes.set(memory.resident_bytes())
    return "200 OK", metrics.CONTENT_TYPE, metrics.exposition()


def not_found(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The application of a service that serves nothing but its health."""
    start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "10")])
    return [b"Not found\n"]
