"""What is kept of an error: enough to act on, nothing of a user.

Postgres quotes values in the texts of some errors, and so does Python in most. So the text of an
error is kept only where it is ours, or where Postgres complains of no value.
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


class Told(NamedTuple):
    """An error as it is kept."""

    kind: str
    text: str


def tell(why: BaseException) -> Told:
    """Return what may be kept of *why*."""
    kind = type(why).__name__
    if isinstance(why, errors.QueryCanceled):
        return Told(kind, "Postgres ended a statement at the job's time limit")
    if isinstance(why, _OURS):
        return Told(kind, _line(str(why)))
    if isinstance(why, psycopg2.Error) and not isinstance(why, _QUOTING):
        return Told(kind, f"{_line(why.diag.message_primary or str(why))} ({why.pgcode})")
    if isinstance(why, psycopg2.Error):
        return Told(kind, f"Postgres refused a value ({why.pgcode}), {_place(why)}")
    return Told(kind, _place(why))


def _line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0][:LONGEST]


def _place(why: BaseException) -> str:
    """Return where it happened: the innermost line of code."""
    frames = traceback.extract_tb(why.__traceback__)
    if not frames:
        return "nowhere"
    return f"in {Path(frames[-1].filename).name}:{frames[-1].lineno}, {frames[-1].name}"
