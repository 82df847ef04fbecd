"""Where a page of reports ended, as text: `2026-11-23T14:05:11.000123Z_<crash id>`."""

from datetime import UTC, datetime

from socorro.crash_id import BadCrashId, parse
from socorro.queries.reports import Place


class BadPlace(ValueError):
    """The text is not a place in the list."""


def place_text(place: Place) -> str:
    """Return *place* as text."""
    moment = place.submitted_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return f"{moment}_{place.crash_id}"


def place_from(text: str) -> Place | None:
    """Read what place_text wrote; None for "". Raises BadPlace."""
    if not text:
        return None
    moment, _, crash_id = text.partition("_")
    try:
        when = datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        return Place(when, parse(crash_id))
    except (ValueError, BadCrashId):
        raise BadPlace("not a place in the list") from None
