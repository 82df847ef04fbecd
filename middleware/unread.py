"""Answers to requests that the server does not hand over: JSON and counted, like all others."""

from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from middleware.reply import JSON, encode
from socorro import metrics

AWAY_SECONDS = 10


class Unread(ErrorTask):
    """One such answer; the connection ends with it."""

    def execute(self) -> None:
        """Count and send."""
        why: Any = vars(self.request)["error"]
        body = encode({"error": why.body})
        away = [("Retry-After", str(AWAY_SECONDS))] if why.code == 503 else []
        self.status = f"{why.code} {why.reason}"
        self.response_headers = [("Content-Type", JSON), ("Cache-Control", "no-store"), *away]
        self.set_close_on_finish()
        self.content_length = len(body)
        metrics.requests.labels("middleware", "unread", str(why.code)).inc()
        self.write(body)


def telling(channel: type[HTTPChannel]) -> type[HTTPChannel]:
    """Return *channel* with these answers."""
    return type("Channel", (channel,), {"error_task_class": Unread})
