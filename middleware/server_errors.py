"""Errors that the server answers by itself, before the application: JSON and counted too."""

from middleware.reply import JSON, encode
from socorro import metrics
from socorro.serving.limits import Refusal, Refused

RETRY_SECONDS = 2  # crashstats-tools wait as long before each of 10 tries


def json_refusal(refusal: Refusal) -> Refused:
    """Count one such error and return its answer."""
    metrics.requests.labels("middleware", "unread", str(refusal.status)).inc()
    retry = (("Retry-After", str(RETRY_SECONDS)),) if refusal.status == 503 else ()
    headers = (("Cache-Control", "no-store"), *retry)
    return Refused(JSON, encode({"error": refusal.text}), headers)
