"""Errors that the server answers by itself, without the application: JSON and counted too."""

from socorro.serving import json_refusals
from socorro.serving.limits import Refusal, Refused

RETRY_SECONDS = 2  # crashstats-tools wait as long before each of 10 tries


def json_refusal(refusal: Refusal) -> Refused:
    """Count one such error and return its answer."""
    return json_refusals.json_refusal(refusal, "middleware", "unread", retry_seconds=RETRY_SECONDS)
