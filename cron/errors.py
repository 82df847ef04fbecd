"""What is kept of an error: enough to act on, nothing of a user.

Postgres quotes values in the texts of some errors, and so does Python in most. So the text of an
error is kept only where it is ours, or where it is Postgres's and not about a value.
"""

import traceback
from pathlib import Path
from typing import Final, NamedTuple

import psycopg2
from psycopg2 import errors

from cron.job import JobFailed
from socorro.crashstore.interface import StoreUnavailable
from socorro.postgres import Unavailable

LONGEST: Final = 500  # characters
_OURS: Final = (JobFailed, StoreUnavailable, *Unavailable)
_QUOTING: Final = (psycopg2.DataError, psycopg2.IntegrityError)


class KeptError(NamedTuple):
    """Kind and text of an error, as they are kept and shown."""

    kind: str
    text: str


def keep(error: BaseException) -> KeptError:
    """Return what may be kept of *error*."""
    kind = type(error).__name__
    if isinstance(error, errors.QueryCanceled):
        return KeptError(kind, "Postgres ended a statement at the job's time limit")
    if isinstance(error, _OURS):
        return KeptError(kind, _first_line(str(error)))
    if isinstance(error, psycopg2.Error) and not isinstance(error, _QUOTING):
        text = _first_line(error.diag.message_primary or str(error))
        return KeptError(kind, f"{text} ({error.pgcode})")
    if isinstance(error, psycopg2.Error):
        return KeptError(kind, f"Postgres refused a value ({error.pgcode}), {_place(error)}")
    return KeptError(kind, _place(error))


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0][:LONGEST]


def _place(error: BaseException) -> str:
    """Return where the error was raised: file, line number and function."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "nowhere"
    return f"in {Path(frames[-1].filename).name}:{frames[-1].lineno}, {frames[-1].name}"
