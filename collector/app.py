"""The collector: read a crash, decide, spool it, answer with its id.

A crash is answered with an id only when the spool holds it for good (socorro/spool/spool.py).
The id is derived from what was sent, so a client that got no answer posts again and gets the same
one. Read on in this order: the body (payload.py), the decision (decision.py), the spool.
"""

import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from collector.body import Malformed, Request, TooLarge
from collector.config import CollectorConfig
from collector.decision import Chance, is_distinct, judge
from collector.payload import Limits, Payload, receive
from collector.server import StopListening, limits, on_refusal
from collector.throttle import Verdict
from collector.throttle_rules import find_table
from collector.wsgi import Answer, application
from socorro import crash_id as ids
from socorro import log, metrics
from socorro.config import SharedConfig, load
from socorro.crash import RawCrash
from socorro.service import Stop, run_workers
from socorro.serving import temporary_files
from socorro.serving.config import ServingConfig
from socorro.serving.health import Check, WsgiApp
from socorro.serving.pending import KEY, Pending
from socorro.serving.proxies import Proxies
from socorro.serving.public import refusals
from socorro.serving.server import Server, listen
from socorro.spool.group_commit import NoSync, Sync, SyncFiles, SyncFilesystem
from socorro.spool.spool import Spool, SpoolUnavailable
from socorro.spool.state import measure, state

SHORTEST_SECRET = 16  # bytes
SWEEP_SECONDS = 3600.0

Clock = Callable[[], datetime]


def main() -> None:
    """Run the collector until SIGTERM or SIGINT."""
    config, serving, shared = load(CollectorConfig), load(ServingConfig), load(SharedConfig)
    proxies = serving.proxies("collector")
    log.set_up("collector", shared.log_format, shared.log_level)
    try:
        spool = open_spool(config, shared.home)
        create_application(config, spool)  # fail before there are workers
        sockets = listen(config.host, config.port)
    except (ValueError, OSError) as error:
        raise SystemExit(f"collector: {error}") from None
    _sweep(spool, config)
    stop = StopListening(sockets)
    stop.on_signals()
    log.get().info("listening", host=config.host, port=config.port, workers=config.workers)

    def work(number: int) -> None:
        own = open_spool(config, shared.home)
        if number == 0:
            threading.Thread(target=_keep_swept, args=(own, config, stop), daemon=True).start()
        # A worker has its own copy of *stop*, and of the handlers that set it.
        app = create_application(config, own, proxies=proxies)
        Server(
            app, sockets, limits(config, serving),
            threads=config.threads, service="collector",
            on_refusal=refusals(on_refusal, https=config.https),
        ).serve(stop)  # fmt: skip

    run_workers(config.workers, work, stop)
    log.get().info("stopped")


def open_spool(config: CollectorConfig, home: Path) -> Spool:
    """Open the spool, which may be away; each process opens its own."""
    sync: Sync = NoSync()
    if config.durable:
        sync = SyncFiles() if config.sync == "files" else SyncFilesystem(config.spool)
    return Spool(config.spool, reserve=config.reserve, sync=sync, home=home)


def _keep_swept(spool: Spool, config: CollectorConfig, stop: Stop) -> None:
    while not stop.wait(SWEEP_SECONDS):
        _sweep(spool, config)


def _sweep(spool: Spool, config: CollectorConfig) -> None:
    try:
        spool.sweep(config.upload_seconds)
    except (SpoolUnavailable, OSError) as error:
        log.get().error("spool not swept", error=str(error))


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


def create_application(
    config: CollectorConfig, spool: Spool, clock: Clock = utc_now, proxies: Proxies | None = None
) -> WsgiApp:
    """Return the WSGI application. Raises ValueError when secret or rules are unusable."""
    checks: dict[str, Check] = {
        "spool": spool.check,
        "temporary files": partial(temporary_files.checked, config.max_body),
    }
    facts = {"spool": lambda: state(spool)._asdict()}
    proxies = proxies or Proxies("collector")
    return application(
        Collector(config, spool, clock).post, checks, proxies, config.https, facts,
        partial(measure, spool),
    )  # fmt: skip


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
        """Answer one POST; what went wrong is in the answer and in the log.

        A crash's answer is true when the disk has it: `Pending.settled` is called then. With a
        server that does not wait for that, this function does.
        """
        pending = environ.get(KEY) or Pending()
        try:
            if pending.error is not None:
                raise pending.error
            answer = self._take(environ, pending)
            if KEY not in environ:
                pending.result()
        except Malformed as error:
            metrics.collector_malformed.labels(error.reason).inc()
            log.get().info("post is no crash", reason=error.reason)
            text = f"Discarded=malformed_{error.reason}"
            answer = Answer("400 Bad Request", text, "malformed")
        except TooLarge:
            log.get().info("post is too large")
            answer = Answer("413 Request Entity Too Large", "Too large\n", "too_large")
        except SpoolUnavailable as error:
            log.get().error("spool takes nothing", error=str(error))
            answer = Answer("503 Service Unavailable", "Try again later\n", "unavailable")
        except Exception:
            log.get().exception("post failed")
            answer = Answer("500 Internal Server Error", "Internal error\n", "failed")
        else:
            if pending.waits:
                return answer  # it is counted when the disk has the crash
        pending.waits = False  # this answer is true at once
        _count(answer, pending)
        return answer

    def _take(self, environ: dict[str, Any], pending: Pending) -> Answer:
        with self._spool.draft() as draft:
            payload = receive(Request.of(environ), draft, self._limits)
            metrics.collector_body_bytes.observe(payload.size)
            user_agent = str(environ.get("HTTP_USER_AGENT") or "")
            submitted = self._clock()
            verdict, rule, crash_id, metadata = judge(
                payload, user_agent, submitted,
                secret=self._secret, rules=self._rules, chance=self._chance(payload),
            )  # fmt: skip
            metrics.collector_verdicts.labels(rule, verdict.value).inc()
            if verdict is Verdict.REJECT:
                log.get().info("crash rejected", bytes=payload.size, rule=rule)
                return Answer("200 OK", f"Discarded=rule_{rule}", "rejected")
            draft.stage(RawCrash(crash_id, submitted, payload.annotations, metadata))
            pending.wait()
            outcome = "deferred" if verdict is Verdict.DEFER else "accepted"
            answer = Answer("200 OK", f"CrashID={ids.on_the_wire(crash_id)}\n", outcome)
            size = payload.size

            def settled(error: BaseException | None) -> None:
                try:
                    if error is None:
                        _count(answer, pending)
                        log.get().info(
                            "crash spooled",
                            crash_id=crash_id, bytes=size, rule=rule, verdict=verdict.value,
                        )  # fmt: skip
                finally:  # the client waits, also when nobody reads the log
                    pending.settled(error)

            draft.settle(settled)
        return answer

    def _chance(self, payload: Payload) -> Chance:
        draw = self._random.random() if self._random else None
        return Chance(b"" if is_distinct(payload) else secrets.token_bytes(32), draw)


def _count(answer: Answer, pending: Pending) -> None:
    metrics.collector_posts.labels(answer.outcome).inc()
    metrics.collector_seconds.observe(time.perf_counter() - pending.began)


def read_secret(path: Path) -> bytes:
    """Return the secret that crash ids are derived with. Raises ValueError when unusable."""
    try:
        secret = path.read_bytes().strip()
    except OSError as error:
        raise ValueError(f"secret file {path}: {error.strerror}") from None
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"secret file {path}: shorter than {SHORTEST_SECRET} bytes")
    return secret
