"""Answers that did not change since the caller got them: ETag, If-None-Match, 304."""

import hashlib
from collections.abc import Mapping
from typing import Any

from middleware.reply import Reply

MOST_HASHED = 8 * 2**20  # bytes; dumps are larger, and nobody asks for one twice


def conditional(reply: Reply, environ: Mapping[str, Any]) -> Reply:
    """Give the answer to a GET or HEAD its ETag; make it a 304 when the caller has it.

    The tag is weak: it is the same for an answer that is compressed. Answers that must not be
    stored have none.
    """
    names = {name.lower(): value for name, value in reply.headers}
    if (
        not reply.status.startswith("200")
        or environ["REQUEST_METHOD"] not in ("GET", "HEAD")
        or "no-store" in names.get("cache-control", "")
        or len(reply.body) > MOST_HASHED
    ):
        return reply
    tag = f'W/"{hashlib.sha256(reply.body).hexdigest()[:32]}"'
    headers = (*reply.headers, ("ETag", tag))
    etags = str(environ.get("HTTP_IF_NONE_MATCH") or "")
    if etags.strip() == "*" or tag[2:] in [
        item.strip().removeprefix("W/") for item in etags.split(",")
    ]:
        return Reply("304 Not Modified", b"", reply.content_type, headers)
    return reply._replace(headers=headers)
