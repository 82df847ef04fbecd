"""What REST and pages need of a request: an id, and the place of an error."""

import secrets
import traceback
from typing import Final

MOST_STEPS: Final = 8  # of the path to an error: the last ones


def new_request_id() -> str:
    """Return an id that is in both the answer and the log."""
    return secrets.token_hex(8)


def path_to(error: BaseException) -> str:
    """Return `<file>:12 <function>` of the last steps to an error, without its text.

    An error's text may quote what a user sent; places in our code do not.
    """
    steps = traceback.extract_tb(error.__traceback__)[-MOST_STEPS:]
    return " > ".join(
        f"{step.filename.rpartition('/')[2]}:{step.lineno} {step.name}" for step in steps
    )
