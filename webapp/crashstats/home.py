"""The home page: latest crashes, crashes by hour, the queue, and how to post a crash."""

from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socorro import jobs
from socorro.crash_id import CrashId
from socorro.no_product import NO_PRODUCT, shown, stored
from socorro.queries import activity, bad_reports, reports
from webapp.context import context_of
from webapp.crashstats import chart, errors
from webapp.crashstats.paging import BadPlace, place_from, place_text

PAGE = 50
COUNTS_SECONDS = 10  # counts of a whole day may be this old
MOST_CHARACTERS = 200  # of a filter
MOST_REASONS = 3  # that are named


class Choices(NamedTuple):
    """What the filter offers."""

    products: list[str]
    versions: list[str]


class Counts(NamedTuple):
    """What is counted of a day; *bad* is why crashes of it are in no other count."""

    hours: list[activity.Hour]
    versions: list[activity.VersionCount]
    bad: list[bad_reports.Reason]


def home(request: HttpRequest) -> HttpResponse:
    """Latest crashes, crashes by hour, the queue; filtered by product and version."""
    context = context_of(request)
    product, version = _filter(request, "product"), _filter(request, "version")
    try:
        before = place_from(request.GET.get("before", ""))
    except BadPlace:
        return errors.bad_request(request)
    start, end = chart.window(datetime.now(UTC))
    with context.database.transaction() as db:
        latest = reports.latest(
            db, product=stored(product), version=version, before=before, most=PAGE + 1
        )
        depths = {depth.state: depth for depth in jobs.depths(db)}
        viewed = activity.requested(db, jobs.VIEWED)
        counts = _counts(db, start, end, product, version)
    page = {
        "latest": latest[:PAGE],
        "older": _older(request, latest[PAGE - 1]) if len(latest) > PAGE else "",
        "newest": f"?{urlencode(_state(request))}",
        "chart": chart.chart(counts.hours, start),
        "bad": bad_reports.total(counts.bad),
        "bad_reasons": bad_reports.named(counts.bad, MOST_REASONS),
        "depths": depths,
        "viewed": viewed,
        "product": product,
        "no_product": NO_PRODUCT,
        "version": version,
        "choices": _choices(counts.versions, product, version),
        "before": before,
        "collector": context.config.collector_url.rstrip("/"),
    }
    return render(request, "crashstats/home.html", page)


def _filter(request: HttpRequest, name: str) -> str | None:
    return request.GET.get(name, "").replace("\0", "")[:MOST_CHARACTERS] or None


def _counts(
    db: Any, start: datetime, end: datetime, product: str | None, version: str | None
) -> Counts:
    """Count a day, or return counts of some seconds ago; those of an empty day are not cached."""
    key = f"counts-{hash((start, product, version))}"
    counts: Counts | None = cache.get(key)
    if counts is None:
        counts = Counts(
            activity.hours(db, start, end, product=stored(product), version=version),
            activity.versions(db, start, end),
            bad_reports.reasons(db, start, end, product, version),
        )
        if counts.hours:
            cache.set(key, counts, COUNTS_SECONDS)
    return counts


def _choices(
    versions: list[activity.VersionCount], product: str | None, version: str | None
) -> Choices:
    products = {shown(entry.product) for entry in versions} | ({product} if product else set())
    matching = {
        entry.version: entry.sort_key
        for entry in versions
        if entry.version and product in (None, shown(entry.product))
    }
    newest_first = sorted(matching, key=lambda name: (matching[name], name), reverse=True)
    if version and version not in matching:
        newest_first.append(version)
    return Choices(sorted(products, key=lambda name: (name == NO_PRODUCT, name)), newest_first)


def _state(request: HttpRequest) -> dict[str, str]:
    """Return the filter's part of the query."""
    return {key: request.GET[key] for key in ("product", "version") if request.GET.get(key)}


def _older(request: HttpRequest, last: reports.Report) -> str:
    place = reports.Place(last.submitted_at, CrashId(last.crash_id))
    return f"?{urlencode({**_state(request), 'before': place_text(place)})}"
