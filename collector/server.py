"""The collector's part of its server: its limits, how refusals are counted, how workers stop."""

import os
import socket
from collections.abc import Sequence

from collector.config import CollectorConfig
from collector.wsgi import RETRY_SECONDS
from socorro import metrics
from socorro.service import Stop
from socorro.serving.config import ServingConfig
from socorro.serving.limits import Limits, Refusal, Refused, plainly


class StopListening(Stop):
    """Closes the parent's copies of the sockets on shutdown; workers close theirs in `serve`.

    So new clients are refused at once and turn to another collector, instead of waiting in a
    queue from which nobody accepts any more.
    """

    def __init__(self, listening: Sequence[socket.socket]) -> None:
        super().__init__()
        self._listening = listening
        self._parent = os.getpid()

    def set(self) -> None:
        """Stop, and stop listening."""
        super().set()
        if os.getpid() == self._parent:
            for listener in self._listening:
                listener.close()


def limits(config: CollectorConfig, serving: ServingConfig) -> Limits:
    """Return the limits of one worker."""
    return serving.limits(config.max_body)._replace(
        connections=config.connections,
        idle_seconds=config.idle_seconds,
        body_seconds=config.upload_seconds,
        stop_seconds=config.stop_seconds,
    )


def on_refusal(refusal: Refusal) -> Refused:
    """Count an error answer of the server itself, like ours."""
    outcomes = {413: "too_large", 500: "failed", 503: "unavailable"}
    metrics.collector_posts.labels(outcomes.get(refusal.status, "malformed")).inc()
    retry = (("Retry-After", str(RETRY_SECONDS)),) if refusal.status == 503 else ()
    return plainly(refusal)._replace(headers=retry)
