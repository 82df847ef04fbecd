"""Errors that the server answers by itself, before the application: JSON and counted too."""

from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from middleware.reply import JSON, encode
from socorro import metrics
from socorro.serving.public import SAFE_HEADERS

RETRY_SECONDS = 10


class JsonErrorTask(ErrorTask):
    """One such error; the connection ends with it."""

    def execute(self) -> None:
        """Count and send."""
        error: Any = vars(self.request)["error"]
        body = encode({"error": error.body})
        retry = [("Retry-After", str(RETRY_SECONDS))] if error.code == 503 else []
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [("Content-Type", JSON), ("Cache-Control", "no-store"), *retry]
        self.response_headers += SAFE_HEADERS
        self.set_close_on_finish()
        self.content_length = len(body)
        metrics.requests.labels("middleware", "unread", str(error.code)).inc()
        self.write(body)


def with_json_errors(channel: type[HTTPChannel]) -> type[HTTPChannel]:
    """Return *channel* with errors as JSON."""
    return type("Channel", (channel,), {"error_task_class": JsonErrorTask})
