"""Says which hours an answer lacks, in as few sentences as there are stretches of hours."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from socorro.search.interface import Problem
from socorro.search.segments.layout import ONE_HOUR

MISSING = "Crashes submitted {when} are missing: search has no readable data of that time."
LATE = "Crashes submitted {when} may be incomplete: search has not caught up yet."
PROTECTED = "Protected fields are missing for crashes submitted {when}."


def missing(hours: Iterable[datetime]) -> list[Problem]:
    """Return the problems of hours that have no file, or a damaged one."""
    return [_problem("missing_hour", MISSING, *stretch) for stretch in _stretches(hours)]


def late(hours: Iterable[datetime]) -> list[Problem]:
    """Return the problems of hours whose file is older than their crashes."""
    return [_problem("late_hours", LATE, *stretch) for stretch in _stretches(hours)]


def unprotected(hours: Iterable[datetime]) -> list[Problem]:
    """Return the problems of hours whose protected fields are not there."""
    return [_problem("missing_hour", PROTECTED, *stretch) for stretch in _stretches(hours)]


def _problem(code: str, text: str, start: datetime, end: datetime) -> Problem:
    when = f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    return Problem(code, text.format(when=when), start, end)


def _stretches(hours: Iterable[datetime]) -> Iterator[tuple[datetime, datetime]]:
    start = end = None
    for hour in sorted(set(hours)):
        if start is not None and end is not None and hour != end:
            yield start, end
            start = None
        start = start or hour
        end = hour + ONE_HOUR
    if start is not None and end is not None:
        yield start, end
