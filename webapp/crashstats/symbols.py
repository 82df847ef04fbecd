"""Which symbols are missed most, and the command that would mend it."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socorro.queries import symbols
from socorro.queries.symbols import AffectedCrashes, Missing
from webapp.context import Parts, parts_of
from webapp.crashstats import errors

DAYS = (1, 7, 28)
MOST = 100
CACHE_SECONDS = 60  # a week of a large line is counted in seconds


class Told(NamedTuple):
    """What the page shows."""

    modules: list[Missing]
    crashes: AffectedCrashes


def missing(request: HttpRequest) -> HttpResponse:
    """Rank modules without symbols by the crashes that would gain."""
    days = request.GET.get("days", str(DAYS[0]))
    if days not in map(str, DAYS):
        return errors.bad_request(request)
    told = _told(parts_of(request), int(days))
    page = {"modules": told.modules, "crashes": told.crashes, "days": int(days), "choices": DAYS}
    return render(request, "crashstats/missing_symbols.html", {**page, "most": MOST})


def _told(parts: Parts, days: int) -> Told:
    """Count, or return what was counted some seconds ago; nothing missed is not kept."""
    found: Told | None = cache.get(f"missing-symbols-{days}")
    if found is None:
        end = datetime.now(UTC)
        start = end - timedelta(days=days)
        with parts.database.transaction() as db:
            found = Told(
                symbols.missing(db, start, end, MOST), symbols.affected_crashes(db, start, end)
            )
        if found.modules:
            cache.set(f"missing-symbols-{days}", found, CACHE_SECONDS)
    return found
