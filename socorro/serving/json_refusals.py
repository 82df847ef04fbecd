"""Errors that a server answers by itself, as REST words its own: JSON with a request id."""

import json
from typing import Final

from socorro import log, metrics
from socorro.serving.limits import Refusal, Refused
from socorro.serving.request import new_request_id

JSON: Final = "application/json; charset=utf-8"
_OF: Final = {413: "body", 431: "head"}  # what of the request is wrong


def json_refusal(refusal: Refusal, service: str, route: str, *, retry_seconds: int) -> Refused:
    """Count and log one such error of *service*, and return its answer.

    Scripts of other sites may read it, as all answers of REST.
    """
    metrics.requests.labels(service, route, str(refusal.status)).inc()
    request_id = new_request_id()
    log.get().info("refused", request_id=request_id, status=refusal.status, reason=refusal.text)
    errors = {_OF[refusal.status]: [refusal.text]} if refusal.status in _OF else {}
    document = {"error": refusal.text, "errors": errors, "request_id": request_id}
    retry = (("Retry-After", str(retry_seconds)),) if refusal.status == 503 else ()
    headers = (
        ("Cache-Control", "no-store"),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", "Retry-After, X-Request-Id"),
        ("X-Request-Id", request_id),
        *retry,
    )
    return Refused(JSON, json.dumps(document).encode(), headers)
