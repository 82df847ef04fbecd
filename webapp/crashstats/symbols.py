"""The modules whose missing symbols affect most crashes, and the command that adds them."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socorro.queries import symbols
from socorro.queries.symbols import AffectedCrashes, Missing
from webapp.context import Context, context_of
from webapp.crashstats import errors, module_lists

DAYS = (1, 7, 28)
MOST = 100
CACHE_SECONDS = 60  # counting a week takes seconds on a large site


class Counts(NamedTuple):
    """Modules without symbols, and the crashes that they affect."""

    modules: list[Missing]
    crashes: AffectedCrashes


def missing(request: HttpRequest) -> HttpResponse:
    """Rank modules without symbols by the crashes that they affect."""
    days = request.GET.get("days", str(DAYS[0]))
    if days not in map(str, DAYS):
        return errors.bad_request(request)
    counts = _counts(context_of(request), int(days))
    page = {
        "modules": counts.modules,
        "crashes": counts.crashes,
        "days": int(days),
        "choices": DAYS,
        "most": MOST,
        "lists": module_lists.lists("missing_symbols"),
    }
    return render(request, "crashstats/missing_symbols.html", page)


def _counts(context: Context, days: int) -> Counts:
    """Count, or return counts of some seconds ago; those without a module are not cached."""
    counts: Counts | None = cache.get(f"missing-symbols-{days}")
    if counts is None:
        end = datetime.now(UTC)
        start = end - timedelta(days=days)
        with context.database.transaction() as db:
            counts = Counts(
                symbols.missing(db, start, end, MOST), symbols.affected_crashes(db, start, end)
            )
        if counts.modules:
            cache.set(f"missing-symbols-{days}", counts, CACHE_SECONDS)
    return counts
