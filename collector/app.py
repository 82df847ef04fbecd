"""POST /submit: read a crash, judge it, spool it, answer with its id.

A crash is answered with an id only when the spool holds it for good (socorro/spool/spool.py).
The id is derived from what was sent, so a client that got no answer posts again and is told the
same.
"""

import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import web

from collector.body import Malformed, Request, TooLarge
from collector.config import CollectorConfig
from collector.payload import Limits, Payload, receive
from collector.server import Server, StopListening, listen
from collector.throttle import Decision, Verdict, decide
from collector.throttle_rules import find_table
from socorro import crash_id as ids
from socorro import log, metrics
from socorro.config import SharedConfig, load
from socorro.crash import RawCrash
from socorro.service import Stop, run_workers
from socorro.serving.health import WsgiApp, with_health
from socorro.spool.group_commit import NoSync, Sync, SyncFiles, SyncFilesystem
from socorro.spool.spool import Draft, Spool, SpoolUnavailable

# web.py's default, True, shows source and environment to whoever causes an error.
web.config.debug = False

SHORTEST_SECRET = 16  # bytes
SWEEP_SECONDS = 3600.0
RETRY_SECONDS = 60
LONGEST_USER_AGENT = 500  # characters
HINT = "POST crashes here, as multipart/form-data\n"

Clock = Callable[[], datetime]


class Answer(NamedTuple):
    """What the client is told, and how it is counted."""

    status: str
    text: str
    outcome: str


class Collector:
    """Takes crashes into a spool."""

    def __init__(self, config: CollectorConfig, spool: Spool, clock: Clock) -> None:
        self._spool = spool
        self._clock = clock
        self._secret = read_secret(config.secret_file)
        self._rules = find_table(config.rules)
        self._random = secrets.SystemRandom() if config.sampling == "random" else None
        self._limits = Limits(
            config.max_body,
            config.max_annotations,
            config.max_annotation,
            config.max_parts,
            config.max_dumps,
        )

    def post(self, environ: dict[str, Any]) -> Answer:
        """Answer one POST; what went wrong is in the answer and in the log."""
        started = time.perf_counter()
        try:
            with self._spool.draft() as draft:
                answer = self._take(environ, draft)
        except Malformed as why:
            metrics.collector_malformed.labels(why.reason).inc()
            log.get().info("post is no crash", reason=why.reason)
            text = f"Discarded=malformed_{why.reason}"
            answer = Answer("400 Bad Request", text, "malformed")
        except TooLarge:
            log.get().info("post is too large")
            answer = Answer("413 Request Entity Too Large", "Too large\n", "too_large")
        except SpoolUnavailable as why:
            log.get().error("spool takes nothing", error=str(why))
            answer = Answer("503 Service Unavailable", "Try again later\n", "unavailable")
        except Exception:
            log.get().exception("post failed")
            answer = Answer("500 Internal Server Error", "Internal error\n", "failed")
        metrics.collector_posts.labels(answer.outcome).inc()
        metrics.collector_seconds.observe(time.perf_counter() - started)
        return answer

    def _take(self, environ: dict[str, Any], draft: Draft) -> Answer:
        payload = receive(Request.of(environ), draft, self._limits)
        metrics.collector_body_bytes.observe(payload.size)
        digest = self._digest(payload)
        decision = decide(self._rules, payload.annotations, self._draw(payload, digest))
        metrics.collector_verdicts.labels(decision.rule, decision.verdict.value).inc()
        if decision.verdict is Verdict.REJECT:
            log.get().info("crash rejected", bytes=payload.size, rule=decision.rule)
            return Answer("200 OK", f"Discarded=rule_{decision.rule}", "rejected")
        submitted = self._clock()
        deferred = decision.verdict is Verdict.DEFER
        crash_id = ids.make(digest, submitted.astimezone(UTC).date(), deferred)
        metadata = _metadata(environ, payload, decision)
        draft.commit(RawCrash(crash_id, submitted, payload.annotations, metadata))
        log.get().info(
            "crash spooled", crash_id=crash_id, bytes=payload.size,
            rule=decision.rule, verdict=decision.verdict.value,
        )  # fmt: skip
        outcome = "deferred" if deferred else "accepted"
        return Answer("200 OK", f"CrashID={ids.on_the_wire(crash_id)}\n", outcome)

    def _digest(self, payload: Payload) -> bytes:
        if not payload.dump_checksums and "CrashEventID" not in payload.annotations:
            # Nothing tells two such crashes apart: each is one of its own.
            return secrets.token_bytes(32)
        return ids.fingerprint(self._secret, payload.annotations, payload.dump_checksums)

    def _draw(self, payload: Payload, digest: bytes) -> float:
        if self._random:
            return self._random.random()
        hang_id = payload.annotations.get("HangID")
        if hang_id:
            # Both halves of a hang pair are drawn alike, so that none is missing a half.
            digest = ids.fingerprint(self._secret, {"HangID": hang_id}, {})
        return ids.draw(digest)


def _metadata(environ: dict[str, Any], payload: Payload, decision: Decision) -> dict[str, Any]:
    user_agent = str(environ.get("HTTP_USER_AGENT") or "None").replace("\0", "")
    return {
        "payload": payload.kind,
        "payload_compressed": "1" if payload.compressed else "0",
        "payload_size": payload.size,
        "collector_notes": payload.notes,
        "dump_checksums": dict(payload.dump_checksums),
        "user_agent": user_agent[:LONGEST_USER_AGENT],
        "throttle_rule": decision.rule,
        "throttle_rate": decision.rate,
    }


def read_secret(path: Path) -> bytes:
    """Return the secret that crash ids are derived with. Raises ValueError when unusable."""
    try:
        secret = path.read_bytes().strip()
    except OSError as why:
        raise ValueError(f"secret file {path}: {why.strerror}") from None
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"secret file {path}: shorter than {SHORTEST_SECRET} bytes")
    return secret


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


def create_application(config: CollectorConfig, spool: Spool, clock: Clock = utc_now) -> WsgiApp:
    """Return the WSGI application. Raises ValueError when secret or rules are unusable."""
    collector = Collector(config, spool, clock)

    class Submit:
        """/submit, for web.py."""

        def POST(self) -> bytes:  # noqa: N802 - web.py's name
            """Take a crash."""
            answer = collector.post(web.ctx.environ)
            if answer.outcome in ("unavailable", "failed"):
                web.header("Retry-After", str(RETRY_SECONDS))
            return _told(answer.status, answer.text)

        def GET(self) -> bytes:  # noqa: N802 - web.py's name
            """Say what this is for."""
            web.header("Allow", "POST")
            return _told("405 Method Not Allowed", HINT)

    app = web.application(("/submit", Submit), {})
    app.notfound = lambda: web.HTTPError("404 Not Found", _HEADERS, "Not found\n")
    return with_health(app.wsgifunc(), {"spool": spool.check})


_HEADERS = {"Content-Type": "text/plain; charset=utf-8"}


def _told(status: str, text: str) -> bytes:
    body = text.encode()
    web.ctx.status = status
    for name, value in _HEADERS.items():
        web.header(name, value)
    web.header("Content-Length", str(len(body)))  # else the server closes the connection
    return body


def open_spool(config: CollectorConfig) -> Spool:
    """Open the spool; each process opens its own."""
    config.spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    sync: Sync = NoSync()
    if config.durable:
        sync = SyncFiles() if config.sync == "files" else SyncFilesystem(config.spool)
    return Spool(config.spool, reserve=config.reserve, sync=sync)


def main() -> None:
    """Run the collector until SIGTERM or SIGINT."""
    config, shared = load(CollectorConfig), load(SharedConfig)
    log.set_up("collector", shared.log_format, shared.log_level)
    try:
        spool = open_spool(config)
        create_application(config, spool)  # fail before there are workers
        socket = listen(config.host, config.port)
    except (ValueError, OSError, SpoolUnavailable) as why:
        raise SystemExit(f"collector: {why}") from None
    spool.sweep(config.upload_seconds)
    stop = StopListening(socket)
    stop.on_signals()
    log.get().info("listening", host=config.host, port=config.port, workers=config.workers)

    def work(number: int) -> None:
        own = open_spool(config)
        if number == 0:
            threading.Thread(target=_keep_swept, args=(own, config, stop), daemon=True).start()
        # A worker has its own copy of *stop*, and of the handlers that set it.
        Server(create_application(config, own), socket, config).serve(stop)

    run_workers(config.workers, work, stop)
    log.get().info("stopped")


def _keep_swept(spool: Spool, config: CollectorConfig, stop: Stop) -> None:
    while not stop.wait(SWEEP_SECONDS):
        spool.sweep(config.upload_seconds)
