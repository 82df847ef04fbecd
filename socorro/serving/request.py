"""What REST and pages need of a request: an id, the client's address, the place of an error."""

import secrets
import traceback
from collections.abc import Mapping
from typing import Any, Final

MOST_STEPS: Final = 8  # of the path to an error: the last ones


def new_request_id() -> str:
    """Return an id that is in both the answer and the log."""
    return secrets.token_hex(8)


def client_address(environ: Mapping[str, Any], behind_proxy: bool) -> str:
    """Return the address of the client.

    *behind_proxy*: a proxy of ours appends to X-Forwarded-For, so its last entry is trusted.
    Earlier entries were written by the client.
    """
    last_hop = str(environ.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    return last_hop if behind_proxy and last_hop else str(environ.get("REMOTE_ADDR", ""))


def path_to(error: BaseException) -> str:
    """Return `<file>:12 <function>` of the last steps to an error, without its text.

    An error's text may quote what a user sent; places in our code do not.
    """
    steps = traceback.extract_tb(error.__traceback__)[-MOST_STEPS:]
    return " > ".join(
        f"{step.filename.rpartition('/')[2]}:{step.lineno} {step.name}" for step in steps
    )
