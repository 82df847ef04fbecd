"""What REST and pages know of one request: an id for it, who asks, where it went wrong."""

import secrets
import traceback
from collections.abc import Mapping
from typing import Any


def new_request_id() -> str:
    """Return an id that the answer shows and the log carries."""
    return secrets.token_hex(8)


def client_address(environ: Mapping[str, Any], behind_proxy: bool) -> str:
    """Return the address that asks.

    Only *behind_proxy*, a proxy of ours that appends to X-Forwarded-For, its last entry is
    believed: what stands before it was written by the client.
    """
    told = str(environ.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    return told if behind_proxy and told else str(environ.get("REMOTE_ADDR", ""))


def path_to(error: BaseException) -> str:
    """Return `file.py:12 function` of each step to an error, without its text.

    The text of an error may quote what a user sent; places in our code do not.
    """
    steps = traceback.extract_tb(error.__traceback__)[-8:]
    return " > ".join(
        f"{step.filename.rpartition('/')[2]}:{step.lineno} {step.name}" for step in steps
    )
